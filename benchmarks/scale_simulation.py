"""How long runs and posts wait when many brands share machines: a planning day, simulated.

Every brand plans on the same day, at nine of its own time. Costs are those that `unit_costs` measured, provider
latencies are the assumed ones of `benchmarks/scale/world.py`. Run it with `make bench NAME=scale_simulation`; the
tables stand in docs/scale.md. `ARGS=--validate` runs real drains on this machine and says how far off the model is.
"""

import math
import sys
import time
from collections.abc import Sequence

from benchmarks.scale.run_queue import Machines, Outcome, RunQueue
from benchmarks.scale.unit_costs import UnitCosts, kept
from benchmarks.scale.world import Day

PLACES_A_MACHINE, CORES_A_MACHINE = 4, 2
"""As shipped, on the machine that the unit costs were measured on."""
SIZES = ((1_000, (1, 2, 4)), (10_000, (8, 16)))
POST_CPU = 0.15
"""CPU seconds of one publish; `make bench NAME=publish_path` measures it."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lies; 0 without any."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else 0.0


def machines_of(count: int, costs: UnitCosts, *, drains: int = 2, workers: int = 4) -> Machines:
    """So many machines as shipped: four places and two cores each, two runs a brand being no limit here."""
    return Machines(
        places=PLACES_A_MACHINE * count,
        cores=CORES_A_MACHINE * count,
        drains=drains,
        drain_workers=workers,
        start_cpu=costs.start_cpu_seconds,
    )


def simulated(brands: int, there: Machines, costs: UnitCosts) -> Outcome:
    """The planning day of so many brands."""
    day = Day(brands, costs.posts)
    return RunQueue(there).run(day.jobs(costs), day.posts(POST_CPU))


def spread(values: Sequence[float]) -> str:
    """p50, p95 and the most, in minutes."""
    return " | ".join(f"{percentile(values, share) / 60:,.1f}" for share in (0.5, 0.95, 1.0))


def table(costs: UnitCosts) -> str:
    """The waits of all sizes, as Markdown. Minutes."""
    lines = [
        "| brands | machines | drains x workers | weekly waits p50 | p95 | most | metrics p50 | p95 | most"
        " | post late p50 | p95 | most | places busy | cores busy |",
        "|" + "---:|" * 14,
    ]
    for brands, counts in SIZES:
        for count, (drains, workers) in [*((count, (2, 4)) for count in counts), (counts[-1], (2, 1))]:
            there = machines_of(count, costs, drains=drains, workers=workers)
            out = simulated(brands, there, costs)
            busy = out.busy_place_seconds / there.places / out.ended_at
            cores = out.busy_core_seconds / there.cores / out.ended_at
            lines.append(
                f"| {brands:,} | {count} | {drains} x {workers} | {spread(out.waits['weekly'])}"
                f" | {spread(out.waits['metrics'])} | {spread(out.lateness)} | {busy:.0%} | {cores:.0%} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Print the table, and with --validate how far the model is off on this machine."""
    if "--validate" in sys.argv:
        from benchmarks.scale.validation import validate

        print(validate())
        return
    start = time.perf_counter()
    print(table(kept()))
    print(f"\nSimulated in {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
