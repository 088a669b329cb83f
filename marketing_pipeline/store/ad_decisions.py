"""What people and policy decide about ad changes. Each decision is one transaction with everything that follows."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from marketing_pipeline.domain.ad_approval import people_who_approved, quorum, state_of_request
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_decision import require_may_decide, require_not_over
from marketing_pipeline.domain.ad_policy import AdPolicy, ApprovalMode
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized, words_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, EffectId, Sha256
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, other_open_change
from marketing_pipeline.store.ad_gate import AdGate
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.decisions import ON_ITS_WAY, StaleDecision

_A = AdChangeState


class AdDecided(BaseModel):
    """What a decision came to. `state` is the request's now; `too_late`: recorded, but the call may be out already."""

    model_config = ConfigDict(frozen=True)

    row: ApprovalRow
    state: ApprovalState
    effect: EffectId | None
    too_late: bool


class AdDecisions:
    """Decisions about ad changes, and about effects of theirs that could not be proved."""

    def __init__(self, ledger: AdLedger) -> None:
        self._ledger = ledger
        self._moves = ledger.moves
        self._approvals = ledger.approvals
        self._gate = AdGate(ledger)

    def ask(self, change: str, brand: Brand, *, actor: str) -> ApprovalId:
        """Open the request of a proposed change in a transaction of its own; see `AdGate.ask`."""
        with self._ledger.database.write() as connection:
            return self._gate.ask(connection, get_ad_change(connection, change), brand, actor=actor)

    def state_of(self, connection: Connection, request: ApprovalId, policy: AdPolicy | None) -> ApprovalState:
        """Where a request stands under the policy in force. Raises NotFound."""
        rows = self._approvals.rows_of(connection, request)
        change = get_ad_change(connection, rows[0].subject).payload
        return state_of_request(rows, policy=policy, change=change, now=self._moves.now())

    def decide(
        self,
        request: ApprovalId,
        decision: Decision,
        *,
        brand: Brand,
        actor: str,
        source: str,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256,
    ) -> AdDecided:
        """Decide a request, naming the state and the fingerprint that the person saw.

        The approval that completes the quorum queues the effect. Rejecting ends the change, and revoking asks anew;
        both cancel an effect that was not claimed yet. Raises StaleDecision for the loser of a race (which is audited),
        RefusedTransition, NotFound, and Unauthorized for a person, place or row that may not decide.
        """
        with self._ledger.database.write() as connection:
            rows = self._approvals.rows_of(connection, request)
            change = get_ad_change(connection, rows[0].subject)
            self._require_genuine(rows, change)
            require_not_over(change.id, change.state, change.state_reason)
            policy, now = self._policy(brand, change), self._moves.now()
            state = state_of_request(rows, policy=policy, change=change.payload, now=now)
            if state is saw and fingerprint == rows[0].fingerprint:
                require_may_decide(
                    change, rows, decision, policy=policy, state=state, actor=actor, source=source, now=now
                )
                row = self._record(connection, rows, change, policy, decision, actor, source, note)
                return self._follow(connection, (*rows, row), change, policy)
            self._approvals.note_loser(connection, rows[0], decision, actor=actor, source=source, saw=saw, found=state)
        raise StaleDecision(
            f"Request {request} is {state} and about {rows[0].fingerprint}; that is not what you saw.",
            "Look at it again, then decide.",
        )

    def resolve(self, effect: EffectId, *, done: bool, actor: str, note: str, source: str = "cli") -> AdEffect:
        """Settle a parked effect by a person's word: it is made (`done`), or it is not and may be applied again.

        Raises RefusedTransition for an effect that is not parked, NotFound.
        """
        outcome = "done" if done else "not_done"
        with self._ledger.database.write() as connection:
            parked = self._ledger.settling(connection, effect, outcome=outcome, actor=actor, source=source, note=note)
            if done:
                return self._ledger.succeed_within(
                    connection, parked, reason=f"made, says {actor}: {note}", attempt=None, actor=actor
                )
            fresh: dict[str, Any] = {"progress": {}, "not_before": None, "read_backs": 0}
            reason = f"not made, says {actor}: {note}"
            return self._ledger.move_within(
                connection, parked, EffectState.QUEUED, reason=reason, actor=actor, columns=fresh
            )

    def drop(self, effect: EffectId, *, actor: str, note: str, source: str = "cli") -> AdEffect:
        """Settle a parked effect by giving it up: not made, and not to be. Raises RefusedTransition, NotFound."""
        with self._ledger.database.write() as connection:
            parked = self._ledger.settling(connection, effect, outcome="drop", actor=actor, source=source, note=note)
            return self._ledger.move_within(
                connection, parked, EffectState.CANCELLED, reason=note, actor=actor, change_to=(_A.REJECTED,)
            )

    def _require_genuine(self, rows: tuple[ApprovalRow, ...], change: AdChange) -> None:
        prints = {change.fingerprint, change.stored_fingerprint, *(row.fingerprint for row in rows)}
        if len(prints) > 1 or not self._approvals.signatures_hold(rows):
            raise Unauthorized("This request was not written by this system.", "Run `marketing audit verify`.")

    def _policy(self, brand: Brand, change: AdChange) -> AdPolicy:
        if brand.brand_id != change.brand or brand.policies.ads is None:
            raise Unauthorized(
                "The brand has no policy for ads, so no ad change is decided.", "Write policies.ads in brand.yaml."
            )
        return brand.policies.ads

    def _record(
        self,
        connection: Connection,
        rows: tuple[ApprovalRow, ...],
        change: AdChange,
        policy: AdPolicy,
        decision: Decision,
        actor: str,
        source: str,
        note: str,
    ) -> ApprovalRow:
        if policy.approvals.mode is ApprovalMode.SOLO and actor == rows[0].actor:
            note = f"{note} (solo: decided on their own proposal)".strip()
        lives = min(self._moves.now() + timedelta(hours=policy.approvals.hours), change.expires_at)
        return self._approvals.record(
            connection,
            rows[0].id,
            decision,
            actor=actor,
            source=source,
            note=note,
            expires_at=lives if decision is Decision.APPROVE else change.expires_at,
        )

    def _follow(
        self, connection: Connection, rows: tuple[ApprovalRow, ...], change: AdChange, policy: AdPolicy
    ) -> AdDecided:
        row, now = rows[-1], self._moves.now()
        after = state_of_request(rows, policy=policy, change=change.payload, now=now)
        if row.decision is not Decision.APPROVE:
            effect = self._gate.take_back(connection, change, row)
            late = effect is not None and effect.state in ON_ITS_WAY
            return AdDecided(row=row, state=after, effect=effect.id if effect else None, too_late=late)
        self._reopen(connection, change, row)
        if after is ApprovalState.APPROVED:
            effect = self._gate.let_through(connection, change, row, reason=words_of(row))
            return AdDecided(row=row, state=after, effect=effect.id, too_late=False)
        have, need = len(people_who_approved(rows, now)), quorum(policy, change.payload)
        reason = f"{have} of {need} approvals: {words_of(row)}"
        self._ledger.changes.note_within(connection, change.id, state_reason=reason)
        return AdDecided(row=row, state=after, effect=None, too_late=False)

    def _reopen(self, connection: Connection, change: AdChange, row: ApprovalRow) -> None:
        if change.state is not _A.REJECTED:
            return
        other = other_open_change(connection, change)
        if other is not None:
            raise RefusedTransition(f"{other} proposes another value by now.", "Decide about that one.")
        self._ledger.move_change(connection, change.id, _A.AWAITING_APPROVAL, reason=words_of(row), actor=row.actor)
