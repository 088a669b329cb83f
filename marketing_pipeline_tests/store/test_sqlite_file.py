"""What is true of the SQLite file alone: how it is opened, locked, and what can be wrong with it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.database_errors import (
    DatabaseCorrupt,
    DatabaseDriverMissing,
    DatabaseNewer,
    DatabaseUnwritable,
)
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.test_database import count, counter, job


def test_every_connection_is_durable_patient_and_strict(database: Database) -> None:
    for transaction in (database.read, database.write):
        with transaction() as connection:
            pragmas = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            seen = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]
        assert seen == ["wal", 2, 10_000, 1]


def test_a_write_holds_the_lock_from_its_first_moment(database: Database, home: Home) -> None:
    other = sqlite3.connect(home.root / "control_plane.sqlite", timeout=0)
    with closing(other), database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")


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


def test_a_full_disk_is_said_and_leaves_what_was_there(database: Database) -> None:
    counter(database)

    def fill() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.execute(insert(image_jobs), [job(str(number), "x" * 4000) for number in range(200)])

    with pytest.raises(DatabaseUnwritable, match="disk"):
        fill()
    assert count(database) == 0
