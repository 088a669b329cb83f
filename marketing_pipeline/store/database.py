"""The control plane's database: short transactions, one writer at a time, migrated when it is opened."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.store.commit_log import take_lines, write_lines
from marketing_pipeline.store.database_errors import DatabaseDriverMissing, in_plain_words, unwritable
from marketing_pipeline.store.migrations import bring_up_to_date, is_up_to_date

BUSY_TIMEOUT_MS = 10_000
# Postgres: any fixed number, the same in every process of this product.
_WRITER_LOCK = 735_190_422


class NestedWrite(RuntimeError):
    """A write transaction was begun inside another one of the same thread: it would wait for itself."""


class Database:
    """One control plane. Safe to share between threads; each transaction has a connection of its own.

    `clock` is what stamps the rows that are written through it.
    """

    def __init__(self, readers: Engine, writers: Engine, clock: Clock) -> None:
        self._readers = readers
        self._writers = writers
        self._writing = threading.local()
        self.clock = clock
        self.place = writers.url.render_as_string(hide_password=True)

    @classmethod
    def open(cls, url: str, clock: Clock, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Database":
        """Open the database at an SQLAlchemy URL, making and migrating it where needed.

        A SQLite file runs in WAL mode with synchronous=FULL, foreign keys on, and waits `busy_timeout_ms` for its
        lock. Raises DatabaseNewer, DatabaseBusy, DatabaseCorrupt, DatabaseUnwritable or DatabaseDriverMissing.
        """
        database = cls(*_engines(url, busy_timeout_ms), clock)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A consistent view that cannot write. Never waits for a writer."""
        with in_plain_words(self.place), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that holds the write lock from its first moment: commits on success, else rolls back.

        Keep it short, and call nothing outside the database in it. Raises NestedWrite inside another write of the
        same thread, DatabaseBusy when the lock does not come free in time.
        """
        if getattr(self._writing, "now", False):
            raise NestedWrite("This thread already writes: pass its connection on instead of beginning another write.")
        self._writing.now = True
        try:
            with in_plain_words(self.place), self._writers.connect() as connection:
                take_lines(connection)
                with connection.begin():
                    yield connection
                    lines = take_lines(connection)
            write_lines(lines)
        finally:
            self._writing.now = False

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._readers.dispose()
        self._writers.dispose()

    def _migrate(self) -> None:
        with self.read() as connection:
            ready = is_up_to_date(connection, self.place)
        if not ready:
            # Under the write lock: of two processes that come here at once, the second finds the work done.
            with self.write() as connection:
                bring_up_to_date(connection, self.place)


def _engines(address: str, busy_timeout_ms: int) -> tuple[Engine, Engine]:
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            _make_folder(_file_of(url))
        # Threads beyond the pool's size wait for the database's own lock, not for the pool.
        readers, writers = (create_engine(url, pool_size=5, max_overflow=-1) for _ in range(2))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseDriverMissing(
            f"MARKETING_DATABASE_URL cannot be used: {error}.",
            "Leave it empty for a SQLite file in the home, or write postgresql+psycopg://USER@HOST/NAME and install"
            " psycopg.",
        ) from error
    _listen(readers, busy_timeout_ms, writes=False)
    _listen(writers, busy_timeout_ms, writes=True)
    return readers, writers


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ArgumentError("the control plane is a file that several processes share, never one in memory")
    return Path(url.database)


def _listen(engine: Engine, busy_timeout_ms: int, *, writes: bool) -> None:
    sqlite = engine.dialect.name == "sqlite"
    # Postgres takes the lock of SQLite's one writer as an advisory lock, so that caps and chains hold there too.
    begin_write = "BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
    begin_read = "BEGIN" if sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def connected(driver_connection: Any, _record: object) -> None:
        # The driver's own way of beginning transactions is switched off: it would begin them deferred.
        driver_connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {busy_timeout_ms:d}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"query_only = {'OFF' if writes else 'ON'}",
        ):
            driver_connection.execute(f"PRAGMA {pragma}").close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin_write if writes else begin_read)

    if sqlite:
        event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(file), error.strerror) from error
