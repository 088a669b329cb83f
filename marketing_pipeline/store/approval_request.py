"""Approval requests as people see them: each with the state that its rows add up to now."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Row, and_, exists, select

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, state_of
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.store.tables import ad_changes, approvals

_LAST_WORDS: dict[ApprovalState, tuple[Decision, ...]] = {
    ApprovalState.PENDING: (Decision.REQUESTED,),
    ApprovalState.APPROVED: (Decision.APPROVE,),
    ApprovalState.REJECTED: (Decision.REJECT,),
    ApprovalState.REVOKED: (Decision.REVOKE,),
    ApprovalState.EXPIRED: (Decision.REQUESTED, Decision.APPROVE),
    ApprovalState.USED: (Decision.USED,),
}

_ALIVE = (ApprovalState.PENDING, ApprovalState.APPROVED)


class ApprovalRequest(BaseModel):
    """One request as people see it."""

    model_config = ConfigDict(frozen=True)

    id: ApprovalId
    kind: str
    subject: str
    brand: BrandId
    state: ApprovalState
    fingerprint: Annotated[Sha256, Field(description="What a decision is about: name it when you decide")]
    why: Annotated[str, Field(description="Why it was asked for")]
    requested_at: AwareDatetime
    proposer: Annotated[str, Field(description="Who asks for it: a person, or a part of the program")]
    expires_at: AwareDatetime
    decided_by: str | None
    note: str


def approval_requests(
    connection: Connection,
    now: datetime,
    *,
    brand: BrandId | None = None,
    state: ApprovalState | None = None,
    subject: str | None = None,
) -> list[ApprovalRequest]:
    """Requests, oldest first, each with the state it is in at `now`."""
    first, last = approvals.alias("first"), approvals.alias("last")
    later = approvals.alias("later")
    newer = exists().where(later.c.id == last.c.id, later.c.sequence > last.c.sequence)
    wanted = (
        select(
            last,
            first.c.note.label("why"),
            first.c.decided_at.label("requested_at"),
            first.c.actor.label("proposer"),
            ad_changes.c.state.label("ad"),
        )
        .join(first, and_(first.c.id == last.c.id, first.c.sequence == 1))
        .outerjoin(ad_changes, ad_changes.c.id == last.c.subject)
        .where(~newer)
        .order_by(first.c.decided_at, last.c.id)
    )
    if brand is not None:
        wanted = wanted.where(last.c.brand == brand)
    if subject is not None:
        wanted = wanted.where(last.c.subject == subject)
    if state is not None:
        # An approval may be one of several that an ad change needs.
        pending = (*_LAST_WORDS[state], *((Decision.APPROVE,) if state is ApprovalState.PENDING else ()))
        wanted = wanted.where(last.c.decision.in_(pending))
    if state in _ALIVE:
        wanted = wanted.where(last.c.expires_at > aware(now))
    found = [request_of(row, now) for row in connection.execute(wanted)]
    return [request for request in found if state in (None, request.state)]


def approval_row(row: Row[Any]) -> ApprovalRow:
    """A row of the table, typed."""
    return ApprovalRow(**{name: getattr(row, name) for name in ApprovalRow.model_fields})


def request_of(row: Row[Any], now: datetime) -> ApprovalRequest:
    """The request whose last decision is `row`, with `why`, `requested_at`, `proposer` and its change's state `ad`."""
    last = approval_row(row)
    asked = last.decision is Decision.REQUESTED
    # Each decision alone fixes the state, so the last row is enough; but an ad change may need several approvals.
    state = state_of([last], now)
    if state is ApprovalState.APPROVED and row.ad == AdChangeState.AWAITING_APPROVAL:
        state = ApprovalState.PENDING
    return ApprovalRequest(
        id=last.id,
        kind=last.kind,
        subject=last.subject,
        brand=last.brand,
        state=state,
        fingerprint=last.fingerprint,
        why=row.why,
        requested_at=row.requested_at,
        proposer=row.proposer,
        expires_at=last.expires_at,
        decided_by=None if asked else last.actor,
        note="" if asked else last.note,
    )
