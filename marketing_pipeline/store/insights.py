"""Insight snapshots of published posts, and which are still to be taken.

A post says when its next ones are due (`posts.insights_due_at`): those that are measured to the end are never visited.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, Select, exists, func, select, update

from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.metrics import METRICS, InsightSnapshot, SnapshotAge
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import insight_snapshots, posts
from marketing_pipeline.store.upsert import upsert

# A reading stands for its age until the next age is reached; the last one for good, since the figures are cumulative.
_CLOSES = dict(zip(SnapshotAge, [*list(SnapshotAge)[1:], None], strict=True))
# Not the column itself: by its index SQLite, which has no statistics, would visit every post that was ever published.
_IS_OUT = posts.c.state.concat("") == PostState.PUBLISHED

UNMEASURED = select(func.min(posts.c.published_at)).where(
    # Those that have readings left.
    posts.c.insights_due_at > datetime.min.replace(tzinfo=UTC),
    _IS_OUT,
    posts.c.media_id.is_not(None),
    ~exists().where(insight_snapshots.c.post == posts.c.id),
)
"""When the first of the posts that have no snapshot at all was published."""


class DueSnapshot(BaseModel):
    """A snapshot that is due and not stored. `closed`: its window is over; a reading now is one of a later age."""

    model_config = ConfigDict(frozen=True)

    post: PostId
    brand: BrandId
    week: str
    media_id: str
    age: SnapshotAge
    published_at: AwareDatetime
    due_at: AwareDatetime
    closed: bool


def record_snapshot(database: Database, snapshot: InsightSnapshot) -> None:
    """Store a snapshot; one of the same post and age is replaced."""
    row = {
        **snapshot.model_dump(exclude={"values"}),
        **{name: snapshot.values.get(name) for name in METRICS},
        "updated_at": database.clock.now(),
    }
    with database.write() as connection:
        upsert(connection, insight_snapshots, row, changing=row.keys() - {"post", "age"})
        _say_what_is_left(connection, snapshot.post)


def _say_what_is_left(connection: Connection, post: PostId) -> None:
    """Write down when the youngest age of a post that is not stored is reached."""
    published_at = connection.scalar(select(posts.c.published_at).where(posts.c.id == post))
    taken = set(connection.scalars(select(insight_snapshots.c.age).where(insight_snapshots.c.post == post)))
    left = [age for age in SnapshotAge if age not in taken]
    due_at = published_at + left[0].delta if left and published_at is not None else None
    connection.execute(update(posts).where(posts.c.id == post).values(insights_due_at=due_at))


def snapshots_of(database: Database, post: PostId) -> tuple[InsightSnapshot, ...]:
    """The stored snapshots of a post, youngest age first."""
    query = select(insight_snapshots).where(insight_snapshots.c.post == post).order_by(insight_snapshots.c.age_hours)
    with database.read() as connection:
        return tuple(
            InsightSnapshot.model_validate({**row, "values": {name: row[name] for name in METRICS}})
            for row in connection.execute(query).mappings()
        )


def due_snapshots(database: Database, now: AwareDatetime, brand: BrandId | None = None) -> tuple[DueSnapshot, ...]:
    """Every age that a published post has reached by `now` and that is not stored, the longest overdue first."""
    with database.read() as connection:
        rows = connection.execute(to_be_read(now, brand)).mappings().all()
    published = {row["id"]: row for row in rows}
    taken = {(row["id"], row["age"]) for row in rows}
    due = [
        DueSnapshot(
            post=post["id"],
            brand=post["brand"],
            week=post["week"],
            media_id=post["media_id"],
            age=age,
            published_at=post["published_at"],
            due_at=post["published_at"] + age.delta,
            closed=_is_closed(age, now - post["published_at"]),
        )
        for post in published.values()
        for age in SnapshotAge
        if now >= post["published_at"] + age.delta and (post["id"], age) not in taken
    ]
    return tuple(sorted(due, key=lambda item: (item.due_at, item.post)))


def to_be_read(now: datetime, brand: BrandId | None = None) -> Select[Any]:
    """The posts that may have a snapshot due by `now`, once for each age that is stored, or once without any."""
    wanted = (
        select(
            *(posts.c[name] for name in ("id", "brand", "week", "media_id", "published_at")), insight_snapshots.c.age
        )
        .outerjoin_from(posts, insight_snapshots, insight_snapshots.c.post == posts.c.id)
        .where(
            posts.c.insights_due_at <= now,
            _IS_OUT,
            posts.c.media_id.is_not(None),
        )
    )
    return wanted if brand is None else wanted.where(posts.c.brand == brand)


def next_first_snapshot_at(database: Database) -> datetime | None:
    """When the next published post that has no snapshot yet reaches its first age; None when all have one."""
    with database.read() as connection:
        published_at = connection.scalar(UNMEASURED)
    return None if published_at is None else published_at + SnapshotAge.HOUR.delta


def _is_closed(age: SnapshotAge, passed: timedelta) -> bool:
    following = _CLOSES[age]
    return following is not None and passed >= following.delta
