"""A world's durable state: one SQLite file that survives being killed at any moment."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from marketing_pipeline.domain.clock import Clock, aware


def stamp(moment: datetime) -> str:
    """A moment as stored: UTC, microseconds, so that text order is time order. Raises ValueError without a zone."""
    return aware(moment).isoformat(timespec="microseconds")


def from_stamp(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


class StateFile:
    """Safe to use from several threads; each transaction is all or nothing. `schema` makes what is not there yet."""

    def __init__(self, file: Path, schema: str, clock: Clock) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Safe against a killed process; only a power cut could take the last moments.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(f"BEGIN; {schema} COMMIT;")

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
