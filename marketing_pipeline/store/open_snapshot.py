"""Opening the newest published snapshot, and what may be wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshots import newest_snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class NoSnapshot(MarketingError):
    """Nothing has been published from the warehouse of this home yet."""


class SnapshotUnreadable(MarketingError):
    """The newest snapshot is damaged, or was written by a newer DuckDB."""


def published_snapshot(home: Home) -> Path:
    """The newest published snapshot of a home. Raises NoSnapshot."""
    path = newest_snapshot(home.warehouse)
    if path is None:
        raise NoSnapshot(
            f"There is no published snapshot in {home.warehouse} yet.",
            "Run `make demo`, or set MARKETING_HOME to the home you mean.",
        )
    return path


def attach_snapshot(connection: "DuckDBPyConnection", path: Path) -> None:
    """Open a snapshot read-only as `marketing` and go on in it, with times in UTC. Raises SnapshotUnreadable."""
    import duckdb

    # By its own name and not the link's: DuckDB goes on serving an old file of the same path from its cache.
    try:
        connection.execute(f"ATTACH OR REPLACE {literal(path)} AS marketing (READ_ONLY)")
    except duckdb.Error as error:
        raise unreadable(path, str(error).partition("\n")[0]) from error
    connection.execute("USE marketing")
    connection.execute("SET TimeZone = 'UTC'")


def unreadable(path: Path, why: str) -> SnapshotUnreadable:
    """The error of a snapshot that cannot be opened."""
    return SnapshotUnreadable(
        f"The snapshot {path} cannot be opened: {why}.",
        "The next run publishes another one; upgrade this program if a newer one wrote it.",
    )


def literal(path: Path) -> str:
    """A path as an SQL text, since ATTACH takes no parameters."""
    return "'" + str(path).replace("'", "''") + "'"
