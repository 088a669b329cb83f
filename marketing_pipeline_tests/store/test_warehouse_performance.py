"""Reading what posts achieved, as learning does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.metrics import SnapshotAge
from marketing_pipeline.domain.ports import PerformanceReader
from marketing_pipeline.store import tables
from marketing_pipeline.store.performance import WarehousePerformance
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.lakes import busy_room, lose, on_both
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom

TEA_ROOM = BrandId("tea_room")


@pytest.fixture
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TeaRoom]:
    with busy_room(request, tmp_path / "home") as room:
        yield room


@pytest.fixture
def reader(room: TeaRoom) -> PerformanceReader:
    return WarehousePerformance(room.database, room.warehouse)


@on_both
def test_each_post_comes_once_with_its_newest_snapshot_oldest_first(reader: PerformanceReader) -> None:
    rows = reader.performance(TEA_ROOM, NOW)
    assert len(rows) == 20
    assert [row.post for row in rows] == sorted(row.post for row in rows)
    assert rows[0].age is SnapshotAge.WEEK
    assert rows[-1].age is SnapshotAge.THREE_DAYS
    assert rows[0].published_at.utcoffset() == timedelta(0)
    assert rows[0].hook_line == "First line 1 of tea_room-2026-10-19-01"


def test_what_was_read_later_is_not_known_yet(room: TeaRoom, reader: PerformanceReader) -> None:
    [first] = [row for row in reader.performance(TEA_ROOM, NOW) if row.post == "tea_room-2026-10-19-01"]
    then = first.published_at + timedelta(hours=30)
    known = [(row.post, row.age) for row in reader.performance(TEA_ROOM, then)]
    assert known == [(first.post, SnapshotAge.DAY), ("tea_room-2026-10-19-02", SnapshotAge.HOUR)]
    assert reader.performance(TEA_ROOM, first.published_at + timedelta(minutes=30)) == ()


def test_the_newest_is_the_last_taken_up_to_the_very_moment(reader: PerformanceReader) -> None:
    published = reader.performance(TEA_ROOM, NOW)[0].published_at
    assert reader.performance(TEA_ROOM, published + timedelta(hours=24))[0].age is SnapshotAge.DAY


def test_only_posts_of_the_days_before_count(reader: PerformanceReader) -> None:
    rows = reader.performance(TEA_ROOM, NOW, days=14)
    assert {row.week for row in rows} == {FIRST.plus(2).key, FIRST.plus(3).key}


def test_of_many_posts_only_the_newest_are_read(reader: PerformanceReader) -> None:
    every = reader.performance(TEA_ROOM, NOW)
    assert reader.performance(TEA_ROOM, NOW, days=365, most=3) == every[-3:]
    before_the_last = every[-1].published_at
    assert [row.post for row in reader.performance(TEA_ROOM, before_the_last, most=3)] == [
        row.post for row in every[-4:-1]
    ], "one that is not measured yet takes no place"


def test_another_brand_has_its_own(reader: PerformanceReader) -> None:
    assert reader.performance(BrandId("bakery"), NOW) == ()


def test_absent_stays_absent(room: TeaRoom, reader: PerformanceReader) -> None:
    with room.database.write() as connection:
        connection.execute(update(tables.insight_snapshots).values(saved=None, updated_at=NOW))
    project(room.database, room.warehouse)
    row = reader.performance(TEA_ROOM, NOW)[0]
    assert row.saved is None
    assert row.engagement is None
    assert row.likes is not None


@on_both
def test_a_deleted_warehouse_is_filled_before_it_is_read(room: TeaRoom, reader: PerformanceReader) -> None:
    before = reader.performance(TEA_ROOM, NOW)
    lose(room.warehouse)
    assert reader.performance(TEA_ROOM, NOW) == before


def test_it_reads_what_was_last_projected(room: TeaRoom, reader: PerformanceReader) -> None:
    before = len(reader.performance(TEA_ROOM, NOW))
    newest = reader.performance(TEA_ROOM, NOW)[-1]
    with room.database.write() as connection:
        connection.execute(
            insert(tables.insight_snapshots).values(
                post="tea_room-2026-11-09-05",
                age="7d",
                brand="tea_room",
                media_id="x",
                taken_at=NOW,
                age_hours=168,
                reach=1,
                missing={},
                updated_at=NOW,
            )
        )
    assert reader.performance(TEA_ROOM, NOW)[-1] == newest
    project(room.database, room.warehouse)
    assert len(reader.performance(TEA_ROOM, NOW)) == before
    assert reader.performance(TEA_ROOM, NOW)[-1].age is SnapshotAge.WEEK


def test_a_time_without_a_zone_is_refused(reader: PerformanceReader) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        reader.performance(TEA_ROOM, NOW.replace(tzinfo=None))
