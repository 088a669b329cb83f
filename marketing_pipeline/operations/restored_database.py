"""A backup's control plane on a server: put into a database of its own, which then takes the name of the old one."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url

from marketing_pipeline.operations.backup_control_plane import run_server_tool
from marketing_pipeline.store.database_errors import in_plain_words

_LONGEST_NAME = 63  # of PostgreSQL, in bytes
_NAMED = "SELECT 1 FROM pg_database WHERE datname = %(name)s"
_CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %(name)s"


class StagedDatabase:
    """A database beside the one that `url` names, on the same server; that user must be allowed to make databases.

    Everything raises DatabaseUnreachable or DatabaseUnwritable where the server refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._name = self._url.database or ""
        self._staged = f"{self._name[: _LONGEST_NAME - 10]}_restoring"

    @property
    def url(self) -> str:
        """Its address, password included."""
        return self._url.set(database=self._staged).render_as_string(hide_password=False)

    @property
    def is_there(self) -> bool:
        """Whether the old one is."""
        with self._server("AUTOCOMMIT") as connection:
            return connection.exec_driver_sql(_NAMED, {"name": self._name}).first() is not None

    def fill(self, dump: Path) -> None:
        """Make it anew of a dump. Raises ServerToolFailed as well."""
        self.remove()
        with self._server("AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{self._staged}" TEMPLATE template0')
        own = ("--exit-on-error", "--no-owner", "--no-privileges", str(dump))
        run_server_tool("pg_restore", self._url.set(database=self._staged), own)

    def take_place(self, now: datetime) -> str | None:
        """Give it the name of the old one, in one transaction; the name under which that is kept, if there was one.

        Whoever is still connected to the old one is cut off.
        """
        kept = f"{self._name[: _LONGEST_NAME - 25]}_replaced_{now:%Y%m%dT%H%M%S}" if self.is_there else None
        with self._server("READ COMMITTED") as connection, connection.begin():
            for name in (self._name, self._staged):
                connection.exec_driver_sql(_CUT_OFF, {"name": name})
            if kept is not None:
                connection.exec_driver_sql(f'ALTER DATABASE "{self._name}" RENAME TO "{kept}"')
            connection.exec_driver_sql(f'ALTER DATABASE "{self._staged}" RENAME TO "{self._name}"')
        return kept

    def remove(self) -> None:
        """Take away what an earlier restore left."""
        with self._server("AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{self._staged}" WITH (FORCE)')

    @contextmanager
    def _server(self, isolation: str) -> Generator[Connection]:
        """A connection to the database that every server has: nobody can rename the one that they are in."""
        elsewhere = self._url.set(database="postgres")
        engine = create_engine(elsewhere, isolation_level=isolation)
        try:
            with in_plain_words(elsewhere.set(query={}).render_as_string()), engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
