"""What `make demo` costs once it is installed: wall time, and the memory of all its processes at their peak.

Run it with `make bench NAME=demo`. The targets are at most 4 minutes on 2 cores and at most 1.5 GB. Memory is the sum
of the processes' proportional set sizes (shared pages counted once), read from /proc: on Linux only.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE_S = 0.5
MOST_S = 900


def family(root: int) -> set[int]:
    """The process and everything below it."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def memory_mb(root: int) -> float:
    """Memory of the family in MB now."""
    total = 0
    for process in family(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def main() -> None:
    """Run the demo once in a fresh home, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MARKETING_HOME": f"{folder}/home"}
        start, peak = time.perf_counter(), 0.0
        command = [sys.executable, "-m", "marketing_pipeline", "demo"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as demo:
            while demo.poll() is None and time.perf_counter() - start < MOST_S:
                peak = max(peak, memory_mb(demo.pid))
                time.sleep(SAMPLE_S)
            demo.terminate()
        wall = time.perf_counter() - start
    print(f"exit code {demo.returncode}   wall {wall:.0f} s   peak memory {peak:.0f} MB   cores {os.cpu_count()}")
    print(json.dumps({"benchmark": "demo", "figures": {"seconds": round(wall), "peak_mb": round(peak)}}))
    if demo.returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
