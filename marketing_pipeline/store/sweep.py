"""The sweep: what dead workers, passed slots and lapsed approvals left behind is put where it belongs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Select

from marketing_pipeline.domain.approval import ApprovalState, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectState
from marketing_pipeline.domain.identifiers import BrandId, EffectId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.effect_rows import WAKING, get_effect, lapsed, overdue, unapproved
from marketing_pipeline.store.ledger import WORKER, Ledger
from marketing_pipeline.store.publish_queue import PublishQueue

# The least `late_after_minutes` that brand.yaml accepts.
_NEVER_LATE_BEFORE = timedelta(minutes=5)


class Swept(BaseModel):
    """What one sweep did, by effect."""

    model_config = ConfigDict(frozen=True)

    released: tuple[EffectId, ...] = ()
    unknown: tuple[EffectId, ...] = ()
    missed: tuple[EffectId, ...] = ()
    expired: tuple[EffectId, ...] = ()

    def and_then(self, later: Self) -> Self:
        """Both sweeps as one."""
        return self.model_copy(
            update={name: (*getattr(self, name), *getattr(later, name)) for name in type(self).model_fields}
        )


class Sweep:
    """Runs at the start of every drain. Each effect is put right in a transaction of its own."""

    def __init__(self, ledger: Ledger, brands: Mapping[BrandId, Brand]) -> None:
        self._ledger = ledger
        self._brands = brands
        self._queue = PublishQueue(ledger)

    def run(self) -> Swept:
        """Take over lapsed leases, then end what is late or no longer approved."""
        now = self._ledger.moves.now()
        taken = {effect: self._take_over(effect) for effect in self._ids(lapsed(now))}
        return Swept(
            released=tuple(effect for effect, state in taken.items() if state is EffectState.QUEUED),
            unknown=tuple(effect for effect, state in taken.items() if state is EffectState.UNKNOWN),
            missed=tuple(effect for effect in self._ids(overdue(now - _NEVER_LATE_BEFORE)) if self._miss(effect)),
            expired=tuple(effect for effect in self._ids(unapproved(now)) if self._expire(effect)),
        )

    def _ids(self, wanted: Select[str]) -> list[EffectId]:
        with self._ledger.database.read() as connection:
            return [EffectId(found) for found in connection.scalars(wanted)]

    def _take_over(self, effect_id: EffectId) -> EffectState | None:
        with self._ledger.database.write() as connection:
            effect, now = get_effect(connection, effect_id), self._ledger.moves.now()
            if effect.lease_until is None or effect.lease_until > now:
                return None
            # The higher fence shuts out the old worker, should it wake.
            columns = {"fence": effect.fence + 1}
            if effect.state is EffectState.CLAIMED:
                reason = "its worker went away before anything was sent"
                return self._ledger.move_within(
                    connection, effect, EffectState.QUEUED, reason=reason, columns=columns
                ).state
            if effect.state is not EffectState.SENDING:
                return None
            reason = "its worker went away while the call may have been out"
            return self._ledger.move_within(
                connection,
                effect,
                EffectState.UNKNOWN,
                reason=reason,
                attempt=(AttemptOutcome.UNKNOWN, reason),
                columns={**columns, "not_before": now, "read_backs": 0},
            ).state

    def _miss(self, effect_id: EffectId) -> bool:
        with self._ledger.database.write() as connection:
            effect = get_effect(connection, effect_id)
            brand = self._brands.get(effect.brand)
            if effect.state not in WAKING or brand is None or not self._too_late(effect, brand):
                return False
            skip = brand.posting.late_policy is LatePolicy.SKIP
            what = "skipped, as the brand's policy says" if skip else "reschedule it or cancel it"
            reason = f"its slot of {effect.due_at:%Y-%m-%d %H:%M} UTC passed: {what}"
            self._end(connection, effect, PostState.MISSED, reason)
            return True

    def _too_late(self, effect: Effect, brand: Brand) -> bool:
        grace = timedelta(minutes=brand.posting.late_after_minutes)
        late = self._ledger.moves.now() > effect.due_at + grace
        return late and brand.posting.late_policy is not LatePolicy.PUBLISH_LATE

    def _expire(self, effect_id: EffectId) -> bool:
        with self._ledger.database.write() as connection:
            effect = get_effect(connection, effect_id)
            rows = self._ledger.approvals.rows_of(connection, effect.approval)
            if state_of(rows, self._ledger.moves.now()) is not ApprovalState.EXPIRED:
                return False
            brand, reason = self._brands.get(effect.brand), "its approval lapsed"
            if effect.state is EffectState.AWAITING_APPROVAL:
                reason = "nobody decided in time: reschedule it to ask again"
                self._ledger.moves.effect(connection, effect, EffectState.EXPIRED, reason=reason, actor=WORKER)
                self._ledger.moves.change_post(connection, PostId(effect.subject), {"state_reason": reason})
            elif effect.state in WAKING and brand is not None:
                self._queue.ask_again(connection, brand, effect, EffectState.EXPIRED, reason)
            else:
                return False
            return True

    def _end(self, connection: Connection, effect: Effect, post: PostState, reason: str) -> None:
        self._ledger.moves.effect(connection, effect, EffectState.EXPIRED, reason=reason, actor=WORKER)
        self._ledger.moves.post(connection, PostId(effect.subject), post, reason=reason, actor=WORKER)
