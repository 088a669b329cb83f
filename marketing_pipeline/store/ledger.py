"""The effect ledger: every side effect is a row before it is an act, and every step of its life is one transaction.

Brands take turns; see `store/turns.py`. A claim is a lease with a fencing number; each later write names the fence and
fails with `Fenced` when another worker has taken over. Each change moves the post along and appends to the audit log in
the same transaction.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId, EffectId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.attempts import WORKER, AttemptEnd
from marketing_pipeline.store.damaged_rows import DamagedRow
from marketing_pipeline.store.effect_ledger import EffectLedger
from marketing_pipeline.store.effect_rows import claimable, get_effect
from marketing_pipeline.store.posts import PostChanges
from marketing_pipeline.store.tables import effects
from marketing_pipeline.store.turns import brands_in_turn, end_turn

__all__ = ["WORKER", "AttemptEnd", "Ledger"]
_POST_FOLLOWS: dict[EffectState, PostState] = {
    EffectState.CLAIMED: PostState.PUBLISHING,
    EffectState.SUCCEEDED: PostState.PUBLISHED,
    EffectState.QUEUED: PostState.SCHEDULED,
    EffectState.RETRY_WAIT: PostState.SCHEDULED,
    EffectState.FAILED: PostState.FAILED,
    EffectState.UNKNOWN: PostState.UNKNOWN,
    EffectState.PARKED: PostState.PARKED,
}


class Ledger(EffectLedger[Effect]):
    """The ledger of posts."""

    kind = EffectKind.PUBLISH_POST

    def get(self, connection: Connection, effect: EffectId) -> Effect:
        """The effect of that id. Raises NotFound."""
        return get_effect(connection, effect)

    def claim_due(
        self, owner: str, lease: timedelta, *, brand: BrandId | None = None, week: str | None = None
    ) -> Effect | None:
        """Take, for the time of `lease`, the longest due effect of the brand whose turn it is; None without any.

        Looked up first without the write lock, so that a drain with nothing to do takes it from nobody; then again
        under it, so that workers who come at once each find another brand. Left alone are effects under a hold, and
        those of an account that rests or of which another effect is at work or unproved; and all, while a
        reconciliation is open. A row that cannot be read is put off.
        """
        while True:
            with self.database.read() as connection:
                found = _next_due(connection, self.moves.now(), brand, week)
            if found is None:
                return None
            try:
                with self.database.write() as connection:
                    found = _next_due(connection, now := self.moves.now(), brand, week)
                    return None if found is None else self._claim(connection, found, owner, now, lease)
            except DamagedRow as damaged:
                assert found is not None
                self._put_off_damaged(found, damaged)

    def _claim(
        self, connection: Connection, found: EffectId, owner: str, now: datetime, lease: timedelta
    ) -> Effect | None:
        if self.reconciliations.look(connection) is not None:
            return None
        columns = {"state": EffectState.CLAIMED, "state_reason": f"claimed by {owner}", "not_before": None}
        effect = self._take(connection, select(effects.c.id).where(effects.c.id == found), owner, now + lease, columns)
        if effect is not None:
            end_turn(connection, effect.brand, now)
            self.moves.tell(connection, effect, {"owner": owner})
            self._move_post(connection, effect, WORKER, {})
        return effect

    def keep_unknown(self, effect: Effect, *, reason: str, progress: Mapping[str, Any], next_read: datetime) -> None:
        """Store what a read-back saw, give back the lease and set the next one. Raises Fenced."""
        with self.database.write() as connection:
            values = {"state_reason": reason, "progress": dict(progress), "not_before": next_read}
            lease = {"lease_until": None, "lease_owner": None, "updated_at": self.moves.now()}
            self.moves.write(connection, effect, {**values, **lease})

    def move_within(
        self,
        connection: Connection,
        effect: Effect,
        to: EffectState,
        *,
        reason: str,
        actor: str = WORKER,
        attempt: AttemptEnd | None = None,
        columns: Mapping[str, Any] | None = None,
        post_changes: PostChanges | None = None,
    ) -> Effect:
        """Take one step: effect, post, the attempt's outcome and the audit rows together. Raises Fenced."""
        moved = self.moves.effect(connection, effect, to, reason=reason, actor=actor, columns=columns)
        self._end_attempt(connection, effect, attempt)
        self._move_post(connection, moved, actor, post_changes or {})
        return moved

    def succeed(
        self,
        effect: Effect,
        *,
        media_id: str | None,
        published_at: datetime,
        reason: str,
        attempt: AttemptEnd | None = None,
    ) -> Effect:
        """Record in a transaction of its own that the post is live, before anything else is asked of the channel."""
        with self.database.write() as connection:
            return self.succeed_within(
                connection, effect, media_id=media_id, published_at=published_at, reason=reason, attempt=attempt
            )

    def succeed_within(
        self,
        connection: Connection,
        effect: Effect,
        *,
        media_id: str | None,
        published_at: datetime,
        reason: str,
        actor: str = WORKER,
        attempt: AttemptEnd | None = None,
    ) -> Effect:
        """Record that the post is live; the approval is used up. Raises Fenced."""
        facts: PostChanges = {"published_at": published_at}
        if media_id is not None:
            facts["media_id"] = media_id
        result = {"media_id": media_id, "published_at": published_at.isoformat(), "permalink": None}
        done = self.move_within(
            connection,
            effect,
            EffectState.SUCCEEDED,
            reason=reason,
            actor=actor,
            attempt=attempt,
            columns={"result": result},
            post_changes=facts,
        )
        self._use_up(connection, done, f"sent as {done.id}", actor)
        return done

    def note_permalink(self, effect: Effect, permalink: str) -> None:
        """Store the address of a live post, learnt after the fact."""
        with self.database.write() as connection:
            result = {**(effect.result or {}), "permalink": permalink}
            self.moves.write(connection, effect, {"result": result, "updated_at": self.moves.now()})
            self.moves.change_post(connection, PostId(effect.subject), {"permalink": permalink})

    def _move_post(self, connection: Connection, effect: Effect, actor: str, changes: PostChanges) -> None:
        follows = _POST_FOLLOWS.get(effect.state)
        if follows is not None:
            post, reason = PostId(effect.subject), effect.state_reason
            self.moves.post(connection, post, follows, reason=reason, actor=actor, **changes)


def _next_due(connection: Connection, now: datetime, brand: BrandId | None, week: str | None) -> EffectId | None:
    """The effect to claim next: of the one brand, or of the first one in turn whose account is free."""
    for whose in (brand,) if brand is not None else connection.scalars(brands_in_turn(now)).all():
        found = connection.scalar(claimable(now, BrandId(whose), week).limit(1))
        if found is not None:
            return EffectId(found)
    return None
