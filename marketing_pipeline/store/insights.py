"""Insight snapshots of published posts, and which are still to be taken."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import func, select

from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.metrics import METRICS, InsightSnapshot, SnapshotAge
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import insight_snapshots, posts
from marketing_pipeline.store.upsert import upsert

# A reading stands for its age until the next age is reached; the last one for good, since the figures are cumulative.
_CLOSES = dict(zip(SnapshotAge, [*list(SnapshotAge)[1:], None], strict=True))
_stored = insight_snapshots.alias("stored")
_TAKEN = select(func.count()).where(_stored.c.post == posts.c.id).correlate(posts).scalar_subquery()


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
    query = (
        select(
            *(posts.c[name] for name in ("id", "brand", "week", "media_id", "published_at")), insight_snapshots.c.age
        )
        .outerjoin_from(posts, insight_snapshots, insight_snapshots.c.post == posts.c.id)
        .where(
            posts.c.state == PostState.PUBLISHED,
            posts.c.media_id.is_not(None),
            posts.c.published_at <= now - SnapshotAge.HOUR.delta,
            # Nearly every post has them all by now: those are left out before any row is read.
            len(SnapshotAge) > _TAKEN,
        )
    )
    if brand is not None:
        query = query.where(posts.c.brand == brand)
    with database.read() as connection:
        rows = connection.execute(query).mappings().all()
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


def next_first_snapshot_at(database: Database) -> datetime | None:
    """When the next published post that has no snapshot yet reaches its first age; None when all have one."""
    unmeasured = (
        select(func.min(posts.c.published_at))
        .where(posts.c.state == PostState.PUBLISHED, posts.c.media_id.is_not(None))
        .where(posts.c.id.not_in(select(insight_snapshots.c.post)))
    )
    with database.read() as connection:
        published_at = connection.scalar(unmeasured)
    return None if published_at is None else published_at + SnapshotAge.HOUR.delta


def _is_closed(age: SnapshotAge, passed: timedelta) -> bool:
    following = _CLOSES[age]
    return following is not None and passed >= following.delta
