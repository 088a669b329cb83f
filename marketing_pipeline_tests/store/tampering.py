"""What somebody with write access to the database can do: its own guards are gone first."""

from sqlalchemy import Connection, text

_ON_SQLITE = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
_ON_A_SERVER = "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"


def guards(connection: Connection) -> dict[str, tuple[str, str]]:
    """Every trigger by its name, with its table and the statement that makes it."""
    query = _ON_SQLITE if connection.dialect.name == "sqlite" else _ON_A_SERVER
    return {name: (table, made) for name, table, made in connection.execute(text(query))}


def take_away(connection: Connection, guard: str, table: str) -> None:
    """Drop a trigger."""
    place = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    connection.exec_driver_sql(f"DROP TRIGGER {guard}{place}")


def take_away_the_guards(connection: Connection) -> None:
    """Drop every trigger."""
    for guard, (table, _) in guards(connection).items():
        take_away(connection, guard, table)
