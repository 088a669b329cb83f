"""What somebody with write access to the file can do: the database's own guards are gone first."""

from sqlalchemy import Connection, text


def take_away_the_guards(connection: Connection) -> None:
    """Drop every trigger."""
    names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}"))
