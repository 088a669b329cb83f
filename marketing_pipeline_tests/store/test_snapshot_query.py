"""SQL of people and models: it reads the snapshot within limits, and nothing it asks for can do more."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import published_snapshot
from marketing_pipeline.store.snapshot_query import (
    AT_ONCE,
    QUERY_LENGTH,
    START_S,
    WAIT_S,
    WAITING,
    NoSnapshot,
    QueryBusy,
    QueryFailed,
    QueryRefused,
    QueryTooLarge,
    query_snapshot,
)
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One table is all that these queries need."""
    home = Home(tmp_path_factory.mktemp("home"))
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE posts AS SELECT i AS id, 'tea_room' AS brand FROM range(3) AS t(i)")
    publish_snapshot(warehouse)
    return home


def test_parameters_stand_for_marks_and_types_come_back(home: Home) -> None:
    at = datetime(2026, 10, 19, 17, 30, tzinfo=UTC)
    found = query_snapshot(
        home, "SELECT id, ? AS at, DATE '2026-10-19' AS day, [1, 2] AS list FROM posts WHERE id = ?", parameters=[at, 2]
    )
    assert found.columns == ("id", "at", "day", "list")
    assert found.rows == ((2, at, date(2026, 10, 19), [1, 2]),)


def test_a_text_among_the_parameters_is_no_sql(home: Home) -> None:
    assert query_snapshot(home, "SELECT ?", parameters=["x'; DROP TABLE posts; --"]).rows == (
        ("x'; DROP TABLE posts; --",),
    )


@pytest.mark.parametrize(
    "sql",
    [
        "COPY posts TO '{file}'",
        "COPY (SELECT 1) TO '{file}'",
        "COPY FROM DATABASE marketing TO memory",
        "EXPORT DATABASE '{file}'",
        "IMPORT DATABASE '{file}'",
        "ATTACH '{file}' AS other",
        "ATTACH ':memory:' AS other",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_duckdb('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM parquet_metadata('{secret}')",
        "SELECT * FROM which_secret('s3://x', 's3')",
        "PRAGMA memory_limit = '100GB'",
        "PRAGMA enable_profiling",
        "SET memory_limit = '100GB'",
        "SET GLOBAL enable_external_access = true",
        "SET VARIABLE x = 1",
        "RESET memory_limit",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL enable_logging(storage = 'file', storage_path = '{file}')",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{file}')",
        "SELECT * FROM query('FROM enable_logg' || 'ing()')",
        "SELECT * FROM \"query\" /* so */ ('FROM posts')",
        "SELECT * FROM enable_profiling(save_location = '{file}')",
        "SELECT * FROM Enable_Profiling(format = 'json', save_location = '{file}.json')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT write_log('x')",
        "SELECT * FROM force_checkpoint()",
        "SELECT sleep_ms(100000)",
        "SELECT 1; SELECT 2",
        "PREPARE p AS SELECT 1; EXECUTE p; DELETE FROM posts",
        "PREPARE p AS DELETE FROM posts",
        "EXECUTE p",
        "BEGIN; DELETE FROM posts; COMMIT",
        "CREATE MACRO f() AS 1",
        "CREATE TYPE t AS INTEGER",
        "CREATE TABLE memory.main.t AS SELECT 1",
    ],
)
def test_what_does_more_than_read_is_refused(home: Home, tmp_path: Path, sql: str) -> None:
    secret, file = tmp_path / "secret.csv", tmp_path / "file"
    secret.write_text("key = 12345")
    with pytest.raises(QueryRefused) as refusal:
        query_snapshot(home, sql.format(file=file, secret=secret, folder=tmp_path))
    assert "12345" not in str(refusal.value)
    assert os.listdir(tmp_path) == [secret.name]


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN ANALYZE COPY (SELECT 1 WHERE false) TO '{snapshot}' (FORMAT csv, USE_TMP_FILE false, HEADER false)",
        "EXPLAIN ANALYZE COPY posts TO '{snapshot}' (FORMAT csv)",
        "EXPLAIN ANALYZE COPY (SELECT 1 WHERE false) TO '{snapshot}.wal' (FORMAT csv, HEADER false)",
        "EXPLAIN COPY posts TO '{snapshot}.wal'",
        "SELECT * FROM read_blob('{snapshot}')",
        "SELECT * FROM glob('{snapshot}')",
    ],
)
def test_the_snapshot_itself_is_no_file_to_a_query(home: Home, sql: str) -> None:
    snapshot = published_snapshot(home)
    before, beside = snapshot.read_bytes(), sorted(os.listdir(snapshot.parent))
    with pytest.raises(QueryRefused):
        query_snapshot(home, sql.format(snapshot=snapshot))
    assert snapshot.read_bytes() == before and sorted(os.listdir(snapshot.parent)) == beside
    assert query_snapshot(home, "EXPLAIN ANALYZE SELECT count(*) FROM posts").rows


