"""The console's reader: quick, safe between threads, and on the newest snapshot without being told."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import duckdb
import pytest

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import SnapshotUnreadable
from marketing_pipeline.store.snapshot_reader import Rows, SnapshotReader
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(Home(tmp_path).warehouse)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE counter AS SELECT 0 AS number, 'tea_room' AS brand")
    publish_snapshot(warehouse)
    return warehouse


@pytest.fixture
def reader(warehouse: Warehouse) -> SnapshotReader:
    return SnapshotReader(Home(warehouse.folder.parent))


def _count_up(warehouse: Warehouse) -> None:
    with warehouse.write() as connection:
        connection.execute("UPDATE counter SET number = number + 1")
    publish_snapshot(warehouse, keep=2)


def test_rows_have_names_and_take_parameters(reader: SnapshotReader) -> None:
    sql = "SELECT number, brand FROM counter WHERE brand = ? AND number IN (SELECT unnest(?))"
    assert reader.rows(sql, ["tea_room", (0, 1)]) == Rows(("number", "brand"), ((0, "tea_room"),))
    assert reader.rows(sql, ["other", (0, 1)]).rows == ()


def test_times_are_in_utc(reader: SnapshotReader) -> None:
    [[at]] = reader.rows("SELECT TIMESTAMPTZ '2026-10-19 17:30:00'").rows
    assert at == datetime(2026, 10, 19, 17, 30, tzinfo=UTC)


def test_it_moves_on_with_every_publication(reader: SnapshotReader, warehouse: Warehouse) -> None:
    first = reader.snapshot_at
    for number in range(4):
        assert reader.rows("SELECT number FROM counter").rows == ((number,),)
        _count_up(warehouse)
    assert first is not None and reader.snapshot_at is not None
    newest = (warehouse.folder / "current.duckdb").stat().st_mtime
    assert first < reader.snapshot_at == datetime.fromtimestamp(newest, UTC)


def test_a_result_is_kept_until_the_next_snapshot(reader: SnapshotReader, warehouse: Warehouse) -> None:
    drawn = reader.rows("SELECT random()")
    assert reader.rows("SELECT random()") is drawn
    assert reader.rows("SELECT random() ") is not drawn
    _count_up(warehouse)
    assert reader.rows("SELECT random()") != drawn


def test_before_the_first_snapshot_there_are_no_rows(tmp_path: Path) -> None:
    reader = SnapshotReader(Home(tmp_path))
    assert reader.rows("SELECT 1") == Rows((), ())
    assert reader.snapshot_at is None
    with Warehouse(Home(tmp_path).warehouse).write():
        pass
    publish_snapshot(Warehouse(Home(tmp_path).warehouse))
    assert reader.rows("SELECT 1").rows == ((1,),)


def test_a_home_that_is_taken_away_gives_no_rows(reader: SnapshotReader, warehouse: Warehouse) -> None:
    assert reader.rows("FROM counter").rows
    (warehouse.folder / "current.duckdb").unlink()
    assert reader.rows("FROM counter").rows == ()
    assert reader.snapshot_at is None


def test_a_damaged_snapshot_is_named_and_the_next_one_read(reader: SnapshotReader, warehouse: Warehouse) -> None:
    path = (warehouse.folder / "current.duckdb").resolve()
    path.unlink()
    path.write_bytes(b"no database")
    with pytest.raises(SnapshotUnreadable):
        reader.rows("SELECT 1")
    _count_up(warehouse)
    assert reader.rows("SELECT number FROM counter").rows == ((1,),)


@pytest.mark.parametrize("sql", ["DELETE FROM counter", "COPY counter TO 'x.csv'", "SET threads = 8"])
def test_even_our_own_sql_can_only_read(reader: SnapshotReader, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        reader.rows(sql)


def test_threads_share_it_while_snapshots_move(reader: SnapshotReader, warehouse: Warehouse) -> None:
    def ask(number: int) -> int:
        [[found]] = reader.rows("SELECT number FROM counter WHERE ? >= 0", [number % 7]).rows
        return int(found)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(400)]
        for _ in range(3):
            _count_up(warehouse)
        found = [each.result() for each in asked]
    assert set(found) <= {0, 1, 2, 3}
    assert ask(0) == 3


def test_it_lets_go_and_can_be_asked_again(reader: SnapshotReader) -> None:
    assert reader.rows("FROM counter").rows
    reader.close()
    assert reader.rows("FROM counter").rows


def test_a_kept_result_takes_less_than_a_millisecond(reader: SnapshotReader) -> None:
    reader.rows("FROM counter")
    times: list[float] = []
    for _ in range(2000):
        started = time.perf_counter()
        reader.rows("FROM counter")
        times.append(time.perf_counter() - started)
    assert quantiles(times, n=20)[-1] < 0.001
