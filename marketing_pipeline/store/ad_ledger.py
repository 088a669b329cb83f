"""The ledger's side of ad changes: claims that reserve caps, attempts and outcomes, each with the change it applies.

What was reserved stays reserved while the outcome is open or the change is made; it is given back when it is proved
that nothing was done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from marketing_pipeline.domain.account_day import account_day, next_day_begins
from marketing_pipeline.domain.ad_amounts import raise_of
from marketing_pipeline.domain.ad_change import AdChangeState, fingerprint_of_change, require_transition
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, EffectId
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_effect_rows import (
    RESERVED_DAY,
    RESERVED_RAISE,
    count_ad_effects,
    get_ad_effect,
    other_writer,
    reserved_on,
)
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.attempts import WORKER, AttemptEnd, close_attempt, open_attempt
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_moves import Moves, changed
from marketing_pipeline.store.effect_rows import WAKING, readable_back
from marketing_pipeline.store.tables import ad_changes, effects

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
}
_NOTHING_DONE = frozenset({_E.QUEUED, _E.RETRY_WAIT, _E.FAILED, _E.CANCELLED, _E.EXPIRED})


class NotClaimable(MarketingError):
    """The effect may not be claimed now. Nothing changed."""


class CapReached(MarketingError):
    """A cap of the account's day leaves no room; it is tried again when the next day begins, at `until`."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message, f"It waits until the account's next day, {until:%Y-%m-%d %H:%M} UTC.")
        self.until = until


