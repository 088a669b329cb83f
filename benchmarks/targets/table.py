"""One table of all targets, met or missed, from the JSON lines that benchmarks end with; `make bench` ends with it."""

import json
import sys
from collections.abc import Iterable
from typing import NamedTuple


class Target(NamedTuple):
    """What a figure should come to: at most, or at least, so much."""

    benchmark: str
    figure: str
    bound: float
    at_least: bool = False


TARGETS = (
    Target("import_time", "ratio", 1.3),
    Target("weekly_run", "ratio", 1.2),
    Target("brand_weeks", "ratio", 1.1),
    Target("workers", "doubles", 0),
    Target("workers", "lost", 0),
    Target("workers", "console_p95_beside_ms", 150),
    Target("analyst_queries", "ratio", 1.1),
    Target("analyst_queries", "ratio_by_hand", 1.1),
    Target("snapshots", "stall_ms_per_100_mb", 250),
    Target("creative", "render_cpu_s", 1.0),
    Target("creative", "check_cpu_s", 1.0),
    Target("ads_ingest", "ratio_proto_plus", 20, at_least=True),
    Target("ads_ingest", "ratio_gaarf", 20, at_least=True),
    Target("console", "p95_ms", 150),
)


def told(lines: Iterable[str]) -> dict[tuple[str, str], float]:
    """Every figure by benchmark and name; lines that are no figures are passed over."""
    found: dict[tuple[str, str], float] = {}
    for line in lines:
        if line.startswith('{"benchmark"'):
            made = json.loads(line)
            found.update({(made["benchmark"], name): value for name, value in made["figures"].items()})
    return found


def main() -> None:
    """Print the table for what is read from standard input."""
    found = told(sys.stdin)
    for target in TARGETS:
        value = found.get((target.benchmark, target.figure))
        if value is None:
            verdict, measured = "not run", "-"
        else:
            met = value >= target.bound if target.at_least else value <= target.bound
            verdict, measured = ("met" if met else "MISSED"), f"{value:g}"
        sense = ">=" if target.at_least else "<="
        print(f"{target.benchmark:18} {target.figure:22} {measured:>10}   {sense} {target.bound:<6g} {verdict}")


if __name__ == "__main__":
    main()
