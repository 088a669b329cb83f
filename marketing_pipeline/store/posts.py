"""Posts: where each stands, and the only ways to move one. Every change is one transaction with its audit row."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import Connection, bindparam, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import BrandId, CreativeId, PostId, VariationId
from marketing_pipeline.domain.metrics import SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.post import PostState, require_transition
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.post_row import Post, post_of
from marketing_pipeline.store.tables import posts

# Until its effect is claimed a post may be held back and edited; from then on the ledger has the word.
BEFORE_THE_CLAIM = frozenset(
    {
        PostState.PLANNED,
        PostState.DRAFTED,
        PostState.DESIGNED,
        PostState.READY,
        PostState.NEEDS_HUMAN,
        PostState.SCHEDULED,
        PostState.MISSED,
        PostState.FAILED,
    }
)


_POST = select(posts).where(posts.c.id == bindparam("post"))
_CHANGED = update(posts).where(posts.c.id == bindparam("post")).returning(posts)
# Instagram tells the address in a call of its own, after the post is out.
_KNOWN_LATE = {"permalink"}


class StalePost(MarketingError):
    """The post has changed since it was read."""


class PostChanges(TypedDict, total=False):
    """What may change about a post after it was planned."""

    scheduled_at: datetime
    slot: str
    pillar: str
    format: PostFormat
    hook: Hook
    topic: str
    angle: str
    key_message: str
    note: str | None
    chosen_variation: VariationId | None
    chosen_creative: CreativeId | None
    design_note: str | None
    published_at: datetime
    media_id: str
    permalink: str | None


class Posts:
    """Reads and moves posts. Methods that take a connection join the caller's transaction."""

    def __init__(self, database: Database, audit: AuditAppender) -> None:
        self._database = database
        self._audit = audit

    def get(self, post: PostId) -> Post:
        """The post of that id. Raises NotFound."""
        with self._database.read() as connection:
            return get_post(connection, post)

    def find(
        self,
        *,
        brand: BrandId | None = None,
        week: str | None = None,
        states: Collection[PostState] | None = None,
        due_by: datetime | None = None,
    ) -> tuple[Post, ...]:
        """Posts that meet every condition given, in the order in which they go out."""
        query = select(posts).order_by(posts.c.scheduled_at, posts.c.id)
        if brand is not None:
            query = query.where(posts.c.brand == brand)
        if week is not None:
            query = query.where(posts.c.week == week)
        if states is not None:
            query = query.where(posts.c.state.in_(states))
        if due_by is not None:
            query = query.where(posts.c.scheduled_at <= due_by)
        with self._database.read() as connection:
            return tuple(post_of(row) for row in connection.execute(query).mappings())

    def due_for(self, state: PostState) -> tuple[Post, ...]:
        """Posts in `state` whose time to go out has come and that nobody holds back."""
        found = self.find(states=[state], due_by=self._database.clock.now())
        return tuple(post for post in found if not post.held)

    def move(self, post: PostId, to: PostState, *, actor: str, reason: str, **changes: Unpack[PostChanges]) -> Post:
        """Bring a post to another state, with what changes along with it; returns it as it stands then.

        A post that stands there already, changes included, is left alone: a second run does nothing. Raises
        NotFound, or RefusedTransition for a step that is not drawn.
        """
        with self._database.write() as connection:
            return self.move_within(connection, post, to, actor=actor, reason=reason, **changes)

    def move_within(
        self,
        connection: Connection,
        post: PostId,
        to: PostState,
        *,
        actor: str,
        reason: str,
        **changes: Unpack[PostChanges],
    ) -> Post:
        """`move` inside a write transaction of the caller's."""
        before = get_post(connection, post)
        if before.state is to and _says(before, changes):
            return before
        require_transition(before.state, to)
        values: dict[str, object] = {**changes, "state": to, "state_reason": reason}
        published_at = changes.get("published_at", before.published_at)
        if to is PostState.PUBLISHED and published_at is not None:
            values["insights_due_at"] = published_at + SnapshotAge.HOUR.delta
        return self._store(connection, before, f"post.{to}", actor, values)

    def change(self, post: PostId, *, revision: int, actor: str, reason: str, **changes: Unpack[PostChanges]) -> Post:
        """Edit a post without moving it, on the ground of the revision that the editor saw.

        Raises NotFound, StalePost when it has changed since, and RefusedTransition once its effect is claimed; the
        permalink alone may be added at any time.
        """
        with self._database.write() as connection:
            before = get_post(connection, post)
            if _says(before, changes):
                return before
            require_revision(before, revision)
            if not changes.keys() <= _KNOWN_LATE:
                _require_before_the_claim(before, "changed")
            return self._store(connection, before, "post.changed", actor, {**changes}, reason)

    def hold(self, post: PostId, *, actor: str, reason: str, revision: int | None = None) -> Post:
        """Keep a post from going out until it is released.

        Raises NotFound, RefusedTransition once it is claimed, and StalePost for another revision than a named one.
        """
        with self._database.write() as connection:
            before = get_post(connection, post)
            if before.held and before.held_reason == reason:
                return before
            require_revision(before, revision)
            _require_before_the_claim(before, "held")
            return self._store(connection, before, "post.held", actor, {"held": True, "held_reason": reason}, reason)

    def release(self, post: PostId, *, actor: str, reason: str, revision: int | None = None) -> Post:
        """Let a held post go out again. Raises NotFound, and StalePost for another revision than a named one."""
        with self._database.write() as connection:
            before = get_post(connection, post)
            if not before.held:
                return before
            require_revision(before, revision)
            values = {"held": False, "held_reason": None}
            return self._store(connection, before, "post.released", actor, values, reason)

    def _store(
        self,
        connection: Connection,
        before: Post,
        action: str,
        actor: str,
        values: Mapping[str, object],
        reason: str = "",
    ) -> Post:
        now = self._database.clock.now()
        written = {**values, "revision": before.revision + 1, "updated_at": now, "post": before.id}
        after = post_of(connection.execute(_CHANGED, written).mappings().one())
        detail = {name: value for name, value in after.model_dump(mode="json").items() if name in values}
        self._audit.append(
            connection,
            actor=actor,
            action=action,
            subject=before.id,
            brand=before.brand,
            detail=detail | {"from": before.state, "reason": reason or after.state_reason},
        )
        return after


def get_post(connection: Connection, post: PostId) -> Post:
    """The post of that id, in the caller's transaction. Raises NotFound."""
    row = connection.execute(_POST, {"post": post}).mappings().first()
    if row is None:
        raise NotFound(f"There is no post {post}.", "`marketing posts list` shows them all.")
    return post_of(row)


def require_revision(post: Post, revision: int | None) -> None:
    """Return when the post stands at that revision, or none was named. Raises StalePost."""
    if revision is not None and post.revision != revision:
        raise StalePost(
            f"The post {post.id} has changed since it was read (revision {post.revision}, not {revision}).",
            f"Look at it again with `marketing posts show {post.id}`, then repeat the change.",
        )


def _says(post: Post, changes: PostChanges) -> bool:
    """Whether the post holds these values already."""
    return all(getattr(post, name) == value for name, value in changes.items())


def _require_before_the_claim(post: Post, word: str) -> None:
    if post.state not in BEFORE_THE_CLAIM:
        raise RefusedTransition(
            f"The post {post.id} is {post.state} and can no longer be {word}.",
            "Its effect has the word now: `marketing effects list`.",
        )
