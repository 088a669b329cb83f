"""Posts as calendars and lists show them: a picture and a mark each, found by indexes, never more than are shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select, union_all

from marketing_pipeline.domain.identifiers import BrandId, PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM
from marketing_pipeline.store.tables import creatives, posts

STUCK = (PostState.NEEDS_HUMAN, PostState.MISSED, PostState.FAILED, PostState.PARKED)
"""States that only a person ends."""
_UNMADE = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED, PostState.READY)
_SHOWN = (
    "id", "brand", "week", "state", "state_reason", "held", "held_reason", "slot", "scheduled_at", "published_at",
    "pillar", "format", "hook", "topic", "revision",
)  # fmt: skip
_LISTED = select(
    *(posts.c[name] for name in _SHOWN), creatives.c.media, creatives.c.score, creatives.c.meets_bar
).outerjoin_from(posts, creatives, creatives.c.id == posts.c.chosen_creative)


@dataclass(frozen=True)
class ListedPost:
    """One post of a list. `picture` is the first of `pictures` that would go out; `score` orders its attempts."""

    id: PostId
    brand: BrandId
    week: str
    state: PostState
    state_reason: str
    held: bool
    held_reason: str | None
    slot: str
    scheduled_at: datetime
    published_at: datetime | None
    pillar: str
    format: str
    hook: str
    topic: str
    revision: int
    picture: Sha256 | None
    pictures: int
    score: float | None
    meets_bar: bool | None

    @property
    def may_change(self) -> bool:
        """Whether it may still be held, moved and edited."""
        return self.state in BEFORE_THE_CLAIM

    def is_late(self, now: datetime) -> bool:
        """Whether its moment has passed and it is not out, nor on its way."""
        return self.may_change and self.scheduled_at < now


def posts_between(
    connection: Connection,
    brands: Collection[BrandId],
    first: datetime,
    end: datetime,
    *,
    limit: int,
    skipped: int = 0,
) -> tuple[ListedPost, ...]:
    """Posts whose slot lies in [first, end), in that order; at most `limit` after the first `skipped`."""
    wanted = _LISTED.where(
        posts.c.brand.in_(brands), posts.c.scheduled_at >= first, posts.c.scheduled_at < end
    ).order_by(posts.c.scheduled_at, posts.c.id)
    return _found(connection, wanted.limit(limit).offset(skipped))


def moments_between(
    connection: Connection, brand: BrandId, first: datetime, end: datetime
) -> tuple[tuple[datetime, PostState], ...]:
    """When one brand's posts go out in [first, end), and where each stands."""
    wanted = select(posts.c.scheduled_at, posts.c.state).where(
        posts.c.brand == brand, posts.c.scheduled_at >= first, posts.c.scheduled_at < end
    )
    return tuple((row.scheduled_at, PostState(row.state)) for row in connection.execute(wanted))


def next_to_go_out(connection: Connection, brands: Collection[BrandId], limit: int) -> tuple[ListedPost, ...]:
    """Posts in the queue, the first due first."""
    wanted = _LISTED.where(posts.c.state == PostState.SCHEDULED, posts.c.brand.in_(brands))
    return _found(connection, wanted.order_by(posts.c.scheduled_at, posts.c.id).limit(limit))


def stuck_posts(
    connection: Connection, brands: Collection[BrandId], now: datetime, limit: int
) -> tuple[ListedPost, ...]:
    """Posts that only a person brings on, and those whose slot passed before they were made; the oldest slot first."""
    # The first of each state, and of those the first: so no more rows are read than are shown, however many there are.
    in_order = (posts.c.scheduled_at, posts.c.id)
    first = select(posts.c.id).where(posts.c.brand.in_(brands)).order_by(*in_order).limit(limit)
    late = posts.c.scheduled_at < now
    each = [
        *(first.where(posts.c.state == state) for state in STUCK),
        *(first.where(posts.c.state == state, late) for state in _UNMADE),
    ]
    ids = union_all(*(select(part.subquery().c.id) for part in each))
    return _found(connection, _LISTED.where(posts.c.id.in_(ids)).order_by(*in_order).limit(limit))


def listed_posts(connection: Connection, ids: Collection[str]) -> dict[str, ListedPost]:
    """The posts of these ids that exist, by id."""
    return {post.id: post for post in _found(connection, _LISTED.where(posts.c.id.in_(ids)))}


def pictures_before(
    connection: Connection, brand: BrandId, before: datetime, *, without: PostId, limit: int
) -> tuple[Sha256, ...]:
    """First pictures of a brand's posts whose slot lies before a moment, newest first: its profile has them beside."""
    wanted = _LISTED.where(
        posts.c.brand == brand,
        posts.c.scheduled_at < before,
        posts.c.state.in_((PostState.PUBLISHED, PostState.SCHEDULED)),
        posts.c.id != without,
    )
    found = _found(connection, wanted.order_by(posts.c.scheduled_at.desc()).limit(limit))
    return tuple(post.picture for post in found if post.picture)


def _found(connection: Connection, wanted: Select[Any]) -> tuple[ListedPost, ...]:
    return tuple(_listed(row) for row in connection.execute(wanted).mappings())


def _listed(row: RowMapping) -> ListedPost:
    media = row["media"] or ()
    return ListedPost(
        **{name: row[name] for name in _SHOWN if name != "state"},
        state=PostState(row["state"]),
        picture=Sha256(media[0]["sha256"]) if media else None,
        pictures=len(media),
        score=row["score"],
        meets_bar=row["meets_bar"],
    )
