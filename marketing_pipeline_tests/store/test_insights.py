from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.metrics import METRICS, InsightSnapshot, SnapshotAge
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.insights import due_snapshots, next_first_snapshot_at, record_snapshot, snapshots_of
from marketing_pipeline.store.tables import insight_snapshots, plans, posts
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import publish, record_week


def snapshot(post: PostId, age: SnapshotAge, reach: int | None = 900) -> InsightSnapshot:
    return InsightSnapshot(
        post=post,
        brand=BrandId("upscale_print"),
        media_id="1789",
        age=age,
        taken_at=NOW + age.delta,
        age_hours=age.delta.total_seconds() / 3600,
        values={**dict.fromkeys(METRICS, 5), "reach": reach},
        missing={} if reach is not None else {"reach": "not given"},
    )


@pytest.fixture
def post(database: Database, brand: Brand) -> PostId:
    """Published at NOW."""
    identity = record_week(database, brand, AuditNotes(), posts=1).posts[0].id
    publish(database, identity)
    return identity


def _ages(database: Database, hours: float) -> list[tuple[str, bool]]:
    return [(due.age.value, due.closed) for due in due_snapshots(database, NOW + timedelta(hours=hours))]


def test_a_snapshot_is_read_back_and_what_is_absent_is_not_zero(database: Database, post: PostId) -> None:
    taken = snapshot(post, SnapshotAge.DAY, reach=None)
    record_snapshot(database, taken)
    assert snapshots_of(database, post) == (taken,)


def test_a_snapshot_taken_again_replaces_the_first(database: Database, post: PostId) -> None:
    record_snapshot(database, snapshot(post, SnapshotAge.DAY, reach=None))
    record_snapshot(database, snapshot(post, SnapshotAge.HOUR))
    record_snapshot(database, snapshot(post, SnapshotAge.DAY, reach=1_000))
    assert snapshots_of(database, post) == (
        snapshot(post, SnapshotAge.HOUR),
        snapshot(post, SnapshotAge.DAY, reach=1_000),
    )


@pytest.mark.parametrize(
    ("hours", "due"),
    [
        (0.99, []),
        (1, [("1h", False)]),
        (23.9, [("1h", False)]),
        (24, [("1h", True), ("24h", False)]),
        (72, [("1h", True), ("24h", True), ("72h", False)]),
        (168, [("1h", True), ("24h", True), ("72h", True), ("7d", False)]),
        (9_999, [("1h", True), ("24h", True), ("72h", True), ("7d", False)]),
    ],
)
def test_an_age_is_due_when_it_is_reached_and_closed_by_the_next(
    database: Database, post: PostId, hours: float, due: list[tuple[str, bool]]
) -> None:
    assert post
    assert _ages(database, hours) == due


def test_what_is_stored_is_due_no_more(database: Database, post: PostId) -> None:
    record_snapshot(database, snapshot(post, SnapshotAge.HOUR))
    assert _ages(database, 25) == [("24h", False)]


def test_a_due_snapshot_says_what_to_read(database: Database, post: PostId) -> None:
    [due] = due_snapshots(database, NOW + timedelta(hours=2))
    assert (due.post, due.brand, due.week, due.media_id) == (post, "upscale_print", "2026-11-16", "1789")
    assert (due.published_at, due.due_at) == (NOW, NOW + timedelta(hours=1))


def test_only_published_posts_of_the_brand_are_measured(database: Database, post: PostId, brand: Brand) -> None:
    late = NOW + timedelta(hours=2)
    assert [due.post for due in due_snapshots(database, late, brand.brand_id)] == [post]
    assert due_snapshots(database, late, BrandId("bakery")) == ()


def test_posts_that_are_not_out_are_not_measured(database: Database, brand: Brand) -> None:
    record_week(database, brand, AuditNotes())
    assert due_snapshots(database, NOW + timedelta(days=30)) == ()


