"""Room in Dagster's SQLite files: what deleted rows leave inside goes back to the disk once it is most of a file."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.operations.pruned import Pruned

if TYPE_CHECKING:
    from dagster import DagsterInstance

_FILES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_PATIENCE_S = 5.0


def keeps_files(instance: "DagsterInstance") -> bool:
    """Whether the instance keeps its history in files of this machine, rather than on a server that many share."""
    from dagster._core.storage.runs.in_memory import InMemoryRunStorage
    from dagster._core.storage.runs.sqlite import SqliteRunStorage

    return isinstance(instance.run_storage, (SqliteRunStorage, InMemoryRunStorage))


def give_back_room(instance: "DagsterInstance", *, dry_run: bool) -> Pruned:
    """Write the files anew that are empty for more than half. Day by day they are not: new rows take the room.

    Writers wait meanwhile, 0.2 s for 12 MB; a file that is in use for longer than this waits is left for next time.
    """
    if not keeps_files(instance):
        return Pruned(what="Dagster databases", count=0, note="on a server, which uses the room again by itself")
    root = Path(instance.root_directory)
    freed = [_given_back(root / name, dry_run=dry_run) for name in _FILES if (root / name).exists()]
    return Pruned(what="Dagster databases", count=sum(size > 0 for size in freed), byte_count=sum(freed))


def _given_back(file: Path, *, dry_run: bool) -> int:
    """Bytes that went, or would."""
    with closing(sqlite3.connect(file, timeout=_PATIENCE_S, isolation_level=None)) as connection:
        before, free, page = _pages(connection)
        if 2 * free <= before:
            return 0
        if dry_run:
            return free * page
        with suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (before - _pages(connection)[0]) * page


def _pages(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """All pages, free pages, bytes of one."""
    total, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return total, free, size
