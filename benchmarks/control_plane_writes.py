"""Write transactions a second on both engines, one process and four in a closed loop, each appending one audit row.

`python -m benchmarks.control_plane_writes [SECONDS]`. The audit chain is what every transition writes under the one
lock of all writers, so this is the ceiling of transitions a second. SQLite flushes to the disk of the folder that it is
run from; the server is the one of the tests, in memory, so its figures leave the disk out.
"""

import logging
import multiprocessing
import sys
import tempfile
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.postgres_server import postgres_server

PROCESSES = (1, 4)
_PATIENCE_MS = 60_000
_KEY = b"a key that lives outside the database"


def _append(url: str, seconds: float, gate: Barrier, told: "Queue[tuple[int, float]]") -> None:
    clock = SystemClock()
    database = Database.open(url, clock, _PATIENCE_MS)
    audit, written, longest = AuditLog(_KEY, clock), 0, 0.0
    gate.wait()
    begun = now = clock.now()
    while (now - begun).total_seconds() < seconds:
        before = now
        with database.write() as connection:
            audit.append(connection, actor="a", action="post.moved", subject="s", brand=None, detail={})
        now = clock.now()
        written, longest = written + 1, max(longest, (now - before).total_seconds())
    database.close()
    told.put((written, longest))


def writes(url: str, processes: int, seconds: float) -> tuple[float, float]:
    """Transactions a second of all processes together, and the longest that one took, in seconds."""
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(processes), context.Queue()
    workers = [context.Process(target=_append, args=(url, seconds, gate, told)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    figures: list[tuple[int, float]] = [told.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(written for written, _ in figures) / seconds, max(longest for _, longest in figures)


def main(seconds: float) -> None:
    """Both engines, one line each."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(dir=".") as folder, postgres_server() as server:
        places = {
            "SQLite": f"sqlite:///{folder}/control_plane.sqlite",
            "PostgreSQL": server.sqlalchemy_url(server.new_database()),
        }
        for engine, url in places.items():
            for processes in PROCESSES:
                rate, longest = writes(url, processes, seconds)
                print(f"{engine:10} {processes} processes: {rate:6.0f} a second, the longest {longest * 1000:5.0f} ms")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
