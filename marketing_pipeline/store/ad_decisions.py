"""What people and policy decide about ad changes. Each decision is one transaction with everything that follows."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from marketing_pipeline.domain.ad_approval import (
    DAGSTER,
    may_approve,
    may_decide_in_dagster,
    passes_by_itself,
    people_who_approved,
    quorum,
    state_of_request,
)
from marketing_pipeline.domain.ad_change import AdChangeState, fingerprint_of_change
from marketing_pipeline.domain.ad_policy import AdPolicy, ApprovalMode
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.content_policy import policy_actor
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, EffectId, Sha256
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, other_open_change
from marketing_pipeline.store.ad_effect_rows import active_ad_effect, get_ad_effect
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.decisions import StaleDecision

_A, _S = AdChangeState, ApprovalState
# A later decision replaces an earlier one, until the change is claimed or its time is over.
_APPLIES_TO: dict[Decision, frozenset[ApprovalState]] = {
    Decision.APPROVE: frozenset({_S.PENDING, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
    Decision.REJECT: frozenset({_S.PENDING, _S.APPROVED, _S.REVOKED, _S.EXPIRED}),
    Decision.REVOKE: frozenset({_S.APPROVED}),
}
_ON_ITS_WAY = frozenset({EffectState.SENDING, EffectState.UNKNOWN, EffectState.PARKED})
_WAITING = frozenset({EffectState.QUEUED, EffectState.RETRY_WAIT})


class AdDecided(BaseModel):
    """What a decision came to. `state` is the request's now; `too_late`: recorded, but the call may be out already."""

    model_config = ConfigDict(frozen=True)

    row: ApprovalRow
    state: ApprovalState
    effect: EffectId | None
    too_late: bool


