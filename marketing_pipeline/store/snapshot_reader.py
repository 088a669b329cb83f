"""The newest snapshot kept open for a server: the same few queries, asked by many, answered from memory."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marketing_pipeline.store.answers import Answers
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import attach_snapshot
from marketing_pipeline.store.snapshots import LINK, newest_snapshot

KEPT_RESULTS = 4096
"""Results kept of one snapshot, which is all that is asked for of 150 brands, in about 40 MB; the one that was not
asked for longest goes first."""
AT_ONCE = 2
"""Queries at work at a time, each in one thread: more would share the memory below, and wait for each other anyway."""
MEMORY_LIMIT = "512MB"
_CONFIG: dict[str, Any] = {
    "threads": 1,
    "memory_limit": MEMORY_LIMIT,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


@dataclass(frozen=True)
class Rows:
    """What one query gave: names of the columns, and the values of each row in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def mappings(self) -> list[dict[str, Any]]:
        """Each row by the names of the columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


_Question = tuple[str, tuple[object, ...]]


@dataclass(frozen=True)
class _Opened:
    """One snapshot: where the link led, when it was published, and its queries, answered once each."""

    target: str
    at: datetime
    answers: "Answers[_Question, Rows]"


class SnapshotReader:
    """Queries of our own on the newest snapshot: trusted SQL with parameters. People's SQL goes to `query_snapshot`.

    Threads may share one. It moves on by itself as soon as another snapshot is published; a query that has begun ends
    on the one that it began with.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._link = home.warehouse / LINK
        self._opened: _Opened | None = None
        self._moving = threading.Lock()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Rows:
        """All rows of one query; a second time from memory; none before the first snapshot.

        Give a list among the parameters as a tuple. Raises SnapshotUnreadable, or duckdb.Error where the SQL is wrong.
        """
        newest = self._newest()
        return Rows((), ()) if newest is None else newest.answers.to((sql, tuple(parameters)))

    @property
    def snapshot_at(self) -> datetime | None:
        """When the newest snapshot was published, in real time; None before the first. Raises SnapshotUnreadable."""
        newest = self._newest()
        return None if newest is None else newest.at

    def close(self) -> None:
        """Let go of the snapshot. Asked again, it opens one again."""
        with self._moving:
            self._opened = None

    def _newest(self) -> _Opened | None:
        opened = self._opened
        if opened is not None and opened.target == self._target():
            return opened
        with self._moving:
            target, path = self._target(), newest_snapshot(self.home.warehouse)
            if path is None:
                return None
            if self._opened is None or self._opened.target != target:
                self._opened = _open(path, target)
            return self._opened

    def _target(self) -> str:
        """Where the link leads, which says whether the snapshot is still the newest; empty where there is none."""
        try:
            return os.readlink(self._link)
        except FileNotFoundError:
            return ""


def _open(path: Path, target: str) -> _Opened:
    import duckdb

    # Not closed when another takes its place: a query may still be at work on it. It ends with the last of them.
    connection = duckdb.connect(config=_CONFIG)
    attach_snapshot(connection, path)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")

    def rows(question: _Question) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute("USE marketing")
            found = cursor.execute(*question)
            return Rows(tuple(column[0] for column in found.description or ()), tuple(found.fetchall()))

    answers = Answers(rows, kept=KEPT_RESULTS, at_once=AT_ONCE)
    return _Opened(target, datetime.fromtimestamp(path.stat().st_mtime, UTC), answers)
