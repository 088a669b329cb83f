import multiprocessing
import threading
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.database import Database, NestedWrite
from marketing_pipeline.store.database_errors import DatabaseBusy
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import home as home_table
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline_tests.fixtures import NOW

PROCESSES = 4
INCREMENTS = 50


def job(identity: str, prompt: str = "") -> dict[str, object]:
    facts = {"post": "p", "provider": "x", "state": "done", "cost_micros": 0, "created_at": NOW, "updated_at": NOW}
    return {**facts, "id": identity, "prompt": prompt}


def counter(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(image_jobs), job("counter"))


def count(database: Database) -> int | None:
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
        tables.put(len(inspect(connection).get_table_names()))


def test_a_write_commits_and_a_failed_one_leaves_nothing(database: Database) -> None:
    counter(database)

    def fail() -> None:
        with database.write() as connection:
            connection.execute(update(image_jobs).values(cost_micros=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(database) == 0
    with database.write() as connection:
        connection.execute(update(image_jobs).values(cost_micros=8))
    assert count(database) == 8


def test_a_reader_sees_one_moment_while_another_writes(database: Database) -> None:
    counter(database)
    with database.read() as reader:
        assert reader.scalar(select(image_jobs.c.cost_micros)) == 0
        with database.write() as writer:
            writer.execute(update(image_jobs).values(cost_micros=1))
        assert reader.scalar(select(image_jobs.c.cost_micros)) == 0
    assert count(database) == 1


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(MarketingError), database.read() as connection:
        connection.execute(insert(home_table).values(id=1, world="live", created_at=NOW))


def test_a_write_within_a_write_is_refused_at_once(database: Database) -> None:
    with database.write(), pytest.raises(NestedWrite, match="pass its connection on"), database.write():
        pass
    with database.write():
        pass


def test_a_foreign_key_that_leads_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.write() as connection:
        connection.execute(
            text("INSERT INTO evaluations VALUES ('e', 'nowhere', 'p', 'craft', 'good', 'r', '', 'm', '2026')")
        )


def test_threads_share_one_database(database: Database) -> None:
    counter(database)
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
    assert count(database) == 160


def test_processes_that_write_at_once_lose_nothing(database: Database, home: Home) -> None:
    counter(database)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_increment, args=(home.control_plane_url, INCREMENTS)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    assert count(database) == PROCESSES * INCREMENTS


def test_processes_that_make_the_database_at_once_make_one(empty_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, tables = context.Barrier(2), context.Queue()
    workers = [context.Process(target=_open_and_look, args=(empty_url, barrier, tables)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert tables.get(timeout=5) == tables.get(timeout=5) > 15


def test_a_lock_that_does_not_come_free_is_said(home: Home, database: Database, clock: SteppedClock) -> None:
    patient = Database.open(home.control_plane_url, clock, busy_timeout_ms=50)
    with database.write(), pytest.raises(DatabaseBusy, match=r"stayed locked.*Try again"), patient.write():
        pass
    with patient.write():
        pass
    patient.close()


def test_trouble_that_is_nobodys_expectation_passes_unchanged(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"no such table|does not exist"), database.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
