"""What publishing a snapshot costs those who write: how long the gate is held, and how long a writer truly waits.

Run it with `make bench NAME=snapshots`. A process commits one small transaction after another, first alone and then
while snapshots are published. The gate is held for everything that keeps writers out: opening the file, folding in its
log, and copying it. `stall_ms_per_100_mb` is the longest gate of a size by the megabytes of its file, the worse of two
sizes; the target is below 250. `writer_ms_per_100_mb` is the same for the writer's longest wait beyond its longest one
alone.
"""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from benchmarks.agency.metric_rows import filled_home
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse

SIZES = ((300, 280_000, 450), (1_000, 2_400_000, 1_000))
"""Brands, posts and days of ads: files of about 100 and 800 MB."""
PUBLICATIONS = 5
ALONE_S = 5.0
_PAUSE_S = 0.02
_SPAWN = multiprocessing.get_context("spawn")


class TimedWarehouse(Warehouse):
    """Notes for how many seconds each publication held the gate."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.held: list[float] = []

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """As always; the time counts from the moment the gate is had until it is given back."""
        with super().exclusive():
            started = time.perf_counter()
            yield
            self.held.append(time.perf_counter() - started)


def commit_for_ever(folder: Path, stop: Event, longest: "Synchronized[float]") -> None:
    """What a brand's run does to the warehouse, over and over; `longest` is the longest so far, in milliseconds."""
    warehouse = Warehouse(folder)
    while not stop.is_set():
        started = time.perf_counter()
        with warehouse.write() as connection:
            connection.execute("INSERT INTO ad_collections BY NAME SELECT 'b7' AS brand, now() AS read_at")
        longest.value = max(longest.value, 1000 * (time.perf_counter() - started))
        time.sleep(_PAUSE_S)


def measured(root: Path, brands: int, posts: int, ad_days: int) -> tuple[float, float]:
    """The longest gate and the longest further wait of the writer, in milliseconds per 100 MB; prints both."""
    folder = filled_home(Home(root), brands, posts, ad_days).folder
    warehouse, stop = TimedWarehouse(folder), _SPAWN.Event()
    longest = _SPAWN.Value("d", 0.0)
    writer = _SPAWN.Process(target=commit_for_ever, args=(folder, stop, longest))
    writer.start()
    try:
        while not longest.value:
            time.sleep(_PAUSE_S)
        longest.value = 0.0
        time.sleep(ALONE_S)
        alone, longest.value = longest.value, 0.0
        started = time.perf_counter()
        for _ in range(PUBLICATIONS):
            publish_snapshot(warehouse, keep=2)
        whole = (time.perf_counter() - started) / PUBLICATIONS
        beside = longest.value
    finally:
        stop.set()
        writer.join()
    hundreds = warehouse.path.stat().st_size / 1e8
    gate = 1000 * max(warehouse.held)
    print(
        f"{100 * hundreds:5.0f} MB   gate {gate:6.0f} ms   writer's longest wait {beside:6.0f} ms, alone {alone:6.0f}"
        f" ms   whole publication {whole:5.1f} s   gate {gate / hundreds:5.0f} ms per 100 MB",
        flush=True,
    )
    return gate / hundreds, max(0.0, beside - alone) / hundreds


def main() -> None:
    """Measure both sizes, and print the figures."""
    found: list[tuple[float, float]] = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measured(Path(folder), *size))
    gates, waits = zip(*found, strict=True)
    figures = {"stall_ms_per_100_mb": round(max(gates)), "writer_ms_per_100_mb": round(max(waits))}
    print(json.dumps({"benchmark": "snapshots", "figures": figures}))


if __name__ == "__main__":
    main()