class AdDecisions:
    """The gate of ad changes."""

    def __init__(self, ledger: AdLedger) -> None:
        self._ledger = ledger
        self._moves = ledger.moves
        self._approvals = ledger.approvals

    def ask(self, change: str, brand: Brand, *, actor: str) -> ApprovalId:
        """Open the request of a proposed change in a transaction of its own; see `ask_within`."""
        with self._ledger.database.write() as connection:
            return self.ask_within(connection, get_ad_change(connection, change), brand, actor=actor)

    def ask_within(self, connection: Connection, change: AdChange, brand: Brand, *, actor: str) -> ApprovalId:
        """Open the request of a proposed change; what policy lets pass is approved and queued at once.

        `actor` is who proposed it: in team mode their approval does not count. A rollback is never passed by policy.
        """
        policy = brand.policies.ads
        by_itself = policy is not None and passes_by_itself(policy, change.payload) and change.rolls_back is None
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
            self._approvals.record(
                connection, request, Decision.APPROVE, actor=policy_actor(brand), source="policy", note=note
            )
            self._release(connection, change, request, reason, policy_actor(brand))
        return request

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
            policy = self._policy(brand, change)
            state = state_of_request(rows, policy=policy, change=change.payload, now=self._moves.now())
            if state is saw and fingerprint == rows[0].fingerprint:
                self._require_may_decide(rows, change, policy, decision, state, actor, source)
                return self._record(connection, rows, change, policy, decision, actor, source, note)
            detail = {"decision": decision, "saw": saw, "found": state}
            self._moves.audit.append(
                connection,
                actor=actor,
                action="approval.decision_lost",
                subject=request,
                brand=change.brand,
                detail=detail,
            )
        raise StaleDecision(
            f"Request {request} is {state} and about {rows[0].fingerprint}; that is not what you saw.",
            "Look at it again, then decide.",
        )

    def resolve(self, effect: EffectId, *, done: bool, actor: str, note: str) -> AdEffect:
        """Settle a parked effect by a person's word: it is made (`done`), or it is not and may be applied again.

        Raises RefusedTransition for an effect that is not parked, NotFound.
        """
        with self._ledger.database.write() as connection:
            parked = self._parked(connection, effect)
            if done:
                return self._ledger.succeed_within(
                    connection, parked, reason=f"made, says {actor}: {note}", attempt=None, actor=actor
                )
            fresh: dict[str, Any] = {"progress": {}, "not_before": None, "read_backs": 0}
            reason = f"not made, says {actor}: {note}"
            return self._ledger.move_within(
                connection, parked, EffectState.QUEUED, reason=reason, actor=actor, columns=fresh
            )

    def drop(self, effect: EffectId, *, actor: str, note: str) -> AdEffect:
        """Settle a parked effect by giving it up: not made, and not to be. Raises RefusedTransition, NotFound."""
        with self._ledger.database.write() as connection:
            parked = self._parked(connection, effect)
            return self._ledger.move_within(
                connection, parked, EffectState.CANCELLED, reason=note, actor=actor, change_to=(_A.REJECTED,)
            )

    def _parked(self, connection: Connection, effect: EffectId) -> AdEffect:
        found = get_ad_effect(connection, effect)
        if found.state is not EffectState.PARKED:
            raise RefusedTransition(f"Effect {effect} is {found.state}.", "Only what is parked can be resolved.")
        return found

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

    def _require_may_decide(
        self,
        rows: tuple[ApprovalRow, ...],
        change: AdChange,
        policy: AdPolicy,
        decision: Decision,
        state: ApprovalState,
        actor: str,
        source: str,
    ) -> None:
        now = self._moves.now()
        if state not in _APPLIES_TO.get(decision, frozenset()):
            raise RefusedTransition(f"Request {rows[0].id} is {state}: {decision} does not apply.", "Nothing was done.")
        if decision is Decision.APPROVE and now >= change.expires_at:
            raise RefusedTransition(f"The proposal ended {change.expires_at:%Y-%m-%d %H:%M} UTC.", "Propose it anew.")
        if source == DAGSTER and not may_decide_in_dagster(policy, change.payload):
            raise Unauthorized("This change is not decided in Dagster.", "Decide with `marketing approvals`.")
        rules = policy.approvals
        if rules.mode is ApprovalMode.TEAM and actor not in rules.approvers:
            raise Unauthorized(f"{actor} is no approver of {change.brand}.", "policies.ads.approvals names them.")
        if decision is Decision.APPROVE and not may_approve(policy, actor, rows[0].actor):
            raise Unauthorized(f"{actor} proposed it and may not approve it.", "Ask another approver.")
        if decision is Decision.APPROVE and actor in people_who_approved(rows, now):
            raise RefusedTransition(f"{actor} has approved it already.", "Another approver must approve, too.")

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
    ) -> AdDecided:
        if policy.approvals.mode is ApprovalMode.SOLO and actor == rows[0].actor:
            note = f"{note} (solo: decided on their own proposal)".strip()
        lives = min(self._moves.now() + timedelta(hours=policy.approvals.hours), change.expires_at)
        row = self._approvals.record(
            connection,
            rows[0].id,
            decision,
            actor=actor,
            source=source,
            note=note,
            expires_at=lives if decision is Decision.APPROVE else change.expires_at,
        )
        after = state_of_request((*rows, row), policy=policy, change=change.payload, now=self._moves.now())
        reason = f"{decision} by {actor}" + (f": {note}" if note else "")
        if decision is not Decision.APPROVE:
            return self._withdrawn(connection, row, change, after, reason)
        self._reopen(connection, change, reason, actor)
        effect = None
        if after is ApprovalState.APPROVED:
            effect = self._release(connection, change, row.id, reason, actor).id
        else:
            have, need = len(people_who_approved((*rows, row), self._moves.now())), quorum(policy, change.payload)
            self._ledger.note_change(connection, change.id, f"{have} of {need} approvals: {reason}")
        return AdDecided(row=row, state=after, effect=effect, too_late=False)

    def _reopen(self, connection: Connection, change: AdChange, reason: str, actor: str) -> None:
        if change.state is not _A.REJECTED:
            return
        other = other_open_change(connection, change)
        if other is not None:
            raise RefusedTransition(f"{other} proposes another value by now.", "Decide about that one.")
        self._ledger.move_change(connection, change.id, _A.AWAITING_APPROVAL, reason=reason, actor=actor)

    def _release(
        self, connection: Connection, change: AdChange, request: ApprovalId, reason: str, actor: str
    ) -> AdEffect:
        effect = self._ledger.enqueue_within(connection, change, request, actor)
        self._ledger.move_change(connection, change.id, _A.APPROVED, reason=reason, actor=actor, effect=effect.id)
        return effect

    def _withdrawn(
        self, connection: Connection, row: ApprovalRow, change: AdChange, after: ApprovalState, reason: str
    ) -> AdDecided:
        effect = active_ad_effect(connection, change.id)
        ends = _A.REJECTED if row.decision is Decision.REJECT else _A.AWAITING_APPROVAL
        if effect is None:
            if change.state is not ends:
                self._ledger.move_change(connection, change.id, ends, reason=reason, actor=row.actor)
        elif effect.state in _WAITING:
            self._ledger.move_within(
                connection, effect, EffectState.CANCELLED, reason=reason, actor=row.actor, change_to=(ends,)
            )
        # A claimed effect is stopped by its worker, which reads the approval again in the transaction that sends.
        late = effect is not None and effect.state in _ON_ITS_WAY
        return AdDecided(row=row, state=after, effect=effect.id if effect else None, too_late=late)
