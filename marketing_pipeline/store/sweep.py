"""The sweep: what dead workers, passed slots and lapsed approvals left behind is put where it belongs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select

from marketing_pipeline.domain.approval import ApprovalState, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import BrandId, EffectId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.domain.season import out_of_season
from marketing_pipeline.store.damaged_rows import set_apart
from marketing_pipeline.store.effect_rows import WAKING, get_effect, lapsed, overdue, unapproved
from marketing_pipeline.store.late_posts import LatePosts, late_reason
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
        self._late_posts = LatePosts(ledger, brands)

    def run(self) -> Swept:
        """Take over lapsed leases, then end what is late or no longer approved, and posts that nobody made in time."""
        now = self._ledger.moves.now()
        self._late_posts.settle()
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
        with set_apart(f"Effect {effect_id}"):
            return self._ledger.take_over(effect_id)
        return None

    def _miss(self, effect_id: EffectId) -> bool:
        with set_apart(f"Effect {effect_id}"), self._ledger.database.write() as connection:
            effect = get_effect(connection, effect_id)
            brand = self._brands.get(effect.brand)
            if effect.state not in WAKING or brand is None or not self._too_late(effect, brand):
                return False
            reason = late_reason(brand, effect.due_at)
            self._ledger.moves.effect(connection, effect, EffectState.EXPIRED, reason=reason, actor=WORKER)
            dropped = (PostState.CANCELLED,) if brand.posting.late_policy is LatePolicy.SKIP else ()
            post = PostId(effect.subject)
            self._ledger.moves.post(connection, post, PostState.MISSED, *dropped, reason=reason, actor=WORKER)
            return True
        return False

    def _too_late(self, effect: Effect, brand: Brand) -> bool:
        """Past the brand's patience; or past the days of an offer or occasion that its slot still lay in."""
        now, text = self._ledger.moves.now(), f"{effect.payload.caption} {effect.payload.alt_text}"
        then, today = brand.day_of(effect.due_at), brand.day_of(now)
        if brand.posting.is_too_late(effect.due_at, now):
            return True
        return then < today and out_of_season(text, brand, today) != out_of_season(text, brand, then)

    def _expire(self, effect_id: EffectId) -> bool:
        with set_apart(f"Effect {effect_id}"), self._ledger.database.write() as connection:
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
        return False
