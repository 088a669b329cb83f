"""The ledger's side of ad changes: claims that reserve caps, attempts and outcomes, each with the change it applies."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from marketing_pipeline.domain.ad_change import AdChangeState, fingerprint_of_change
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, EffectId
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, newer_open_change
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.ad_effect_rows import active_ad_effect, get_ad_effect, other_writer
from marketing_pipeline.store.ad_reservations import NOTHING_DONE, with_reservation, without_reservation
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.attempts import WORKER, AttemptEnd
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_ledger import EffectLedger
from marketing_pipeline.store.effect_moves import Moves
from marketing_pipeline.store.effect_rows import WAKING, count_effects_of
from marketing_pipeline.store.intent import insert_effect
from marketing_pipeline.store.reconciliations import Reconciliations

GOOGLE_ADS = "google_ads"
_A, _E = AdChangeState, EffectState
_CHANGE_FOLLOWS: dict[EffectState, AdChangeState] = {
    _E.CLAIMED: _A.APPLYING,
    _E.SUCCEEDED: _A.APPLIED,
    _E.QUEUED: _A.APPROVED,
    _E.RETRY_WAIT: _A.APPROVED,
    _E.FAILED: _A.FAILED,
    _E.UNKNOWN: _A.UNKNOWN,
    _E.PARKED: _A.PARKED,
    _E.SUPERSEDED: _A.SUPERSEDED,
}


class NotClaimable(MarketingError):
    """The effect may not be claimed now. Nothing changed."""


class AdLedger(EffectLedger[AdEffect]):
    """The ledger of ad changes."""

    kind = EffectKind.APPLY_AD_CHANGE

    def __init__(
        self, database: Database, moves: Moves, approvals: Approvals, reconciliations: Reconciliations
    ) -> None:
        super().__init__(database, moves, approvals, reconciliations)
        self.changes = AdChanges(database, moves.audit)

    def get(self, connection: Connection, effect: EffectId) -> AdEffect:
        """The effect of that id. Raises NotFound."""
        return get_ad_effect(connection, effect)

    def enqueue_within(self, connection: Connection, change: AdChange, approval: ApprovalId, actor: str) -> AdEffect:
        """Add the effect of a change that has just been approved, in the transaction of that approval."""
        number, fingerprint = count_effects_of(connection, change.id) + 1, fingerprint_of_change(change.payload)
        effect = EffectId(f"{change.id}-e{number}")
        insert_effect(
            connection,
            self.moves,
            effect=effect,
            payload=change.payload,
            subject=change.id,
            channel=GOOGLE_ADS,
            brand=change.brand,
            fingerprint=fingerprint,
            key=f"{change.payload.kind}:{change.id}:{number}",
            approval=approval,
            state=_E.QUEUED,
            reason="approved",
            due_at=self.moves.now(),
        )
        queued = get_ad_effect(connection, effect)
        self.moves.tell(connection, queued, {"fingerprint": fingerprint, "approval": approval}, actor)
        return queued

    def claim(self, effect_id: EffectId, owner: str, lease: timedelta, *, caps: AdCaps, zone: ZoneInfo) -> AdEffect:
        """Take one effect for the time of `lease`, and reserve it within the caps of the account's day.

        The reservation is part of the claim's transaction, which holds the database's one write lock: of many claims
        each sees what those before it reserved. `zone` is the account's. Raises CapReached, NotClaimable, Fenced,
        NotReconciled.
        """
        self.require_reconciled()
        with self.database.write() as connection:
            effect, now = get_ad_effect(connection, effect_id), self.moves.now()
            self._require_free(connection, effect, now)
            columns = {
                "fence": effect.fence + 1,
                "lease_owner": owner,
                "lease_until": now + lease,
                "not_before": None,
                "progress": with_reservation(connection, effect, caps=caps, zone=zone, now=now),
            }
            return self.move_within(connection, effect, _E.CLAIMED, reason=f"claimed by {owner}", columns=columns)

    def put_off(self, effect: AdEffect, *, reason: str, until: datetime) -> None:
        """Let a waiting or unknown effect rest until a moment, without moving it. Raises Fenced."""
        with self.database.write() as connection:
            values: dict[str, Any] = {"state_reason": reason, "not_before": until, "updated_at": self.moves.now()}
            self.moves.write(connection, effect, {**values, "lease_until": None, "lease_owner": None})
            self.changes.note_within(connection, effect.subject, state_reason=reason)

    def end(self, effect: AdEffect, to: EffectState, *path: AdChangeState, reason: str) -> AdEffect:
        """Take one step in a transaction of its own that brings the change along `path`. Raises Fenced."""
        with self.database.write() as connection:
            return self.move_within(connection, effect, to, reason=reason, change_to=path)

    def move_within(
        self,
        connection: Connection,
        effect: AdEffect,
        to: EffectState,
        *,
        reason: str,
        actor: str = WORKER,
        attempt: AttemptEnd | None = None,
        columns: Mapping[str, Any] | None = None,
        change_to: tuple[AdChangeState, ...] | None = None,
    ) -> AdEffect:
        """Take one step: effect, change, the attempt's outcome, the reservation and the audit rows together.

        `change_to` is the way of the change, where the effect's new state alone does not say it. Raises Fenced.
        """
        values = dict(columns or {})
        if to in NOTHING_DONE:
            values["progress"] = without_reservation(values.get("progress", effect.progress))
        moved = self.moves.effect(connection, effect, to, reason=reason, actor=actor, columns=values)
        self._end_attempt(connection, effect, attempt)
        follows = (_CHANGE_FOLLOWS[to],) if change_to is None and to in _CHANGE_FOLLOWS else change_to or ()
        self.move_change(connection, effect.subject, *follows, reason=reason, actor=actor)
        return self._unless_replaced(connection, moved) if to in WAKING else moved

    def supersede_within(self, connection: Connection, change: AdChange, *, by: str, actor: str) -> AdEffect | None:
        """End an open change that a newer one replaces, with its effect and its approval; returns the effect."""
        reason, effect = f"replaced by {by}", active_ad_effect(connection, change.id)
        if effect is None:
            self.move_change(connection, change.id, _A.SUPERSEDED, reason=reason, actor=actor)
        else:
            effect = self.move_within(connection, effect, _E.SUPERSEDED, reason=reason, actor=actor)
        if change.approval is not None:
            self.approvals.withdraw(connection, change.approval, reason=reason, actor=actor)
        return effect

    def expire_within(self, connection: Connection, change: AdChange, *, reason: str) -> None:
        """End an open change whose time is over, with the effect that waited."""
        effect = active_ad_effect(connection, change.id)
        if effect is None:
            self.move_change(connection, change.id, _A.EXPIRED, reason=reason, actor=WORKER)
        elif effect.state in WAKING:
            self.move_within(connection, effect, _E.EXPIRED, reason=reason, change_to=(_A.EXPIRED,))

    def succeed(self, effect: AdEffect, *, reason: str, attempt: AttemptEnd | None = None) -> AdEffect:
        """Record in a transaction of its own that the change is made, as read back."""
        with self.database.write() as connection:
            return self.succeed_within(connection, effect, reason=reason, attempt=attempt, actor=WORKER)

    def succeed_within(
        self, connection: Connection, effect: AdEffect, *, reason: str, attempt: AttemptEnd | None, actor: str
    ) -> AdEffect:
        """Record that the change is made; the approval is used up, and what it rolls back is rolled back."""
        result = {"value": effect.payload.after, "request_id": effect.progress.get("request_id")}
        done = self.move_within(
            connection,
            effect,
            _E.SUCCEEDED,
            reason=reason,
            actor=actor,
            attempt=attempt,
            columns={"result": result, "not_before": None},
        )
        self.changes.note_within(connection, effect.subject, applied_at=self.moves.now())
        self._use_up(connection, done, f"applied as {done.id}", actor)
        undone = get_ad_change(connection, effect.subject).rolls_back
        if undone is not None:
            self.move_change(connection, undone, _A.ROLLED_BACK, reason=f"undone by {effect.subject}", actor=actor)
        return done

    def move_change(
        self, connection: Connection, change: str, *path: AdChangeState, reason: str, actor: str, **columns: Any
    ) -> None:
        """Take a change through `path`, each step drawn and audited; `columns` go with the last. Raises NotFound."""
        for state in path[:-1]:
            self.changes.move_within(connection, change, state, reason=reason, actor=actor)
        for state in path[-1:]:
            self.changes.move_within(connection, change, state, reason=reason, actor=actor, **columns)

    def _unless_replaced(self, connection: Connection, effect: AdEffect) -> AdEffect:
        """An effect that came back from its worker; it ends here when a newer change was proposed meanwhile."""
        change = get_ad_change(connection, effect.subject)
        newer = newer_open_change(connection, change)
        if newer is None:
            return effect
        return self.supersede_within(connection, change, by=newer, actor=WORKER) or effect

    def _require_free(self, connection: Connection, effect: AdEffect, now: datetime) -> None:
        if effect.state not in WAKING:
            raise NotClaimable(f"Effect {effect.id} is {effect.state}.", "Only what waits can be claimed.")
        if effect.not_before is not None and now < effect.not_before:
            raise NotClaimable(f"Effect {effect.id} rests: {effect.state_reason}.", "It is tried again later.")
        change = get_ad_change(connection, effect.subject)
        if change.state is not _A.APPROVED:
            raise NotClaimable(f"Ad change {change.id} is {change.state}.", "Only an approved change is applied.")
        writer = other_writer(connection, effect)
        if writer is not None:
            raise NotClaimable(f"{writer} is at work on the same account.", "One writer per account: try again later.")
