"""What a warehouse on DuckLake costs: commits of several writers at once, and publishing snapshots of 100 MB.

Run it with `make bench NAME=lake`. Catalog and data are on this machine: PostgreSQL on loopback, data in a folder, so
object storage's own latency comes on top. `facts` are replacements of one brand's ad facts by writers that take turns;
`optimistic` the same without turns, by retries alone; `conflicts` counts the transactions that were undone and begun
anew. `publish` is the time until a snapshot stands, whole the first time and then after one brand's facts changed.
Needs the extras `ducklake` and `postgres`, and PostgreSQL's programs.
"""

import json
import multiprocessing
import tempfile
import time
from contextlib import closing
from multiprocessing.queues import Queue
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_mirror import publish_lake
from marketing_pipeline.store.lake_session import LakePlace
from marketing_pipeline_tests.postgres_server import postgres_server

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WRITERS = 4
SECONDS = 10.0
ROWS, BRANDS = 3_000_000, 20
"""Rows of ad metrics: a snapshot of about 100 MB."""
_SPAWN = multiprocessing.get_context("spawn")


def replaced(lake: Lake, brand: str, rows: int, turn: str) -> int:
    """Replace one brand's facts; how many times that was begun."""
    begun: list[int] = []

    def work(connection: "DuckDBPyConnection") -> None:
        begun.append(1)
        connection.execute("DELETE FROM ad_metrics WHERE brand = ?", [brand])
        connection.execute(
            "INSERT INTO ad_metrics BY NAME SELECT ? AS brand, '1234567890' AS customer_id, 'keyword' AS level,"
            " DATE '2026-01-01' + (range % 365)::INT AS day, range % 500 AS ad_group_id,"
            " hash(range) % 10000000 AS item_id, 'words ' || hash(range) % 100000 AS item,"
            " hash(range + 1) % 1000 AS impressions, hash(range + 2) % 100 AS clicks,"
            " hash(range + 3) % 100000000 AS cost_micros, random() AS conversions, 'GBP' AS currency"
            " FROM range(?)",
            [brand, rows],
        )
        connection.execute("INSERT INTO ad_collections BY NAME SELECT ? AS brand, now() AS read_at", [brand])

    lake.change(work, turn=turn)
    return len(begun)


def write_for_a_while(place: LakePlace, folder: Path, brand: str, turn: str, heard: "Queue[tuple[float, int]]") -> None:
    """What one machine does; tells of each commit how long it took and how often it was begun."""
    with closing(Lake(place, folder)) as lake:
        lake.version()
        end = time.perf_counter() + SECONDS
        while (started := time.perf_counter()) < end:
            begun = replaced(lake, brand, 50, turn)
            heard.put((time.perf_counter() - started, begun))


def at_once(place: LakePlace, folder: Path, turn: str) -> dict[str, float]:
    """Writers of different brands, at once."""
    heard: Queue[tuple[float, int]] = _SPAWN.Queue()
    writers = [
        _SPAWN.Process(target=write_for_a_while, args=(place, folder, f"b{number}", turn, heard))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    told: list[tuple[float, int]] = []
    while any(writer.is_alive() for writer in writers) or not heard.empty():
        while not heard.empty():
            told.append(heard.get())
        time.sleep(0.01)
    times = sorted(seconds for seconds, _ in told)
    return {
        "commits": len(told),
        "commits_per_s": round(len(told) / SECONDS, 1),
        "conflicts": sum(begun - 1 for _, begun in told),
        "p50_ms": round(1000 * times[len(times) // 2]),
        "max_ms": round(1000 * times[-1]),
    }


def published(lake: Lake) -> dict[str, float]:
    """One publication of whatever changed."""
    started = time.perf_counter()
    snapshot = publish_lake(lake)
    return {"s": round(time.perf_counter() - started, 2), "file_mb": round(snapshot.stat().st_size / 1e6)}


def main() -> None:
    """Print one JSON object."""
    with postgres_server() as server, tempfile.TemporaryDirectory() as root:
        folder, data = Path(root) / "warehouse", Path(root) / "data"
        data.mkdir()
        place = LakePlace(SecretStr(server.url(server.new_database())), str(data))
        with closing(Lake(place, folder)) as lake:
            with lake.write() as connection:
                connection.execute(lake.schema())
            print(json.dumps({"facts": at_once(place, folder, "ad_facts")}), flush=True)
            print(json.dumps({"optimistic": at_once(place, folder, "")}), flush=True)
            for number in range(BRANDS):
                replaced(lake, f"large{number}", ROWS // BRANDS, "ad_facts")
            print(json.dumps({"publish_whole": published(lake)}), flush=True)
            replaced(lake, "large1", ROWS // BRANDS, "ad_facts")
            print(json.dumps({"publish_one_brand": published(lake), "nothing_new": published(lake)}))


if __name__ == "__main__":
    main()
