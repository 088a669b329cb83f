import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.database import Database, NestedWrite
from marketing_pipeline.store.database_errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseDriverMissing,
    DatabaseNewer,
    DatabaseUnwritable,
)
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import home as home_table
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline_tests.fixtures import NOW

PROCESSES = 4
INCREMENTS = 50


def _job(identity: str, prompt: str = "") -> dict[str, object]:
    facts = {"post": "p", "provider": "x", "state": "done", "cost_micros": 0, "created_at": NOW, "updated_at": NOW}
    return {**facts, "id": identity, "prompt": prompt}


def _counter(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(image_jobs), _job("counter"))


def _count(database: Database) -> int | None:
    with database.read() as connection:
        return connection.scalar(select(image_jobs.c.cost_micros))


def _increment(url: str, times: int) -> None:
    database = Database.open(url, SteppedClock(NOW))
    for _ in range(times):
        with database.write() as connection:
            seen = connection.scalar(select(image_jobs.c.cost_micros))
            connection.execute(update(image_jobs).values(cost_micros=(seen or 0) + 1))


def _open_and_look(url: str, barrier: Barrier, tables: "Queue[int]") -> None:
    barrier.wait(20)
    database = Database.open(url, SteppedClock(NOW))
    with database.read() as connection:
        tables.put(len(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()))


def test_every_connection_is_durable_patient_and_strict(database: Database) -> None:
    for transaction in (database.read, database.write):
        with transaction() as connection:
            pragmas = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            seen = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]
        assert seen == ["wal", 2, 10_000, 1]


def test_a_write_commits_and_a_failed_one_leaves_nothing(database: Database) -> None:
    _counter(database)

    def fail() -> None:
        with database.write() as connection:
            connection.execute(update(image_jobs).values(cost_micros=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _count(database) == 0
    with database.write() as connection:
        connection.execute(update(image_jobs).values(cost_micros=8))
    assert _count(database) == 8


def test_a_write_holds_the_lock_from_its_first_moment(database: Database, home: Home) -> None:
    other = sqlite3.connect(home.root / "control_plane.sqlite", timeout=0)
    with closing(other), database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")


def test_a_reader_sees_one_moment_while_another_writes(database: Database) -> None:
    _counter(database)
    with database.read() as reader:
        assert reader.scalar(select(image_jobs.c.cost_micros)) == 0
        with database.write() as writer:
            writer.execute(update(image_jobs).values(cost_micros=1))
        assert reader.scalar(select(image_jobs.c.cost_micros)) == 0
    assert _count(database) == 1


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(MarketingError), database.read() as connection:
        connection.execute(insert(home_table).values(id=1, world="live", created_at=NOW))


def test_a_write_within_a_write_is_refused_at_once(database: Database) -> None:
    with database.write(), pytest.raises(NestedWrite, match="pass its connection on"), database.write():
        pass
    with database.write():
        pass


def test_a_foreign_key_that_leads_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.write() as connection:
        connection.execute(
            text("INSERT INTO evaluations VALUES ('e', 'nowhere', 'p', 'craft', 'good', 'r', '', 'm', '2026')")
        )


def test_threads_share_one_database(database: Database) -> None:
    _counter(database)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                with database.write() as connection:
                    seen = connection.scalar(select(image_jobs.c.cost_micros))
                    connection.execute(update(image_jobs).values(cost_micros=(seen or 0) + 1))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert _count(database) == 160


def test_processes_that_write_at_once_lose_nothing(database: Database, home: Home) -> None:
    _counter(database)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_increment, args=(home.control_plane_url, INCREMENTS)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    assert _count(database) == PROCESSES * INCREMENTS


def test_processes_that_make_the_database_at_once_make_one(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, tables = context.Barrier(2), context.Queue()
    workers = [context.Process(target=_open_and_look, args=(home.control_plane_url, barrier, tables)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert tables.get(timeout=5) == tables.get(timeout=5) > 15


def test_a_database_of_a_newer_version_is_left_alone(home: Home, database: Database, clock: SteppedClock) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (home.root / "control_plane.sqlite").read_bytes()
    with pytest.raises(DatabaseNewer, match=r"newer version .* Upgrade this installation"):
        Database.open(home.control_plane_url, clock)
    assert (home.root / "control_plane.sqlite").read_bytes() == before


def _always(address: str) -> Callable[[Path], str]:
    def place(_: Path) -> str:
        return address

    return place


def _text_file(folder: Path) -> str:
    file = folder / "control_plane.sqlite"
    file.write_text("This is no database, whatever its name says. " * 40)
    return f"sqlite:///{file}"


def _below_a_file(folder: Path) -> str:
    (folder / "file").write_text("")
    return f"sqlite:///{folder / 'file' / 'control_plane.sqlite'}"


def _a_folder(folder: Path) -> str:
    (folder / "control_plane.sqlite").mkdir()
    return f"sqlite:///{folder / 'control_plane.sqlite'}"


def _cut_short(folder: Path) -> str:
    file = folder / "control_plane.sqlite"
    Database.open(f"sqlite:///{file}", SteppedClock(NOW)).close()
    os.truncate(file, 6000)
    return f"sqlite:///{file}"


@pytest.mark.parametrize(
    ("place", "expected", "words"),
    [
        (_text_file, DatabaseCorrupt, "damaged or is no SQLite database.*restore the last backup"),
        (_cut_short, DatabaseCorrupt, "damaged or is no SQLite database.*restore the last backup"),
        (_below_a_file, DatabaseUnwritable, "cannot be opened or written.*disk has room"),
        (_a_folder, DatabaseUnwritable, "cannot be opened or written.*disk has room"),
        (_always("sqlite:///:memory:"), DatabaseDriverMissing, "never one in memory"),
        (_always("sqlite://"), DatabaseDriverMissing, "never one in memory"),
        (_always("no address"), DatabaseDriverMissing, "MARKETING_DATABASE_URL cannot be used"),
        (_always("oracles://host/name"), DatabaseDriverMissing, "MARKETING_DATABASE_URL cannot be used"),
    ],
    ids=["no database", "cut short", "below a file", "a folder", "in memory", "no file", "no url", "no driver"],
)
def test_what_cannot_be_opened_is_said_in_one_line(
    tmp_path: Path, place: Callable[[Path], str], expected: type[MarketingError], words: str
) -> None:
    with pytest.raises(expected, match=words) as caught:
        Database.open(place(tmp_path), SteppedClock(NOW))
    assert "\n" not in str(caught.value)


def test_a_lock_that_does_not_come_free_is_said(home: Home, database: Database, clock: SteppedClock) -> None:
    patient = Database.open(home.control_plane_url, clock, busy_timeout_ms=50)
    with database.write(), pytest.raises(DatabaseBusy, match=r"stayed locked.*Try again"), patient.write():
        pass
    with patient.write():
        pass
    patient.close()


def test_a_full_disk_is_said_and_leaves_what_was_there(database: Database) -> None:
    _counter(database)

    def fill() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.execute(insert(image_jobs), [_job(str(number), "x" * 4000) for number in range(200)])

    with pytest.raises(DatabaseUnwritable, match="disk"):
        fill()
    assert _count(database) == 0


def test_trouble_that_is_nobodys_expectation_passes_unchanged(database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"), database.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
