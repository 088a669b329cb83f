"""What can be wrong with the control plane's database, each with the way to mend it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from marketing_pipeline.domain.errors import MarketingError


class DatabaseNewer(MarketingError):
    """The database was migrated by a newer version of this program."""


class DatabaseBusy(MarketingError):
    """Another process held the write lock for longer than the busy timeout."""


class DatabaseCorrupt(MarketingError):
    """The file is no database, or a damaged one."""


class DatabaseUnwritable(MarketingError):
    """The file cannot be opened or written: folder, rights or disk."""


class DatabaseDriverMissing(MarketingError):
    """The database's URL is malformed, or asks for a driver that is not installed."""


_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


@contextmanager
def in_plain_words(place: str) -> Generator[None]:
    """Turn the operating trouble of the database at `place` into one clear error; let everything else pass."""
    try:
        yield
    except DBAPIError as error:
        expected = _explained(error, place)
        if expected is None:
            raise
        raise expected from error


def unwritable(place: str, reason: object) -> DatabaseUnwritable:
    """The error for a file that cannot be opened or written."""
    return DatabaseUnwritable(
        f"The database {place} cannot be opened or written: {reason}.",
        "Check that its folder exists, that this user may write there, and that the disk has room.",
    )


def _explained(error: DBAPIError, place: str) -> MarketingError | None:
    if not isinstance(error.orig, sqlite3.Error):
        return None
    # Extended result codes keep the primary code in their low byte (sqlite.org/rescode.html).
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return DatabaseBusy(
            f"The database {place} stayed locked by another process.",
            "Try again; if it lasts, look for a process that holds it open in a transaction.",
        )
    if code in _CORRUPT:
        return DatabaseCorrupt(
            f"The database {place} is damaged or is no SQLite database: {error.orig}.",
            "Put it aside and restore the last backup; nothing in it has been changed.",
        )
    return unwritable(place, error.orig) if code in _UNWRITABLE else None