class AdLedger:
    """Writes ad effects and their changes. Safe to share between threads and processes: the database decides."""

    def __init__(self, database: Database, moves: Moves, approvals: Approvals) -> None:
        self.database = database
        self.moves = moves
        self.approvals = approvals

    def enqueue_within(self, connection: Connection, change: AdChange, approval: ApprovalId, actor: str) -> AdEffect:
        """Add the effect of a change that has just been approved, in the transaction of that approval."""
        now, number = self.moves.now(), count_ad_effects(connection, change.id) + 1
        fingerprint = fingerprint_of_change(change.payload)
        effect = EffectId(f"{change.id}-e{number}")
        row: dict[str, Any] = {
            "id": effect,
            "kind": change.payload.kind,
            "brand": change.brand,
            "channel": GOOGLE_ADS,
            "subject": change.id,
            "payload": change.payload.model_dump(mode="json"),
            "fingerprint": fingerprint,
            "idempotency_key": f"{change.payload.kind}:{change.id}:{number}",
            "approval": approval,
            "state": _E.QUEUED,
            "state_reason": "approved",
            "due_at": now,
            "fence": 0,
            "attempts": 0,
            "read_backs": 0,
            "progress": {},
            "created_at": now,
            "updated_at": now,
        }
        connection.execute(insert(effects).values(**row))
        queued = get_ad_effect(connection, effect)
        self.moves.tell(connection, queued, {"fingerprint": fingerprint, "approval": approval}, actor)
        return queued

    def claim(self, effect_id: EffectId, owner: str, lease: timedelta, *, caps: AdCaps, zone: ZoneInfo) -> AdEffect:
        """Take one effect for the time of `lease`, and reserve it within the caps of the account's day.

        The reservation is part of the claim's transaction, which holds the database's one write lock: of many claims
        each sees what those before it reserved. `zone` is the account's. Raises CapReached, NotClaimable, Fenced.
        """
        with self.database.write() as connection:
            effect, now = get_ad_effect(connection, effect_id), self.moves.now()
            self._require_free(connection, effect, now)
            day = account_day(now, zone)
            changes, raises = reserved_on(connection, effect.payload.customer_id, day)
            rise = raise_of(effect.payload)
            if changes >= caps.changes_per_day:
                raise CapReached(f"The account had its {changes} changes of {day}.", next_day_begins(now, zone))
            if raises + rise > round(caps.raise_per_day * MICROS):
                raise CapReached(
                    f"Raises of {day} would add up to {(raises + rise) / MICROS:,.2f} {effect.payload.currency},"
                    f" above {caps.raise_per_day:,.2f}.",
                    next_day_begins(now, zone),
                )
            columns = {
                "fence": effect.fence + 1,
                "lease_owner": owner,
                "lease_until": now + lease,
                "not_before": None,
                "progress": {**effect.progress, RESERVED_DAY: day.isoformat(), RESERVED_RAISE: rise},
            }
            return self.move_within(connection, effect, _E.CLAIMED, reason=f"claimed by {owner}", columns=columns)

    def claim_read_back(self, owner: str, lease: timedelta) -> AdEffect | None:
        """Take the unknown ad effect whose read-back is due longest; it stays unknown. None when none is due."""
        with self.database.write() as connection:
            now = self.moves.now()
            found = connection.scalar(readable_back(now, EffectKind.APPLY_AD_CHANGE).limit(1))
            if found is None:
                return None
            effect = get_ad_effect(connection, EffectId(found))
            values: dict[str, Any] = {
                "fence": effect.fence + 1,
                "lease_owner": owner,
                "lease_until": now + lease,
                "read_backs": effect.read_backs + 1,
                "updated_at": now,
            }
            self.moves.write(connection, effect, values)
            return changed(effect, values)

    def save_progress(self, effect: AdEffect, lease: timedelta, **proved: Any) -> AdEffect:
        """Store what is proved so far, and renew the lease. Raises Fenced."""
        with self.database.write() as connection:
            now = self.moves.now()
            values = {"progress": {**effect.progress, **proved}, "lease_until": now + lease, "updated_at": now}
            self.moves.write(connection, effect, values)
            return changed(effect, values)

    def put_off(self, effect: AdEffect, *, reason: str, until: datetime) -> None:
        """Let a waiting or unknown effect rest until a moment, without moving it. Raises Fenced."""
        with self.database.write() as connection:
            values: dict[str, Any] = {"state_reason": reason, "not_before": until, "updated_at": self.moves.now()}
            self.moves.write(connection, effect, {**values, "lease_until": None, "lease_owner": None})
            self._note(connection, effect.subject, {"state_reason": reason})

    def open_attempt(
        self, effect: AdEffect, *, owner: str, request: Mapping[str, Any], guard: Callable[[Connection], None]
    ) -> AdEffect:
        """Commit that the one call is about to go out. `guard` runs in the same transaction and raises to stop it."""
        with self.database.write() as connection:
            guard(connection)
            progress = {**effect.progress, "sent_at": self.moves.now().isoformat()}
            return open_attempt(connection, self.moves, effect, owner=owner, request=request, progress=progress)

    def move(
        self,
        effect: AdEffect,
        to: EffectState,
        *,
        reason: str,
        attempt: AttemptEnd | None = None,
        columns: Mapping[str, Any] | None = None,
        change_to: tuple[AdChangeState, ...] | None = None,
    ) -> AdEffect:
        """Take one step in a transaction of its own; see `move_within`."""
        with self.database.write() as connection:
            return self.move_within(
                connection, effect, to, reason=reason, attempt=attempt, columns=columns, change_to=change_to
            )

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
        if to in _NOTHING_DONE:
            kept = values.get("progress", effect.progress)
            values["progress"] = {name: kept[name] for name in kept if name not in (RESERVED_DAY, RESERVED_RAISE)}
        moved = self.moves.effect(connection, effect, to, reason=reason, actor=actor, columns=values)
        if attempt is not None:
            close_attempt(connection, effect, attempt, self.moves.now())
        follows = (_CHANGE_FOLLOWS[to],) if change_to is None and to in _CHANGE_FOLLOWS else change_to or ()
        self.move_change(connection, effect.subject, *follows, reason=reason, actor=actor)
        return moved

    def succeed(
        self, effect: AdEffect, *, reason: str, attempt: AttemptEnd | None = None, actor: str = WORKER
    ) -> AdEffect:
        """Record in a transaction of its own that the change is made, as read back."""
        with self.database.write() as connection:
            return self.succeed_within(connection, effect, reason=reason, attempt=attempt, actor=actor)

    def succeed_within(
        self, connection: Connection, effect: AdEffect, *, reason: str, attempt: AttemptEnd | None, actor: str
    ) -> AdEffect:
        """Record that the change is made; the approval is used up, and what it rolls back is rolled back."""
        now = self.moves.now()
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
        self._note(connection, effect.subject, {"applied_at": now})
        rows = self.approvals.rows_of(connection, done.approval)
        if rows[-1].decision is Decision.APPROVE:
            note = f"applied as {done.id}"
            self.approvals.record(connection, done.approval, Decision.USED, actor=actor, source="system", note=note)
        undone = get_ad_change(connection, effect.subject).rolls_back
        if undone is not None:
            self.move_change(connection, undone, _A.ROLLED_BACK, reason=f"undone by {effect.subject}", actor=actor)
        return done

    def move_change(
        self, connection: Connection, change: str, *path: AdChangeState, reason: str, actor: str, **columns: Any
    ) -> None:
        """Take a change through `path`, each step drawn and audited; `columns` go with the last. Raises NotFound."""
        for position, to in enumerate(path, start=1):
            before = get_ad_change(connection, change)
            require_transition(before.state, to)
            more = columns if position == len(path) else {}
            self._note(connection, change, {"state": to, "state_reason": reason, **more})
            self.moves.audit.append(
                connection,
                actor=actor,
                action=f"ad_change.{to}",
                subject=change,
                brand=before.brand,
                detail={"from": before.state, "reason": reason},
            )

    def note_change(self, connection: Connection, change: str, reason: str) -> None:
        """Say anew why a change is where it is, without moving it."""
        self._note(connection, change, {"state_reason": reason})

    def _note(self, connection: Connection, change: str, values: Mapping[str, Any]) -> None:
        connection.execute(
            update(ad_changes).where(ad_changes.c.id == change).values(**values, updated_at=self.moves.now())
        )

    def _require_free(self, connection: Connection, effect: AdEffect, now: datetime) -> None:
        if effect.state not in WAKING:
            raise NotClaimable(f"Effect {effect.id} is {effect.state}.", "Only what waits can be claimed.")
        if effect.not_before is not None and now < effect.not_before:
            raise NotClaimable(f"Effect {effect.id} rests: {effect.state_reason}.", "It is tried again later.")
        state = connection.scalar(select(ad_changes.c.state).where(ad_changes.c.id == effect.subject))
        if state != _A.APPROVED:
            raise NotClaimable(f"Ad change {effect.subject} is {state}.", "Only an approved change is applied.")
        writer = other_writer(connection, effect)
        if writer is not None:
            raise NotClaimable(f"{writer} is at work on the same account.", "One writer per account: try again later.")
