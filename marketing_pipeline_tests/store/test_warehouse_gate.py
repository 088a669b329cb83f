"""The gate before the warehouse: writers take turns, readers share, and each refusal says what to do."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from marketing_pipeline.store.warehouse import Warehouse, WarehouseBusy, WarehouseUnwritable

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse", patience_s=0.2)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE counter AS SELECT 0 AS number")
    return warehouse


def _number(warehouse: Warehouse) -> int:
    with warehouse.read() as connection:
        [(number,)] = connection.execute("SELECT number FROM counter").fetchall()
    return int(number)


def _count_up(folder: Path, times: int) -> None:
    warehouse = Warehouse(folder)
    for _ in range(times):
        with warehouse.write() as connection:
            connection.execute("UPDATE counter SET number = number + 1")


def test_writers_of_several_processes_lose_nothing(warehouse: Warehouse) -> None:
    processes = [SPAWN.Process(target=_count_up, args=(warehouse.folder, 12)) for _ in range(2)]
    for process in processes:
        process.start()
    _count_up(warehouse.folder, 12)
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert _number(warehouse) == 36


def test_writers_of_several_threads_lose_nothing(warehouse: Warehouse) -> None:
    threads = [threading.Thread(target=_count_up, args=(warehouse.folder, 8)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _number(warehouse) == 24


def _stumble(_: duckdb.DuckDBPyConnection) -> None:
    raise ZeroDivisionError


def _set_and_fail(warehouse: Warehouse, fail: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    with warehouse.write() as connection:
        connection.execute("UPDATE counter SET number = 7")
        fail(connection)


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (_stumble, ZeroDivisionError),
        (partial(duckdb.DuckDBPyConnection.execute, query="SELEC"), duckdb.ParserException),
        (partial(duckdb.DuckDBPyConnection.execute, query="SELECT error('x')"), duckdb.InvalidInputException),
    ],
)
def test_an_error_rolls_back_frees_the_gate_and_stays_the_callers_own(
    warehouse: Warehouse, fail: Callable[[duckdb.DuckDBPyConnection], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _set_and_fail(warehouse, fail)
    assert _number(warehouse) == 0


def test_readers_share_the_gate(warehouse: Warehouse) -> None:
    with warehouse.read() as connection:
        assert _number(warehouse) == 0
        assert connection.execute("SELECT number FROM counter").fetchall() == [(0,)]


def test_a_reader_cannot_write(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.InvalidInputException), warehouse.read() as connection:
        connection.execute("UPDATE counter SET number = 7")


def test_times_are_utc_for_whoever_reads(warehouse: Warehouse) -> None:
    with warehouse.read() as connection:
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_an_absent_file_reads_as_an_empty_one(tmp_path: Path) -> None:
    with Warehouse(tmp_path / "new").read() as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


@pytest.mark.parametrize("wait", [Warehouse.write, Warehouse.read, Warehouse.exclusive])
def test_a_gate_that_stays_shut_is_reported_after_the_patience(
    warehouse: Warehouse, wait: Callable[[Warehouse], AbstractContextManager[object]]
) -> None:
    started = time.monotonic()
    busy = pytest.raises(WarehouseBusy, match="end the run that hangs")
    with Warehouse(warehouse.folder).exclusive(), busy, wait(warehouse):
        pytest.fail("the gate was open")
    assert 0.2 <= time.monotonic() - started < 2


def _hold_open(path: Path, opened: Event, until: Event) -> None:
    with duckdb.connect(path):
        opened.set()
        until.wait(20)


def test_a_program_past_the_gate_is_waited_for_then_named(warehouse: Warehouse) -> None:
    opened, until = SPAWN.Event(), SPAWN.Event()
    process = SPAWN.Process(target=_hold_open, args=(warehouse.path, opened, until))
    process.start()
    assert opened.wait(20)
    with pytest.raises(WarehouseBusy, match=rf"PID {process.pid}.*current\.duckdb"), warehouse.write():
        pytest.fail("two processes write")
    threading.Timer(0.3, until.set).start()
    with Warehouse(warehouse.folder, patience_s=20).write() as connection:
        connection.execute("UPDATE counter SET number = 1")
    process.join()
    assert _number(warehouse) == 1


def _die_in_a_transaction(folder: Path, *, committed: bool) -> None:
    if committed:
        _count_up(folder, 1)
    with Warehouse(folder).write() as connection:
        connection.execute("UPDATE counter SET number = 100")
        os._exit(9)


@pytest.mark.parametrize("committed", [True, False])
def test_a_killed_writer_leaves_whole_transactions_and_an_open_gate(warehouse: Warehouse, committed: bool) -> None:
    process = SPAWN.Process(target=_die_in_a_transaction, args=(warehouse.folder,), kwargs={"committed": committed})
    process.start()
    process.join()
    assert process.exitcode == 9
    assert _number(warehouse) == int(committed)
    _count_up(warehouse.folder, 1)
    assert _number(warehouse) == int(committed) + 1


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("a file where a folder should be")
    with pytest.raises(WarehouseUnwritable, match="may write in that folder"), Warehouse(tmp_path / "warehouse").read():
        pytest.fail("there is no such folder")


def test_a_folder_in_the_place_of_the_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").mkdir()
    with pytest.raises(WarehouseUnwritable, match="room on the disk"), Warehouse(tmp_path).write():
        pytest.fail("a folder was opened")


def test_importing_the_store_does_not_load_duckdb() -> None:
    script = (
        "import sys; import marketing_pipeline.store.performance, marketing_pipeline.store.snapshots,"
        " marketing_pipeline.analytics; print(sorted({'duckdb', 'pyarrow', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_writer_is_not_starved_by_readers_or_by_another_writer(warehouse: Warehouse) -> None:
    done = threading.Event()

    def read_on() -> None:
        while not done.is_set():
            _number(Warehouse(warehouse.folder))

    def write_on() -> None:
        while not done.is_set():
            _count_up(warehouse.folder, 1)

    threads = [threading.Thread(target=work) for work in (read_on, read_on, read_on, write_on)]
    for thread in threads:
        thread.start()
    patient = Warehouse(warehouse.folder, patience_s=10)
    try:
        for _ in range(3):
            with patient.write() as connection:
                connection.execute("UPDATE counter SET number = number + 1000")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert _number(warehouse) > 3000
