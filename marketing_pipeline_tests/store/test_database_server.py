"""What is true of PostgreSQL alone: its limits, what can be wrong with it, and that it may be restarted."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.synchronize import Event
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select, text, update

from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.database_errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseNewer,
    DatabaseUnreachable,
    DatabaseUnwritable,
)
from marketing_pipeline.store.tables import home, image_jobs
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.postgres_server import PATIENCE_S, PostgresServer
from marketing_pipeline_tests.store.test_database import count, counter

SECRET = "hush-hush-7"


@pytest.fixture
def plane(postgres_url: str, clock: SteppedClock) -> Iterator[Database]:
    """A control plane on the server that waits for a lock no longer than a moment."""
    opened = Database.open(postgres_url, clock, busy_timeout_ms=100)
    yield opened
    opened.close()


def test_every_connection_has_limits_and_a_name(postgres_url: str, clock: SteppedClock) -> None:
    database = Database.open(postgres_url, clock)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "application_name")
    modes = ("transaction_isolation", "transaction_read_only", "synchronous_commit")
    found = {}
    for kind, transaction in (("reads", database.read), ("writes", database.write)):
        with transaction() as connection:
            found[kind] = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in (*names, *modes)]
    database.close()
    assert found == {
        "reads": ["10s", "1min", "10min", "marketing", "repeatable read", "on", "on"],
        "writes": ["10s", "1min", "1min", "marketing", "read committed", "off", "on"],
    }


def test_what_the_address_asks_for_wins(postgres_url: str, clock: SteppedClock) -> None:
    address = f"{postgres_url}?application_name=agency&options=-c%20statement_timeout%3D7s"
    database = Database.open(address, clock)
    with database.read() as connection:
        names = ("statement_timeout", "lock_timeout", "application_name")
        asked = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
        assert asked == ["7s", "10s", "agency"]
    database.close()


def test_a_killed_process_frees_the_lock(postgres_url: str, plane: Database) -> None:
    context = multiprocessing.get_context("spawn")
    holds = context.Event()
    child = context.Process(target=_hold, args=(postgres_url, holds))
    child.start()
    assert holds.wait(20)
    with pytest.raises(DatabaseBusy, match="stayed locked"), plane.write():
        pass
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join(20)
    patient = Database.open(postgres_url, plane.clock)
    with patient.write() as connection:
        assert connection.scalar(select(home.c.world)) is None, "what it had written is undone"
    patient.close()


def _hold(url: str, holds: Event) -> None:
    database = Database.open(url, SteppedClock(NOW))
    with database.write() as connection:
        connection.execute(text("INSERT INTO home VALUES (1, 'live', '2026')"))
        holds.set()
        threading.Event().wait()


def test_a_restarted_server_is_survived(postgres: PostgresServer, postgres_url: str, clock: SteppedClock) -> None:
    database = Database.open(postgres_url, clock)
    counter(database)

    def crash_halfway() -> None:
        with database.write() as connection:
            connection.execute(update(image_jobs).values(cost_micros=5))
            _crash(postgres, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            connection.execute(update(image_jobs).values(cost_micros=6))

    with pytest.raises(DatabaseUnreachable, match="What was not committed is undone"):
        crash_halfway()
    assert count(database) == 0
    with database.write() as connection:
        connection.execute(update(image_jobs).values(cost_micros=7))
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    _crash(postgres, process)
    with database.write() as connection:
        connection.execute(update(image_jobs).values(cost_micros=8))
    assert count(database) == 8
    database.close()


def _crash(server: PostgresServer, process: int) -> None:
    """Kill one of the server's processes: it ends all the others, recovers from its log, and goes on."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as witness:
        os.kill(process, signal.SIGKILL)
        with suppress(psycopg.OperationalError):
            for _ in range(20 * PATIENCE_S):
                witness.execute("SELECT 1")
                SystemClock().sleep(0.05)
    for _ in range(20 * PATIENCE_S):
        with suppress(psycopg.OperationalError):
            psycopg.connect(server.url("postgres")).close()
            return
        SystemClock().sleep(0.05)


@pytest.mark.parametrize(
    ("condition", "expected", "words"),
    [
        ("query_canceled", DatabaseBusy, "took too long.*ANALYZE"),
        ("lock_not_available", DatabaseBusy, "stayed locked.*pg_stat_activity"),
        ("serialization_failure", DatabaseBusy, "undid a transaction.*nothing of it was kept"),
        ("deadlock_detected", DatabaseBusy, "undid a transaction.*nothing of it was kept"),
        ("read_only_sql_transaction", DatabaseUnwritable, "takes no writes.*standby only reads"),
        ("insufficient_privilege", DatabaseUnwritable, "does not let this user.*owner"),
        ("disk_full", DatabaseUnwritable, "no room left.*nothing was changed"),
        ("out_of_memory", DatabaseUnwritable, "no memory left"),
        ("data_corrupted", DatabaseCorrupt, "damaged.*last backup"),
        ("index_corrupted", DatabaseCorrupt, "REINDEX"),
        ("admin_shutdown", DatabaseUnreachable, "cannot be used.*See that it runs"),
    ],
)
def test_the_servers_trouble_is_said_in_one_line(
    plane: Database, condition: str, expected: type[MarketingError], words: str
) -> None:
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '{condition}'; END $$"
    with pytest.raises(expected, match=words) as caught, plane.write() as connection:
        connection.exec_driver_sql(raised)
    assert "\n" not in str(caught.value)


def test_a_statement_that_lasts_too_long_is_ended(postgres_url: str, clock: SteppedClock) -> None:
    database = Database.open(f"{postgres_url}?options=-c%20statement_timeout%3D50", clock)
    with pytest.raises(DatabaseBusy, match="took too long"), database.read() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")
    database.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"port": 1}, "Connection refused"),
        ({"host": "nowhere.localhost"}, "cannot be used"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"username": "nobody"}, 'role "nobody" does not exist'),
    ],
    ids=["port", "host", "database", "user"],
)
def test_a_server_that_cannot_be_used_is_said_without_the_password(
    postgres_url: str, clock: SteppedClock, change: dict[str, Any], words: str
) -> None:
    # The password is in the query as well, where the driver takes it too.
    url = make_url(postgres_url).set(password=SECRET, **change).update_query_dict({"sslpassword": SECRET})
    with pytest.raises(DatabaseUnreachable, match=f"{words}.*MARKETING_DATABASE_URL") as caught:
        Database.open(url.render_as_string(hide_password=False), clock)
    assert SECRET not in str(caught.value) and "\n" not in str(caught.value)


def test_a_database_of_a_newer_version_is_left_alone(plane: Database, postgres_url: str) -> None:
    with plane.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match=r"newer version .* Upgrade this installation"):
        Database.open(postgres_url, plane.clock)
