"""The sandbox's durable state: one SQLite file that survives being killed at any moment."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from marketing_pipeline.domain.clock import Clock, aware

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, username TEXT NOT NULL, followers INTEGER NOT NULL, seen_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
    account TEXT NOT NULL REFERENCES accounts(id), serial INTEGER NOT NULL,
    issued_at TEXT NOT NULL, expires_at TEXT, PRIMARY KEY (account, serial)
) STRICT;
CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL REFERENCES accounts(id), kind TEXT NOT NULL,
    caption TEXT NOT NULL, ai_generated INTEGER NOT NULL, pictures TEXT NOT NULL,
    created_at TEXT NOT NULL, ready_at TEXT NOT NULL,
    forced_status TEXT, published_at TEXT, shows_published_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS containers_by_account ON containers (account, created_at);
CREATE TABLE IF NOT EXISTS media (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL REFERENCES accounts(id),
    container INTEGER NOT NULL REFERENCES containers(number), media_type TEXT NOT NULL, caption TEXT NOT NULL,
    pictures TEXT NOT NULL, published_at TEXT NOT NULL, listed_at TEXT NOT NULL,
    shortcode TEXT NOT NULL UNIQUE, reading TEXT NOT NULL, response TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS media_by_account ON media (account, published_at);
CREATE TABLE IF NOT EXISTS late_commits (
    number INTEGER PRIMARY KEY AUTOINCREMENT, container INTEGER NOT NULL REFERENCES containers(number),
    due_at TEXT NOT NULL, request_digest TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, operation TEXT, account TEXT,
    remaining INTEGER NOT NULL CHECK (remaining >= 0), fault TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
    subject TEXT NOT NULL, request_digest TEXT NOT NULL, details TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_is_never_shortened BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


def stamp(moment: datetime) -> str:
    """A moment as stored: UTC, microseconds, so that text order is time order. Raises ValueError without a zone."""
    return aware(moment).isoformat(timespec="microseconds")


def from_stamp(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


class World:
    """One home's outside world. Safe to use from several threads; each transaction is all or nothing."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = clock
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            folder / "world.sqlite", isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(_SCHEMA)

    def now(self) -> datetime:
        """The world's time, zone-aware UTC."""
        return aware(self.clock.now())

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Everything inside happens or nothing does. Nested use joins the outer transaction."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
