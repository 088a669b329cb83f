"""What one brand-week costs this program itself, in homes that hold few and many brands with a history of weeks.

A week's run goes through Dagster as the schedule asks for it, before a sandbox in a process of its own that answers at
once and whose CPU is not counted. A process a home makes its runs one after the other; the homes take turns, so that
what else the machine does falls on all alike. The first run of a process (imports, caches) counts apart. 30 runs a
home: a brand each, or where there are fewer, several weeks each. `ARGS="--cache DIR"` keeps the homes between calls
(2.6 GB at 1,000 brands and 12 weeks, some 11 GB at a year, which takes long to make; put it on a disk), `--brands
10,100 --weeks 12,52,104` compares others.
Run it with `make bench NAME=brand_weeks`. Targets: CPU at most 1.1 x that of 10 brands, and memory that does not grow.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.agency.brand_years import Agency, agency
from benchmarks.agency.full_house import brand_name
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.week import Week

RUNS = 30


class Desk:
    """A process that makes runs in one home when it is told to."""

    def __init__(self, house: Agency, profile: str) -> None:
        words = [sys.executable, "-m", "benchmarks.brand_weeks", "--desk", *(["--profile", profile] if profile else [])]
        environment = {**house.environment, "DAGSTER_DISABLE_TELEMETRY": "1"}
        self._process = subprocess.Popen(
            words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, words: str) -> dict[str, float]:
        """What the process says to it."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """Close it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def used() -> float:
    """CPU seconds of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def memory() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak() -> float:
    """Megabytes that this process has held at most. Its resource usage would begin with what its parent had held."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def desk(profile: str) -> None:
    """The process of one home: a line names a brand and how many weeks ahead, the answer tells what its run cost."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
    from marketing_pipeline.settings import Settings

    settings = Settings.from_environment()
    profiler = None
    with dagster_instance(settings) as instance:
        for number, line in enumerate(sys.stdin):
            if profile and number == 1:
                import cProfile

                profiler = cProfile.Profile()
                profiler.enable()
            name, ahead = line.split()
            brand = brand_name(int(name))
            week = Week.containing(SystemClock().now(), ZoneInfo("UTC")).plus(int(ahead))
            cpu, wall, before = used(), time.perf_counter(), memory()
            run_job(instance, "weekly", brand, week)
            told = {
                "cpu": used() - cpu,
                "wall": time.perf_counter() - wall,
                "grown": memory() - before,
                "peak": peak(),
            }
            answers.write(f"{json.dumps(told)}\n")
            answers.flush()
    if profiler is not None:
        profiler.dump_stats(profile)


@contextmanager
def homes(cache: Path, wanted: list[tuple[int, int]]) -> Generator[list[Agency]]:
    """A copy of each home to run in, with a sandbox that answers at once; gone afterwards."""
    with ExitStack() as stack, tempfile.TemporaryDirectory(dir=cache) as room:
        made: list[Agency] = []
        for brands, weeks in wanted:
            kept = agency(cache, brands, weeks)
            folder = Path(room) / kept.folder.name
            shutil.copytree(kept.folder, folder, symlinks=True)
            house = Agency(folder, brands, weeks)
            stack.enter_context(served(house))
            made.append(house)
        yield made


@contextmanager
def served(house: Agency) -> Generator[None]:
    """The sandbox of one home, in a process of its own."""
    from marketing_pipeline.cli.sandbox_process import sandbox_process

    os.environ.update(house.environment)
    with sandbox_process(house.settings):
        yield


def measured(houses: list[Agency], profile: str = "", runs: int = RUNS) -> list[dict[str, float]]:
    """The figures of each home, runs taken in turns."""
    desks = [Desk(house, f"{profile}.{house.brands}-{house.weeks}" if profile else "") for house in houses]
    told: list[list[dict[str, float]]] = [[] for _ in houses]
    try:
        for number in range(runs + 1):
            for place, (house, each) in enumerate(zip(houses, desks, strict=True)):
                step = max(1, house.brands // (runs + 1))
                told[place].append(each.ask(f"{number * step % house.brands} {1 + number * step // house.brands}"))
    finally:
        for each in desks:
            each.end()
    return [_summary(answers) for answers in told]


def _summary(answers: list[dict[str, float]]) -> dict[str, Any]:
    first, rest = answers[0], answers[1:]
    return {
        "first_cpu_s": first["cpu"],
        "cpu_s": statistics.mean(each["cpu"] for each in rest),
        "cpu_median_s": statistics.median(each["cpu"] for each in rest),
        "wall_s": statistics.mean(each["wall"] for each in rest),
        "grown_mb": statistics.mean(each["grown"] for each in rest[5:]),
        "peak_mb": rest[-1]["peak"],
    }


def main() -> None:
    """Print the figures of each home and their ratios to the first."""
    words = argparse.ArgumentParser()
    words.add_argument("--cache", default="")
    words.add_argument("--brands", default="10,1000")
    words.add_argument("--weeks", default="12")
    words.add_argument("--runs", type=int, default=RUNS)
    words.add_argument("--profile", default="")
    words.add_argument("--desk", action="store_true")
    asked = words.parse_args()
    if asked.desk:
        return desk(asked.profile)
    many, long = ([int(each) for each in text.split(",")] for text in (asked.brands, asked.weeks))
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(asked.cache or folder)
        cache.mkdir(parents=True, exist_ok=True)
        with homes(cache, [(brands, weeks) for brands in many for weeks in long]) as houses:
            found = measured(houses, asked.profile, asked.runs)
    figures: dict[str, float] = {}
    for house, each in zip(houses, found, strict=True):
        told = "   ".join(f"{name} {value:.2f}" for name, value in each.items())
        print(f"{house.brands:5} brands {house.weeks:4} weeks   {told}")
        figures |= {f"{name}_{house.brands}_{house.weeks}": round(value, 2) for name, value in each.items()}
    figures["ratio"] = round(found[-1]["cpu_s"] / found[0]["cpu_s"], 3)
    print(json.dumps({"benchmark": "brand_weeks", "figures": figures}))


if __name__ == "__main__":
    main()
