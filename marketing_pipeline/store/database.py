"""The control plane's database: short transactions, one writer at a time, migrated when it is opened."""

import fcntl
import os
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
from marketing_pipeline.store.database_server import (
    server_engine_options,
    take_the_time_it_needs,
    take_the_writers_lock,
)
from marketing_pipeline.store.migrations import bring_up_to_date, is_up_to_date

BUSY_TIMEOUT_MS = 10_000


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
        # Without what follows the `?`: a password may stand there as well.
        self.place = writers.url.set(query={}).render_as_string(hide_password=True)

    @classmethod
    def open(cls, url: str, clock: Clock, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Database":
        """Open the database at an SQLAlchemy URL, making and migrating it where needed.

        A SQLite file runs in WAL mode with synchronous=FULL, foreign keys on, and waits `busy_timeout_ms` for its
        lock; so do writers on PostgreSQL. Raises DatabaseNewer, DatabaseBusy, DatabaseCorrupt, DatabaseUnwritable,
        DatabaseUnreachable or DatabaseDriverMissing.
        """
        database = cls(*engines(url, busy_timeout_ms), clock)
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
                take_the_time_it_needs(connection)
                bring_up_to_date(connection, self.place)


def engines(address: str, busy_timeout_ms: int) -> tuple[Engine, Engine]:
    """Readers and writers of an address; nothing is connected yet. Raises DatabaseDriverMissing, DatabaseUnwritable."""
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            _make_folder(_file_of(url))
        readers, writers = (_engine(url, busy_timeout_ms, writes=writes) for writes in (False, True))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseDriverMissing(
            f"MARKETING_DATABASE_URL cannot be used: {error}.",
            "Leave it empty for a SQLite file in the home, or write postgresql+psycopg://USER@HOST/NAME and install"
            " the extra `postgres`.",
        ) from error
    return readers, writers


def _engine(url: URL, busy_timeout_ms: int, *, writes: bool) -> Engine:
    server = url.get_backend_name() == "postgresql"
    own = server_engine_options(url, busy_timeout_ms, writes=writes) if server else {}
    # Threads beyond the pool's size wait for the database's own lock, not for the pool.
    engine = create_engine(url, pool_size=5, max_overflow=-1, **own)
    if server:
        if writes:
            event.listen(engine, "begin", take_the_writers_lock)
    else:
        _listen(engine, busy_timeout_ms, writes=writes)
    return engine


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ArgumentError("the control plane is a file that several processes share, never one in memory")
    return Path(url.database)


def _listen(engine: Engine, busy_timeout_ms: int, *, writes: bool) -> None:
    def connected(driver_connection: Any, _record: object) -> None:
        # The driver's own way of beginning transactions is switched off: it would begin them deferred.
        driver_connection.isolation_level = None
        driver_connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}").close()
        _write_ahead(driver_connection, _file_of(engine.url).parent)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", f"query_only = {'OFF' if writes else 'ON'}"):
            driver_connection.execute(f"PRAGMA {pragma}").close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _write_ahead(driver_connection: Any, folder: Path) -> None:
    """Switch a file that was just made to WAL, one process after the other.

    Two that switch it at once block each other, and SQLite then fails at once, whatever the busy timeout is.
    """
    if driver_connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        driver_connection.execute("PRAGMA journal_mode = WAL").close()
    finally:
        os.close(lock)


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(file), error.strerror) from error
