"""What the code location costs to import, against `import dagster` alone: both in fresh processes, in turn.

Run it with `make bench NAME=import_time`. The ratio of the medians is the figure; the target is at most 1.3.
"""

import json
import statistics
import subprocess
import sys
import time

RUNS = 7
STATEMENTS = {
    "import dagster": "import dagster",
    "import the code location": "import marketing_pipeline.definitions",
}


def seconds(statement: str) -> float:
    """Wall seconds of one fresh interpreter that runs the statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure in turn, after one warm-up of each, and print a table and the figures."""
    for statement in STATEMENTS.values():
        seconds(statement)
    taken: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(RUNS):
        for name, statement in STATEMENTS.items():
            taken[name].append(seconds(statement))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, values in taken.items():
        print(f"{name:28} median {medians[name]:.2f} s   min {min(values):.2f}   max {max(values):.2f}   n={RUNS}")
    ratio = medians["import the code location"] / medians["import dagster"]
    print(json.dumps({"benchmark": "import_time", "figures": {"ratio": round(ratio, 3)}}))


if __name__ == "__main__":
    main()
