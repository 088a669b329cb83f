"""The gate of ad changes: requests are opened, approved changes let through, and stopped ones taken back."""

from sqlalchemy import Connection

from marketing_pipeline.domain.ad_approval import passes_by_itself
from marketing_pipeline.domain.ad_change import AdChangeState, fingerprint_of_change
from marketing_pipeline.domain.approval import ApprovalRow, Decision, words_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.content_policy import policy_actor
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_effect_rows import active_ad_effect
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.effect_rows import WAKING

_A = AdChangeState


class AdGate:
    """Each act is part of a transaction of the caller's."""

    def __init__(self, ledger: AdLedger) -> None:
        self._ledger = ledger
        self._approvals = ledger.approvals

    def ask(
        self, connection: Connection, change: AdChange, brand: Brand, *, actor: str, always_a_person: bool = False
    ) -> ApprovalId:
        """Open the request of a proposed change; what policy lets pass is approved and queued at once.

        `actor` is who proposed it: in team mode their approval does not count. A rollback is never passed by policy,
        nor is what `always_a_person` is said of.
        """
        policy = brand.policies.ads
        by_itself = policy is not None and passes_by_itself(policy, change.payload)
        by_itself = by_itself and change.rolls_back is None and not always_a_person
        request = self._approvals.request(
            connection,
            kind=change.payload.kind,
            subject=change.id,
            brand=change.brand,
            fingerprint=fingerprint_of_change(change.payload),
            expires_at=change.expires_at,
            actor=actor,
            why=change.reason,
        )
        reason = "the brand's policy lets it pass" if by_itself else "waits for a person"
        self._ledger.move_change(
            connection, change.id, _A.AWAITING_APPROVAL, reason=reason, actor=actor, approval=request
        )
        if by_itself:
            note = "no reason to ask a person"
            row = self._approvals.record(
                connection, request, Decision.APPROVE, actor=policy_actor(brand), source="policy", note=note
            )
            self.let_through(connection, change, row, reason=reason)
        return request

    def let_through(self, connection: Connection, change: AdChange, row: ApprovalRow, *, reason: str) -> AdEffect:
        """Queue the effect of a change that `row` has approved."""
        effect = self._ledger.enqueue_within(connection, change, row.id, row.actor)
        self._ledger.move_change(connection, change.id, _A.APPROVED, reason=reason, actor=row.actor, effect=effect.id)
        return effect

    def take_back(self, connection: Connection, change: AdChange, row: ApprovalRow) -> AdEffect | None:
        """Stop a change that `row` has rejected or revoked; returns its effect, as it was, where it had one.

        A claimed effect is stopped by its worker, which reads the approval again in the transaction that sends.
        """
        effect, reason = active_ad_effect(connection, change.id), words_of(row)
        ends = _A.REJECTED if row.decision is Decision.REJECT else _A.AWAITING_APPROVAL
        if effect is None:
            if change.state is not ends:
                self._ledger.move_change(connection, change.id, ends, reason=reason, actor=row.actor)
        elif effect.state in WAKING:
            self._ledger.move_within(
                connection, effect, EffectState.CANCELLED, reason=reason, actor=row.actor, change_to=(ends,)
            )
        return effect
