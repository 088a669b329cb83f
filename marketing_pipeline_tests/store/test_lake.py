"""A lake that several processes share: transactions, conflicts, turns, and what is told when it cannot be reached."""

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest
from pydantic import SecretStr

from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_errors import LakeConflict, LakeExtraMissing, LakeUnreachable
from marketing_pipeline.store.lake_session import LakePlace, extension
from marketing_pipeline.store.warehouse import WarehouseBusy, WarehouseUnwritable
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.lakes import lake_in

SPAWN = multiprocessing.get_context("spawn")
PASSWORD = "open-sesame-1001"


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake for all tests here: each begins with an empty table `counted`."""
    with lake_in(tmp_path_factory.mktemp("lake") / "warehouse", postgres) as lake:
        yield lake


@pytest.fixture
def lake(shared: Lake) -> Lake:
    with shared.write() as connection:
        connection.execute("CREATE OR REPLACE TABLE counted (name VARCHAR, number BIGINT)")
        connection.execute("INSERT INTO counted VALUES ('a', 0)")
    return shared


def _rows(lake: Lake) -> list[tuple[str, int]]:
    with lake.read() as connection:
        return connection.execute("FROM counted ORDER BY ALL").fetchall()


def _add(lake: Lake, times: int) -> None:
    def add(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("UPDATE counted SET number = number + 1 WHERE name = 'a'")

    for _ in range(times):
        lake.change(add)


def test_an_error_undoes_the_whole_transaction(lake: Lake) -> None:
    with pytest.raises(duckdb.ConversionException), lake.write() as connection:
        connection.execute("DELETE FROM counted; SELECT 'x'::INT")
    assert _rows(lake) == [("a", 0)]


def test_reading_cannot_write(lake: Lake) -> None:
    with pytest.raises(duckdb.TransactionException, match="read-only"), lake.read() as connection:
        connection.execute("DELETE FROM counted")


def test_wrong_sql_is_told_as_it_is(lake: Lake) -> None:
    with pytest.raises(duckdb.CatalogException, match="no_such"), lake.read() as connection:
        connection.execute("FROM no_such")


def test_a_reader_sees_one_moment_however_long_it_reads(lake: Lake) -> None:
    with lake.read() as connection:
        before = connection.execute("FROM counted").fetchall()
        _add(lake, 1)
        assert connection.execute("FROM counted").fetchall() == before
    assert _rows(lake) == [("a", 1)]


def test_of_two_that_change_one_table_the_second_conflicts(lake: Lake) -> None:
    def overtaken() -> None:
        with lake.write() as connection:
            connection.execute("UPDATE counted SET number = 7")
            _add(lake, 1)

    with pytest.raises(LakeConflict):
        overtaken()
    assert _rows(lake) == [("a", 1)]


def test_a_change_is_begun_anew_until_it_fits(lake: Lake) -> None:
    tries: list[int] = []

    def double(connection: duckdb.DuckDBPyConnection) -> int:
        tries.append(len(tries))
        connection.execute("UPDATE counted SET number = 2 * number")
        if len(tries) < 3:
            _add(lake, 1)
        return len(tries)

    assert lake.change(double) == 3
    assert _rows(lake) == [("a", 4)]


def test_a_change_that_never_fits_gives_up(lake: Lake) -> None:
    hasty = Lake(lake.place, lake.folder, patience_s=0.2)

    def overtaken(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("UPDATE counted SET number = 0")
        _add(lake, 1)

    with pytest.raises(LakeConflict):
        hasty.change(overtaken)
    hasty.close()
    assert _rows(lake)[0][1] > 0


def test_connections_that_the_server_ended_are_opened_again(lake: Lake) -> None:
    assert _rows(lake)
    with psycopg.connect(lake.place.catalog.get_secret_value(), autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert _rows(lake) == [("a", 0)]
    _add(lake, 1)
    assert _rows(lake) == [("a", 1)]


def test_a_change_survives_a_server_that_ends_its_connection_half_way(lake: Lake) -> None:
    cut: list[bool] = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("UPDATE counted SET number = 5")
        if not cut:
            cut.append(True)
            with psycopg.connect(lake.place.catalog.get_secret_value(), autocommit=True) as server:
                server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    lake.change(work)
    assert _rows(lake) == [("a", 5)]


def test_who_waits_for_a_turn_too_long_is_told(lake: Lake) -> None:
    hasty = Lake(lake.place, lake.folder, patience_s=0.1)
    with lake.alone("projection"):
        with hasty.alone("another"):
            pass
        with pytest.raises(WarehouseBusy, match="projection"), hasty.alone("projection"):
            pass
    with hasty.alone("projection"):
        pass


def _hold_and_die(place: LakePlace, folder: Path) -> None:
    with Lake(place, folder).alone("projection"):
        signal.raise_signal(signal.SIGKILL)


def test_a_killed_process_frees_its_turn(lake: Lake) -> None:
    process = SPAWN.Process(target=_hold_and_die, args=(lake.place, lake.folder))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with lake.alone("projection"):
        pass


def test_views_that_the_warehouse_has_are_there(lake: Lake) -> None:
    with lake.write() as connection:
        connection.execute(lake.schema())
        assert connection.execute("FROM best_posts").fetchall() == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"postgresql://marketing:{PASSWORD}@127.0.0.1:1/warehouse", "cannot be reached"),
        (f"postgresql://marketing:{PASSWORD}@127.0.0.1:not-a-port/warehouse", "cannot be|is no address"),
        (f"postgresql://marketing:{PASSWORD}@[half/warehouse", "is no address"),
    ],
)
def test_a_catalog_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path, address: str, told: str) -> None:
    lake = Lake(LakePlace(SecretStr(address), str(tmp_path)), tmp_path, patience_s=1)
    with pytest.raises(WarehouseUnwritable, match=told) as caught, lake.read():
        pass
    error: BaseException | None = caught.value
    while error is not None:
        assert PASSWORD not in str(error)
        error = error.__cause__
    with pytest.raises(WarehouseUnwritable), lake.alone("x"):
        pass


def test_object_storage_without_credentials_is_refused(lake: Lake) -> None:
    place = LakePlace(lake.place.catalog, "s3://bucket/data", ObjectStorage())
    with pytest.raises(LakeUnreachable, match="no credentials"), Lake(place, lake.folder).read():
        pass


def test_a_missing_extension_names_what_to_install() -> None:
    with pytest.raises(LakeExtraMissing, match=r"\[ducklake\]"):
        extension("no_such")


def test_no_password_reaches_the_catalog_or_sql(lake: Lake) -> None:
    secret = lake.place.catalog.get_secret_value().replace("postgres@", f"postgres:{PASSWORD}@")
    other = Lake(LakePlace(SecretStr(secret), lake.place.data), lake.folder)
    with other.read() as connection:
        for query in ("FROM duckdb_databases()", "FROM duckdb_secrets()", "FROM duckdb_settings()"):
            assert PASSWORD not in str(connection.execute(query).fetchall())
    other.close()
    with psycopg.connect(secret) as server:
        kept = server.execute("SELECT key, value FROM ducklake_metadata").fetchall()
        assert PASSWORD not in str(kept)