def test_the_next_first_snapshot_is_that_of_the_oldest_unmeasured_post(database: Database, post: PostId) -> None:
    assert next_first_snapshot_at(database) == NOW + timedelta(hours=1)
    record_snapshot(database, snapshot(post, SnapshotAge.HOUR))
    assert next_first_snapshot_at(database) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(hours=st.lists(st.floats(0, 400), min_size=1, max_size=8))
def test_whenever_it_is_collected_nothing_is_taken_twice_and_nothing_forgotten(
    database: Database, brand: Brand, hours: list[float]
) -> None:
    with database.write() as connection:
        for table in (insight_snapshots, posts, plans):
            connection.execute(delete(table))
    post = record_week(database, brand, AuditNotes(), posts=1).posts[0].id
    publish(database, post)
    taken: list[SnapshotAge] = []
    for hour in sorted(hours):
        for due in due_snapshots(database, NOW + timedelta(hours=hour)):
            record_snapshot(database, snapshot(due.post, due.age))
            taken.append(due.age)
    assert taken == [age for age in SnapshotAge if age.delta <= timedelta(hours=max(hours))]


def _by_looking_at_every_post(database: Database, now: datetime) -> set[tuple[str, SnapshotAge]]:
    """What is due by its definition: each age that a published post has reached and that is not stored."""
    with database.read() as connection:
        out = connection.execute(select(posts).where(posts.c.state == "published", posts.c.media_id.is_not(None))).all()
        taken = {(row.post, row.age) for row in connection.execute(select(insight_snapshots)).all()}
    reached = ((row.id, age) for row in out for age in SnapshotAge if row.published_at + age.delta <= now)
    return {(post, age) for post, age in reached if (post, age) not in taken}


_OUT = st.fixed_dictionaries({"hours_ago": st.floats(0, 5_000), "taken": st.sets(st.sampled_from(SnapshotAge))})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(out=st.lists(_OUT, min_size=1, max_size=3), later=st.floats(0, 200))
def test_what_is_due_is_what_a_look_at_every_post_would_find_however_long_nobody_looked(
    database: Database, brand: Brand, out: list[dict[str, Any]], later: float
) -> None:
    with database.write() as connection:
        for table in (insight_snapshots, posts, plans):
            connection.execute(delete(table))
    for post, history in zip(record_week(database, brand, AuditNotes(), posts=len(out)).posts, out, strict=True):
        publish(database, post.id, at=NOW - timedelta(hours=history["hours_ago"]))
        for age in history["taken"]:
            record_snapshot(database, snapshot(post.id, age))
    now = NOW + timedelta(hours=later)
    found = due_snapshots(database, now)
    assert {(due.post, due.age) for due in found} == _by_looking_at_every_post(database, now)
    for due in found:
        record_snapshot(database, snapshot(due.post, due.age))
    assert due_snapshots(database, now) == ()
    with database.read() as connection:
        next_look = connection.scalars(select(posts.c.insights_due_at)).all()
    assert all(moment is None or moment > now for moment in next_look), "nothing that is done is visited again"


@pytest.mark.parametrize("ages", range(len(SnapshotAge) + 1))
def test_posts_from_before_the_upgrade_are_still_read_to_the_end(database: Database, post: PostId, ages: int) -> None:
    for age in list(SnapshotAge)[:ages]:
        record_snapshot(database, snapshot(post, age))
    late = NOW + timedelta(days=90)
    before = due_snapshots(database, late)
    migration = import_module("marketing_pipeline.store.migrations.versions.0007_finding_rows")
    with database.write() as connection:
        connection.execute(update(posts).values(insights_due_at=None))
        connection.exec_driver_sql(migration.INSIGHTS_LEFT)
    assert due_snapshots(database, late) == before and len(before) == len(SnapshotAge) - ages
    with database.read() as connection:
        assert (connection.scalar(select(posts.c.insights_due_at)) is None) == (not before)
