"""What can be wrong with the control plane's database, each with the way to mend it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from marketing_pipeline.domain.errors import MarketingError


class DatabaseNewer(MarketingError):
    """The database was migrated by a newer version of this program."""


class DatabaseBusy(MarketingError):
    """Another process held the write lock for longer than the busy timeout."""


class DatabaseCorrupt(MarketingError):
    """The file is no database, or a damaged one."""


class DatabaseUnwritable(MarketingError):
    """The file cannot be opened or written: folder, rights or disk."""


class DatabaseUnreachable(MarketingError):
    """The database server does not answer, does not let this user in, or has ended the connection."""


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


# PostgreSQL's SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html), or the first two signs of a class.
_GONE = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53300"})
_WORDS_OF_SERVERS: dict[str, tuple[type[MarketingError], str, str]] = {
    "55P03": (
        DatabaseBusy,
        "stayed locked by another process",
        "Try again; if it lasts, `SELECT * FROM pg_stat_activity` shows who holds a transaction open.",
    ),
    "57014": (
        DatabaseBusy,
        "took too long over a statement and ended it",
        "Try again; if it lasts, look at the server's load, and let it `ANALYZE`.",
    ),
    "40": (DatabaseBusy, "undid a transaction in favour of another", "Try again: nothing of it was kept."),
    "25006": (
        DatabaseUnwritable,
        "takes no writes",
        "Name the primary server in MARKETING_DATABASE_URL: a standby only reads.",
    ),
    "42501": (
        DatabaseUnwritable,
        "does not let this user do that",
        "Make the user of MARKETING_DATABASE_URL the owner of the database.",
    ),
    "53100": (DatabaseUnwritable, "has no room left on its disk", "Make room on the server; nothing was changed."),
    "53200": (DatabaseUnwritable, "has no memory left", "Give the server more, or fewer connections."),
    "XX001": (DatabaseCorrupt, "is damaged", "Stop everything and restore the last backup."),
    "XX002": (DatabaseCorrupt, "has a damaged index", "Stop everything, and `REINDEX DATABASE` or restore a backup."),
}


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
        return _explained_by_a_server(error, place)
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


def _explained_by_a_server(error: DBAPIError, place: str) -> MarketingError | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or code in _GONE or code[:2] in ("08", "28", "3D") or _never_connected(error):
        return _unreachable(error, place)
    words = _WORDS_OF_SERVERS.get(code) or _WORDS_OF_SERVERS.get(code[:2])
    if words is None:
        return None
    kind, problem, mend = words
    return kind(f"The database {place} {problem}.", mend)


def _never_connected(error: DBAPIError) -> bool:
    """A failure before there was a connection has no statement, and from this driver no code either."""
    return isinstance(error, OperationalError) and error.statement is None and not getattr(error.orig, "sqlstate", None)


def _unreachable(error: DBAPIError, place: str) -> DatabaseUnreachable:
    # The driver's words, which name user, host and database and never the password; in one line.
    reason = " ".join(str(error.orig).split()).rstrip(".") or "the connection was closed"
    return DatabaseUnreachable(
        f"The database server of {place} cannot be used: {reason}.",
        "See that it runs and has connections left, and that MARKETING_DATABASE_URL names its host, port, database,"
        " user and password. What was not committed is undone.",
    )
