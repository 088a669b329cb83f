"""Several worker processes publish what is due while people read the console, all on one PostgreSQL.

100 accounts with 50 posts each are due, as many as Instagram lets an account publish in a day. The sandbox is
Instagram, over the wire, and its journal alone says what went live. Run it with `make bench NAME=workers`. The targets:
no post twice, none lost, and a 95th percentile of the console's pages below 150 ms while four workers drain. Workers,
sandbox, server, console and people share the cores of one machine here. Smaller runs compare workers and engines.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.agency.due_posts import DueHouse, due_house
from benchmarks.console import MOST_MS, crowd, for_seconds, let_in, p95_of, served
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.cli.servers import RUNS_YIELD
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.postgres_server import PostgresServer, postgres_server

BRANDS, POSTS, WORKERS = 100, 50, 4
SMALL = 10
"""Brands of the runs that are only compared."""
ALONE_S = 30.0
_CAPTION = re.compile(r"Leaves for (\S+)")


@dataclass
class Outcome:
    """What one run came to. `live` counts by post what went live, by the journal; CPU is of all workers together."""

    posts: int
    wall_s: float = 0.0
    cpu_s: float = 0.0
    live: Counter[str] = field(default_factory=Counter[str])
    unsettled: int = 0
    beside_ms: list[float] = field(default_factory=list[float])

    @property
    def rate(self) -> float:
        """Posts a second."""
        return sum(self.live.values()) / self.wall_s

    @property
    def doubles(self) -> int:
        """Posts that went live more than once."""
        return sum(count > 1 for count in self.live.values())

    @property
    def lost(self) -> int:
        """Posts that are not live, or whose effect does not say so."""
        return max(self.posts - len(self.live), self.unsettled)

    def line(self, name: str) -> str:
        """For people."""
        return (
            f"{name:24} {sum(self.live.values()):5} posts in {self.wall_s:6.1f} s, {self.rate:5.1f} a second; "
            f"{self.doubles} twice, {self.lost} lost; {1000 * self.cpu_s / self.posts:5.1f} ms of the workers' CPU each"
        )


def work(name: str) -> None:
    """One worker process: opens the installation, waits for the word, drains, and tells its CPU."""
    with Workplace.open(Settings.from_environment()) as place:
        assert place.brands
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.process_time()
        place.drain(name)
        print(time.process_time() - began, flush=True)


@contextmanager
def workers(house: DueHouse, count: int) -> Generator[Sequence["subprocess.Popen[str]"]]:
    """So many of them, ready."""
    # As `marketing up` lets runs give way to pages.
    command = ["nice", "-n", str(RUNS_YIELD), sys.executable, "-m", "benchmarks.workers"]
    started = [
        subprocess.Popen(
            [*command, f"worker {number}"],
            env={**os.environ, **house.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for number in range(count)
    ]
    try:
        for worker in started:
            assert worker.stdout is not None and worker.stdout.readline() == "ready\n", "a worker did not begin"
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def drained(house: DueHouse, posts: int, count: int, console: str = "") -> Outcome:
    """Let so many workers drain, people reading the `console` meanwhile where there is one."""
    outcome = Outcome(posts)
    os.environ.update(house.environment)
    with sandbox_process(house.settings, "--container-seconds", "0") as sandbox, workers(house, count) as at_work:
        began = time.perf_counter()

        def on() -> bool:
            nonlocal began
            if at_work[0].stdin is not None and not at_work[0].stdin.closed:
                # The first person is signed in, and so are all: now the workers begin.
                began = time.perf_counter()
                for worker in at_work:
                    assert worker.stdin is not None
                    worker.stdin.close()
            return any(worker.poll() is None for worker in at_work)

        if console:
            taken = asyncio.run(crowd(console, BRANDS, on))
            outcome.beside_ms = [each for times in taken.values() for each in times]
        while on():
            time.sleep(0.02)
        outcome.wall_s = time.perf_counter() - began
        outcome.cpu_s = sum(float(worker.stdout.read()) for worker in at_work if worker.stdout is not None)
        rows = httpx.get(f"{sandbox}/sandbox/journal", params={"kind": "media_published"}, timeout=60).json()["rows"]
    found = [_CAPTION.match(row["details"]["caption"]) for row in rows]
    outcome.live = Counter(caption[1] for caption in found if caption)
    with Workplace.open(house.settings) as place, place.database.read() as connection:
        settled = list_effects(connection, states=[EffectState.SUCCEEDED], limit=posts + 1)
        outcome.unsettled = posts - len(settled)
    return outcome


def compared(root: Path, server: PostgresServer | None, count: int) -> Outcome:
    """A smaller run, without people."""
    url = server.sqlalchemy_url(server.new_database()) if server else ""
    return drained(due_house(root, SMALL, POSTS, url), SMALL * POSTS, count)


def beside_people(root: Path, server: PostgresServer) -> tuple[Outcome, float]:
    """The large run; with it the console's 95th percentile, in ms, when nobody works beside it."""
    began = time.perf_counter()
    house = due_house(root, BRANDS, POSTS, server.sqlalchemy_url(server.new_database()))
    print(f"{BRANDS} brands with {POSTS} due posts each, made in {time.perf_counter() - began:.0f} s", flush=True)
    with Workplace.open(house.settings) as place:
        let_in(place)
        place.refresh_warehouse()
        place.health.watch(place.health.examine())
    with served(house.home, house.environment) as console:
        alone = asyncio.run(crowd(console, BRANDS, for_seconds(ALONE_S)))
        outcome = drained(house, BRANDS * POSTS, WORKERS, console)
    return outcome, p95_of([each for times in alone.values() for each in times])


def main() -> None:
    """All runs, a line each."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        root = Path(folder)
        outcome, alone = beside_people(root / "large", server)
        print(outcome.line(f"PostgreSQL, {WORKERS} workers"), flush=True)
        beside = p95_of(outcome.beside_ms)
        print(
            f"console: p95 {alone:.0f} ms without the workers, {beside:.0f} ms beside them, of {len(outcome.beside_ms)}"
        )
        small = {
            f"{engine}_{count}": compared(root / f"{engine}_{count}", server if engine == "postgresql" else None, count)
            for engine in ("postgresql", "sqlite")
            for count in (1, WORKERS)
        }
    for name, each in small.items():
        print(each.line(name.replace("_", ", workers: ")))
    base = small["postgresql_1"].rate
    figures = {
        "published": sum(outcome.live.values()),
        "doubles": outcome.doubles,
        "lost": outcome.lost,
        "posts_a_second": round(outcome.rate, 1),
        "cpu_ms_a_post": round(1000 * outcome.cpu_s / outcome.posts, 1),
        "console_p95_alone_ms": round(alone, 1),
        "console_p95_beside_ms": round(beside, 1),
        **{f"rate_of_{name}": round(each.rate / base, 2) for name, each in small.items()},
    }
    print(json.dumps({"benchmark": "workers", "figures": figures}))
    doubles = outcome.doubles + sum(each.doubles for each in small.values())
    if doubles or outcome.lost or beside > MOST_MS:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    work(sys.argv[1]) if sys.argv[1:] else main()
