"""A home that is to be moved to a server: its order, and looks past the program at both sides."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.operations.move import Moved, MoveOrder, move_control_plane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import metadata
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.postgres_server import PostgresServer

ODD = "tab\there, line\nend, \\N, \\, 'quotes', ünïcode 🫖, and \u2028"
"""What COPY's text form must carry."""


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[str]:
    """A database that nobody has opened."""
    name = postgres.new_database()
    yield postgres.sqlalchemy_url(name)
    postgres.drop(name)


@pytest.fixture
def order(office: Office, postgres_url: str) -> MoveOrder:
    """The office's planned week and an odd row, to go to a database that has its tables and no rows."""
    office.planned()
    with office.work.database.write() as connection:
        now = "2026-11-16T09:00:00.000000+00:00"
        row = ("l", "tea_room", "2026-11-09", "hook", ODD, 0.1, 1e-300, -0.0, 1e22, 2 / 3, 1, 7, 0.5)
        rest = ('{"a":  1.50, "b":"\\u0000\\ud83e", "c":[ ]}', None, ODD, "", now, now)
        connection.exec_driver_sql(f"INSERT INTO learnings VALUES ({', '.join('?' * 19)})", (*row, *rest))
    office.work.plane.reconciliations.anchor(office.work.database)
    key = office.work.settings.audit_key()
    return MoveOrder(office.work.home, postgres_url, office.work.settings.world, key, "sam")


def move(order: MoveOrder) -> Moved:
    """Move it."""
    return move_control_plane(order, real=SystemClock())


def opened(order: MoveOrder) -> Database:
    """The database where it goes."""
    return Home(order.home.root, order.target).open_database()


def raw(order: MoveOrder) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of the SQLite file as it stands there."""
    with closing(sqlite3.connect(order.home.root / "control_plane.sqlite")) as file:
        return {name: file.execute(f"SELECT * FROM {name}").fetchall() for name in metadata.tables}


def tables_of(order: MoveOrder) -> list[str]:
    """What the target holds."""
    with psycopg.connect(order.target.replace("+psycopg", "")) as server:
        found = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found.fetchall()]


def rows_there(order: MoveOrder) -> int:
    """Rows of all tables of the target."""
    counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in metadata.tables)
    with psycopg.connect(order.target.replace("+psycopg", "")) as server:
        found = server.execute(f"SELECT {counts}".encode()).fetchone()
    assert found
    return int(found[0])


def run_here(order: MoveOrder, statement: str) -> None:
    """Change the file past the program."""
    with closing(sqlite3.connect(order.home.root / "control_plane.sqlite")) as file, file:
        file.execute(statement)


def run_there(order: MoveOrder, statement: str) -> None:
    """The same on the server."""
    with psycopg.connect(order.target.replace("+psycopg", "")) as server:
        server.execute(statement.encode())
