"""What health and alerts look at: one installation's stores, brands, clocks and history, opened by whoever asks."""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock, SystemClock
from marketing_pipeline.domain.clock_reading import ClockReading
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.operations.dagster_history import DagsterHistory
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.clock import DurableClock
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.home import Home


def since_start() -> float:
    """Seconds since this machine started, sleep included where the system counts it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True)
class Installation:
    """`real` and `monotonic` are the machine's clocks; `history` is None where Dagster has never run."""

    settings: Settings
    home: Home
    clock: DurableClock
    database: Database
    audit: AuditLog
    approvals: Approvals
    brands: Mapping[BrandId, Brand]
    broken_brands: Collection[BrandId] = ()
    history: DagsterHistory | None = None
    real: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = since_start

    @property
    def beats(self) -> Heartbeats:
        """Signs of life."""
        return Heartbeats(self.database, self.real)

    def read_clocks(self) -> ClockReading:
        """All clocks at this moment. Raises ClockUnreadable."""
        boot = ""
        with suppress(OSError):
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return ClockReading(
            boot=boot,
            monotonic=self.monotonic(),
            wall=self.real.now(),
            home=self.clock.now(),
            simulated=self.clock.is_stepped,
        )