@pytest.mark.parametrize("sql", ["SELECT '\ud83d'", "SELECT 1 \0; DELETE FROM posts"])
def test_what_is_no_text_is_refused(home: Home, sql: str) -> None:
    with pytest.raises(QueryRefused, match="zero byte or half a character"):
        query_snapshot(home, sql)


def test_a_query_longer_than_a_book_is_refused(home: Home) -> None:
    with pytest.raises(QueryRefused, match="100000 are allowed"):
        query_snapshot(home, "SELECT 1 --" + "x" * QUERY_LENGTH)


def test_brackets_within_brackets_are_no_crash(home: Home) -> None:
    with pytest.raises(QueryFailed):
        query_snapshot(home, "SELECT " + "(" * 40_000 + "1" + ")" * 40_000)


_BOMB = ", ".join(f"b{n} AS NOT MATERIALIZED (SELECT l.x FROM b{n - 1} l, b{n - 1} r)" for n in range(1, 25))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(a.range * b.range) FROM range(1000000000000) AS a, range(1000000000000) AS b",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT max(n) FROM r",
        f"WITH b0 AS (SELECT 1 AS x), {_BOMB} SELECT count(*) FROM b24",
        "SELECT list(i) FROM range(100000000) AS t(i)",
        "SELECT repeat('x', 3000000) AS x FROM range(2000)",
        "SELECT range(1000000000)",
    ],
    ids=["cross join", "endless", "endless, distinct", "bomb", "list", "strings", "one list"],
)
def test_what_needs_too_much_time_or_memory_is_stopped(home: Home, sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTooLarge, match="Ask for less"):
        query_snapshot(home, sql, time_limit_s=1, memory_limit="64MB")
    assert time.monotonic() - started < 1 + START_S + 10


def test_an_endless_result_is_cut_at_the_row_limit(home: Home) -> None:
    found = query_snapshot(home, "SELECT * FROM range(1000000000000)", row_limit=150)
    assert found.rows[-1] == (149,) and found.truncated
    assert not query_snapshot(home, "SELECT * FROM range(150)", row_limit=150).truncated


@pytest.mark.parametrize(("length", "rows"), [(1_100_000, 1), (11_000, 100)])
def test_a_result_of_more_than_a_megabyte_is_refused(home: Home, length: int, rows: int) -> None:
    with pytest.raises(QueryTooLarge, match="larger than 1,000,000 bytes"):
        query_snapshot(home, f"SELECT repeat('x', {length}) FROM range({rows})")


def test_results_below_the_limit_come_whole(home: Home) -> None:
    [[text]] = query_snapshot(home, "SELECT repeat('x', 900000)").rows
    assert len(text) == 900_000


def test_several_at_once_have_a_process_each(home: Home) -> None:
    def ask(number: int) -> object:
        return query_snapshot(home, "SELECT ?", parameters=[number]).rows

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert found == [((n,),) for n in range(4)]


def test_a_wrong_limit_is_a_mistake_of_the_program(home: Home) -> None:
    with pytest.raises(ValueError, match="512MB"):
        query_snapshot(home, "SELECT 1", memory_limit="plenty")


def test_without_a_snapshot_the_way_on_is_shown(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match="make demo"):
        query_snapshot(Home(tmp_path), "SELECT 1")


def test_many_at_once_do_not_take_the_machine(home: Home) -> None:
    """Everybody who may read may ask: forty who ask for all that one may have must not get it together."""
    endless = "SELECT count(*) FROM range(1000000000000)"

    def asked(_: int) -> tuple[str, bool]:
        began = time.monotonic()
        try:
            query_snapshot(home, endless, time_limit_s=WAIT_S + 1)
        except (QueryBusy, QueryTooLarge) as refusal:
            return type(refusal).__name__, time.monotonic() - began > WAIT_S / 2
        return "done", False

    with ThreadPoolExecutor(AT_ONCE + WAITING + 3) as pool:
        outcomes = sorted(pool.map(asked, range(AT_ONCE + WAITING + 3)))
    at_once, waited = [("QueryBusy", False)] * 3, [("QueryBusy", True)] * WAITING
    assert outcomes == [*at_once, *waited, *[("QueryTooLarge", True)] * AT_ONCE]
    assert query_snapshot(home, "SELECT 1").rows == ((1,),)
