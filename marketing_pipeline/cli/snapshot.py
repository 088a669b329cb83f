"""The newest published snapshot of the warehouse, and when it was published."""

from dataclasses import dataclass
from datetime import UTC, datetime

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshots import newest_snapshot


@dataclass(frozen=True)
class PublishedSnapshot:
    """One snapshot file. `at` is real time, also where the time of the home is simulated."""

    name: str
    at: datetime


def newest_published(home: Home) -> PublishedSnapshot | None:
    """What `marketing sql` reads, or None before the first run."""
    path = newest_snapshot(home.warehouse)
    if path is None:
        return None
    return PublishedSnapshot(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))
