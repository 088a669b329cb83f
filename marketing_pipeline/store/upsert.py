"""Inserting so that a second run changes nothing: the one place where SQLite and Postgres need their own dialect."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same key stands there already; whether it was inserted."""
    statement = _insert(connection, table).values(dict(row)).on_conflict_do_nothing()
    # Asked for the key and not for a count of rows: PostgreSQL's driver has none of an insert.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None


def upsert(connection: Connection, table: Table, row: Mapping[str, Any], changing: Iterable[str]) -> None:
    """Insert a row, or, where its primary key stands there already, give it the new values of `changing`."""
    statement = _insert(connection, table).values(dict(row))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in changing},
        )
    )


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
