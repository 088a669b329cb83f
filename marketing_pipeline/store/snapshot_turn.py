"""When a snapshot is published: a small one at once, a large one after a rest, so that no run pays for all brands.

A publication copies the whole warehouse and works out its kept views: what it costs grows with everything that was ever
stored, and a thousand brands' runs would each pay for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.store.snapshots import newest_snapshot

SMALL_BYTES = 32_000_000
"""A snapshot up to this size is renewed at once: it takes some tenths of a second."""
BYTES_A_SECOND = 10_000_000
"""A larger one rests a second for each of these. It takes about a tenth of that in CPU, so a tenth of one processor."""
_MARK = "unpublished"


class SnapshotTurn:
    """Whether a warehouse folder has rows that no snapshot shows, and whether it is time to publish them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = folder / _MARK

    def publish_or_wait(self, publish: Callable[[], Path]) -> str:
        """Publish now where the newest snapshot is small or missing, else leave that to `due`; what to tell of it."""
        newest = newest_snapshot(self._folder)
        if newest is None or newest.stat().st_size <= SMALL_BYTES:
            return self.publish(publish)
        self._mark.touch()
        return f"{newest.name}; what is new follows within {self._rest(newest).total_seconds():.0f} s"

    def publish(self, publish: Callable[[], Path]) -> str:
        """Publish now; the snapshot's file name."""
        # Before the copy: what is projected meanwhile waits for the next one.
        self._mark.unlink(missing_ok=True)
        try:
            return publish().name
        except BaseException:
            self._mark.touch()
            raise

    def waits(self) -> bool:
        """Whether rows were projected that no snapshot shows."""
        return self._mark.exists()

    def due(self, now: datetime | None = None) -> str:
        """Name of the snapshot that is to be replaced now; empty where nothing waits, or its rest is not over.

        One look at two files. `now` is a moment of this machine's own clock, which stamps files.
        """
        newest = newest_snapshot(self._folder) if self.waits() else None
        if newest is None:
            return ""
        made = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
        return newest.stem if (now or SystemClock().now()) - made >= self._rest(newest) else ""

    @staticmethod
    def _rest(newest: Path) -> timedelta:
        return timedelta(seconds=newest.stat().st_size / BYTES_A_SECOND)
