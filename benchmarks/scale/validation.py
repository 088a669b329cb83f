"""The simulation held against real drains on this machine: 30 brands with a post each, by one worker and by four.

What the channel would take is a real sleep of so long after each claim; everything else is the product and the sandbox
over the wire. What a post costs of a core is the CPU time of the drain with one worker, sandbox included, since both
are threads of one process. On a machine that does other work the real drains come out slower than the model says.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.scale.run_queue import DuePost, Machines, RunQueue
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import Agency, open_agency

BRANDS, WAIT, WORKERS = 30, 0.5, 4


@dataclass(frozen=True)
class Drained:
    """Seconds from the start of a drain to each publish, in order."""

    ends: tuple[float, ...]
    cpu: float = 0.0
    """Seconds of a core that a post took."""

    @property
    def whole(self) -> float:
        """Until the last."""
        return max(self.ends)

    @property
    def mean(self) -> float:
        """Of all."""
        return fmean(self.ends)


def drained(workers: int) -> Drained:
    """A real drain of one post a brand, with so many workers."""
    with tempfile.TemporaryDirectory() as folder, open_agency(Path(folder), BRANDS) as agency:
        for brand in agency.brands.values():
            agency.queue(brand)
        return _timed(agency, workers)


def _timed(agency: Agency, workers: int) -> Drained:
    ends: list[float] = []
    start, used = time.perf_counter(), time.process_time()

    def slow(step: Step) -> None:
        if step is Step.CLAIMED:
            time.sleep(WAIT)
        elif step is Step.PERMALINK_STORED:
            ends.append(time.perf_counter() - start)

    agency.executor(workers=workers, on_step=slow).drain()
    return Drained(tuple(ends), (time.process_time() - used) / BRANDS)


def predicted(workers: int, cpu: float) -> Drained:
    """What the simulation says of it: the workers of one process share one core."""
    there = Machines(places=1, cores=1, drains=1, drain_workers=workers, sensor_seconds=0.01)
    return Drained(tuple(RunQueue(there).run([], [DuePost(0, cpu, WAIT)] * BRANDS).lateness))


def validate() -> str:
    """Both, side by side, as Markdown."""
    alone, four = drained(1), drained(WORKERS)
    lines = [
        f"A post takes {alone.cpu:.3f} s of a core beside the wait of {WAIT} s.\n",
        "| workers | last post, s: real | simulated | off | mean post, s: real | simulated | off |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for workers, real in ((1, alone), (WORKERS, four)):
        said = predicted(workers, alone.cpu)
        lines.append(
            f"| {workers} | {real.whole:.1f} | {said.whole:.1f} | {said.whole / real.whole - 1:+.0%}"
            f" | {real.mean:.1f} | {said.mean:.1f} | {said.mean / real.mean - 1:+.0%} |"
        )
    return "\n".join(lines)
