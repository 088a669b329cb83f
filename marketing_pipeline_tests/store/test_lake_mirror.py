"""The lake as a file of each machine: it equals the lake after whatever was done to it, and is published from."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlalchemy import delete, update

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.operations.lake_upkeep import tend_lake
from marketing_pipeline.store import tables
from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
from marketing_pipeline.store.ad_staging import ad_staging
from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_mirror import Mirror, follow, publish_lake
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import newest_snapshot
from marketing_pipeline.store.warehouse_schema import schema
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.lakes import busy_room, lake_in, lose
from marketing_pipeline_tests.store.warehouse_history import TeaRoom

MONDAY = date(2026, 11, 9)
READ = AdCollection(
    brand=BrandId("tea_room"),
    customer_id="1234567890",
    read_at=datetime(2026, 11, 16, 9, tzinfo=UTC),
    outcome=CollectionOutcome.COLLECTED,
    operations=13,
    first_day=MONDAY,
    last_day=MONDAY + timedelta(days=6),
    currency="GBP",
)
LATER = SteppedClock(datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(params=["lake"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TeaRoom]:
    with busy_room(request, tmp_path / "home") as room:
        yield room


@pytest.fixture
def lake(room: TeaRoom) -> Lake:
    assert isinstance(room.warehouse, Lake)
    return room.warehouse


@pytest.fixture
def small(postgres: PostgresServer, tmp_path: Path) -> Iterator[Lake]:
    """Nothing is projected to it."""
    with lake_in(tmp_path / "small", postgres) as lake:
        yield lake


def _tables(connection: Any, catalog: str) -> dict[str, list[tuple[Any, ...]]]:
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND table_name <> 'lake_version'", [catalog]
    ).fetchall()
    return {name: connection.execute(f'FROM {catalog}."{name}" ORDER BY ALL').fetchall() for (name,) in names}


def _follows(lake: Lake, mirror: Mirror) -> bool:
    """Follow, and compare every row of every table; says whether anything had changed."""
    moved = follow(lake, mirror)
    with lake.read() as connection, closing(duckdb.connect(mirror.path, read_only=True)) as copy:
        copy.execute("SET TimeZone = 'UTC'")
        assert _tables(copy, "mirror") == _tables(connection, "lake")
    return moved


def _collect(lake: Lake, collection: AdCollection, *costs: int) -> None:
    page = pa.table({"campaign_id": list(costs), "day": [str(MONDAY)] * len(costs), "cost_micros": list(costs)})
    with ad_staging(lake.folder) as staging:
        staging.keep("ad_metrics", {"level": "campaign"}, iter([page]))
        AdFacts(lake).replace(collection, staging)


def test_the_mirror_follows_whatever_is_done_to_the_lake(room: TeaRoom, lake: Lake) -> None:
    mirror = Mirror(lake.folder)
    assert _follows(lake, mirror)
    assert not _follows(lake, mirror)

    room.clock.sleep(60)
    with room.database.write() as connection:
        connection.execute(
            update(tables.posts).where(tables.posts.c.position == 1).values(topic="New", updated_at=room.clock.now())
        )
        connection.execute(delete(tables.model_calls).where(tables.model_calls.c.agent == "strategist"))
        connection.execute(update(tables.holds).values(note="a flood"))
    project(room.database, lake)
    assert _follows(lake, mirror)

    other = replace(READ, brand=BrandId("bakery"), customer_id="2234567890")
    _collect(lake, READ, *range(1500))
    _collect(lake, other, 7, 8)
    assert _follows(lake, mirror)
    _collect(lake, replace(READ, read_at=READ.read_at + timedelta(days=1)), 3)
    assert _follows(lake, mirror)

    tend_lake(lake, real=SteppedClock(READ.read_at))
    _collect(lake, replace(other, read_at=READ.read_at + timedelta(days=2)), 9)
    assert _follows(lake, mirror)


def test_upkeep_gathers_and_forgets_and_changes_no_row(small: Lake) -> None:
    for number in range(3):
        _collect(small, replace(READ, read_at=READ.read_at + timedelta(days=number)), *range(1100 + number))
    mirror = Mirror(small.folder)
    assert _follows(small, mirror)
    with small.read() as connection:
        before = _tables(connection, "lake")
    would = tend_lake(small, real=LATER, dry_run=True)
    assert would[0].count >= 3
    done = {each.what: each.count for each in tend_lake(small, real=LATER)}
    assert done["rows gathered into files"] == 3
    assert done["commits of the lake"] >= 3
    assert done["files of the lake"] + done["files without a commit"] >= 2
    with small.read() as connection:
        assert _tables(connection, "lake") == before
    # It no longer knows what changed since the mirror was made.
    _collect(small, replace(READ, read_at=READ.read_at + timedelta(days=9)), 1)
    tend_lake(small, real=LATER)
    assert _follows(small, mirror)


def test_what_cannot_be_followed_is_copied_anew(small: Lake) -> None:
    mirror = Mirror(small.folder)
    _collect(small, READ, 1)
    assert _follows(small, mirror)
    with small.write() as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'kept' AS text")
    assert _follows(small, mirror)
    mirror.path.write_bytes(b"damaged")
    assert _follows(small, mirror)
    lose(small)
    assert _follows(small, mirror)


def test_every_machine_publishes_what_the_lake_has_once(room: TeaRoom, lake: Lake, tmp_path: Path) -> None:
    elsewhere = Lake(lake.place, tmp_path / "elsewhere")
    for machine in (lake, elsewhere):
        first = publish_lake(machine)
        assert publish_lake(machine) == first
        assert newest_snapshot(machine.folder) == first.resolve()
    with room.database.write() as connection:
        connection.execute(update(tables.posts).values(topic="News", updated_at=room.clock.now()))
    project(room.database, lake)
    with closing(elsewhere), duckdb.connect(publish_lake(elsewhere), read_only=True) as snapshot:
        assert snapshot.execute("SELECT DISTINCT topic FROM posts").fetchall() == [("News",)]
        assert snapshot.execute("SELECT count(*) > 0 FROM weekly_summary").fetchall() == [(True,)]
        undescribed = "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        assert snapshot.execute(undescribed).fetchall() == []
        with duckdb.connect() as file:
            file.execute(schema())
            there = "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal"
            assert set(file.execute(there).fetchall()) <= set(snapshot.execute(there).fetchall())
