"""The gate of the publish queue: an approval that stands, one by policy, or a request to a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, fingerprint_of, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.content_policy import policy_actor
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.store.approvals import Approvals

_GOOD = (ApprovalState.PENDING, ApprovalState.APPROVED)
_REFUSED = (ApprovalState.REJECTED, ApprovalState.REVOKED)


class Gate:
    """Decides which approval request covers a new effect. No effect is ever without one."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def standing(
        self,
        connection: Connection,
        brand: Brand,
        payload: PublishPost,
        *,
        until: datetime,
        reasons: Sequence[str] = (),
    ) -> ApprovalId | None:
        """The request that approved exactly this content and will still count at `until`, if there is one.

        Where there are `reasons` for a person, only a person's approval stands.
        """
        rows = self._newest(connection, brand, payload)
        if state_of(rows, until) is not ApprovalState.APPROVED or (reasons and _by_policy_alone(rows)):
            return None
        genuine = self._approvals.signatures_hold(rows) and self._approvals.nothing_is_cut(connection, rows)
        return rows[-1].id if genuine else None

    def outlives(self, connection: Connection, request: ApprovalId, moment: datetime) -> bool:
        """Whether a request, decided or not, is still good at `moment`."""
        return state_of(self._approvals.rows_of(connection, request), moment) in _GOOD

    def open(
        self,
        connection: Connection,
        brand: Brand,
        payload: PublishPost,
        *,
        until: datetime,
        reasons: Sequence[str],
        actor: str,
    ) -> tuple[ApprovalId, tuple[str, ...]]:
        """Open a request; without reasons for a person, approve it by policy at once. Returns it with the reasons.

        What a person refused before is never passed by policy. It lives for the brand's `approval_hours` after
        `until`, the moment at which the post is to go out.
        """
        newest = self._newest(connection, brand, payload)
        if not reasons and state_of(newest, until) in _REFUSED:
            reasons = ("a person refused this content before",)
        request = self._approvals.request(
            connection,
            kind=payload.kind,
            subject=payload.post,
            brand=brand.brand_id,
            fingerprint=fingerprint_of(payload, brand.brand_id),
            expires_at=until + timedelta(hours=brand.policies.approval_hours),
            actor=actor,
            why="; ".join(reasons) or "the brand's policy lets it pass",
        )
        if not reasons:
            self._approvals.record(
                connection,
                request,
                Decision.APPROVE,
                actor=policy_actor(brand),
                source="policy",
                note="no reason to ask a person",
            )
        return request, tuple(reasons)

    def lapsed_reasons(self, connection: Connection, brand: Brand, payload: PublishPost) -> tuple[str, ...]:
        """Why a person must decide anew about content whose approval lapsed; empty where policy alone approved it."""
        by_policy = _by_policy_alone(self._newest(connection, brand, payload))
        return () if by_policy else ("the approval it had no longer holds",)

    def _newest(self, connection: Connection, brand: Brand, payload: PublishPost) -> tuple[ApprovalRow, ...]:
        return self._approvals.newest_for(connection, payload.post, fingerprint_of(payload, brand.brand_id))


def _by_policy_alone(rows: Sequence[ApprovalRow]) -> bool:
    decided = [row for row in rows if row.decision is Decision.APPROVE]
    return bool(decided) and all(row.actor.startswith("policy:") for row in decided)
