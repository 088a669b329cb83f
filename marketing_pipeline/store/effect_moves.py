"""Moving an effect and its post along their drawn transitions, each step with its audit row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, Unpack

from sqlalchemy import Connection, bindparam, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.effect import EffectRow, EffectState, require_transition
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import EffectId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.posts import PostChanges, Posts
from marketing_pipeline.store.tables import effects, posts

_NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_owner": None}
_LEASED = frozenset({EffectState.CLAIMED, EffectState.SENDING})
_SUBJECT = {EffectKind.PUBLISH_POST: "post", EffectKind.APPLY_AD_CHANGE: "ad_change"}
_WRITE = update(effects).where(
    effects.c.id == bindparam("its_id"),
    effects.c.state == bindparam("its_state"),
    effects.c.fence == bindparam("its_fence"),
)
E = TypeVar("E", bound=EffectRow)


class Fenced(MarketingError):
    """Another worker has taken the effect over, or it has moved on. Nothing was written."""


def fenced(effect: EffectId) -> Fenced:
    """The refusal of a stale write."""
    return Fenced(f"Effect {effect} has moved on without this worker.", "Nothing to do: whoever holds it now goes on.")


def changed(effect: E, values: Mapping[str, Any]) -> E:
    """The effect as its row says after `values` were written to it."""
    known = {name: value for name, value in values.items() if name in type(effect).model_fields}
    return effect.model_copy(update=known)


class Moves:
    """The one way in which the state of an effect changes."""

    def __init__(self, audit: AuditAppender, posts: Posts, clock: Clock) -> None:
        self.audit = audit
        self._posts = posts
        self._clock = clock

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return aware(self._clock.now())

    def effect(
        self,
        connection: Connection,
        effect: E,
        to: EffectState,
        *,
        reason: str,
        actor: str,
        columns: Mapping[str, Any] | None = None,
    ) -> E:
        """Take one drawn step, provided that the row still is as `effect` says; else raise Fenced.

        Leaving a claim gives back its lease. `columns` are written with the state.
        """
        require_transition(effect.state, to)
        values: dict[str, Any] = {"state": to, "state_reason": reason, "updated_at": self.now()}
        if to not in _LEASED:
            values |= _NO_LEASE
        values |= columns or {}
        self.write(connection, effect, values)
        moved = changed(effect, values)
        self.tell(connection, moved, {"from": effect.state, "reason": reason}, actor)
        return moved

    def tell(
        self, connection: Connection, effect: EffectRow, detail: Mapping[str, Any], actor: str = "executor"
    ) -> None:
        """Append the audit row of the state that `effect` is in now."""
        self.audit.append(
            connection,
            actor=actor,
            action=f"effect.{effect.state}",
            subject=effect.id,
            brand=effect.brand,
            detail={**detail, _SUBJECT[effect.kind]: effect.subject, "fence": effect.fence},
        )

    def write(self, connection: Connection, effect: EffectRow, values: Mapping[str, Any]) -> None:
        """Change columns of the row under the state and fence that `effect` names. Raises Fenced."""
        place = {"its_id": effect.id, "its_state": effect.state, "its_fence": effect.fence}
        written = connection.execute(_WRITE, {**values, **place})
        if written.rowcount != 1:
            raise fenced(effect.id)

    def post(
        self,
        connection: Connection,
        post: PostId,
        *path: PostState,
        reason: str,
        actor: str,
        **changes: Unpack[PostChanges],
    ) -> None:
        """Take a post through `path`, step by step; `changes` go with the last step."""
        for state in path[:-1]:
            self._posts.move_within(connection, post, state, actor=actor, reason=reason)
        for state in path[-1:]:
            self._posts.move_within(connection, post, state, actor=actor, reason=reason, **changes)

    def change_post(self, connection: Connection, post: PostId, values: Mapping[str, Any]) -> None:
        """Change facts of a post without moving it, such as its permalink."""
        changes = {**values, "revision": posts.c.revision + 1, "updated_at": self.now()}
        connection.execute(update(posts).where(posts.c.id == post).values(**changes))
