"""What one brand-week costs: rows, bytes, transactions, runs, calls, tokens and CPU, measured in the sandbox.

Two fresh homes live through one and through two weeks of the shipped brand, by the jobs that do it in real life; the
difference, by the week, is what one more week costs. Run it with `make bench NAME=unit_costs`; with
`ARGS=--keep` the figures are kept for `benchmarks/scale_sums.py` and `benchmarks/scale_simulation.py`.
"""

import json
import os
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale.unit_costs import RunCost, UnitCosts, keep
from marketing_pipeline.store.tables import metadata

WEEKS = (1, 2)
BRAND = "upscale_print"
COUNTS = "counts.json"
ADS_RUNS = 7
"""The ad account is read once a day; the story reads it less often."""


def tell(weeks: int) -> None:
    """Live through so many weeks in this process, counting; leaves the counts in the home."""
    import httpx
    from sqlalchemy import Engine, event

    from marketing_pipeline.cli import main

    counts = Counter[str]()
    send = httpx.HTTPTransport.handle_request

    def sent(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        counts[f"calls {request.url.path.split('/')[1]}"] += 1
        return send(self, request)

    def executed(_: Any, __: Any, statement: str, *___: Any) -> None:
        counts["writes"] += statement.startswith("BEGIN IMMEDIATE")

    httpx.HTTPTransport.handle_request = sent
    event.listen(Engine, "before_cursor_execute", executed)
    _count_ads(counts)
    try:
        main(["demo", "--brand", BRAND, "--weeks", str(weeks)])
    except SystemExit as end:  # the command line ends its process, done or not
        if end.code:
            raise
    used = resource.getrusage(resource.RUSAGE_SELF)
    content = json.dumps({**counts, "cpu": used.ru_utime + used.ru_stime})
    (Path(os.environ["MARKETING_HOME"]) / COUNTS).write_text(content, encoding="utf-8")


def _count_ads(counts: Counter[str]) -> None:
    """Count each use of the Google Ads API: one search or one change is one operation."""
    from marketing_pipeline.channels.google_ads.connection import AdsConnection

    failures = AdsConnection.failures

    def counted(self: AdsConnection) -> Any:
        counts["ads"] += 1
        return failures(self)

    AdsConnection.failures = counted


def measured(home: Path, weeks: int) -> dict[str, Any]:
    """Everything countable of a fresh home after so many weeks."""
    environment = {**os.environ, "MARKETING_HOME": str(home)}
    command = [sys.executable, "-m", "benchmarks.unit_costs", "--tell", str(weeks)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    counts: dict[str, float] = json.loads((home / COUNTS).read_text(encoding="utf-8"))
    warehouse = home / "warehouse" / "warehouse.duckdb"
    return {
        **counts,
        **_control_plane(home / "control_plane.sqlite"),
        "dagster": _dagster(home / "dagster"),
        "warehouse_bytes": warehouse.stat().st_size,
        "media_bytes": sum(file.stat().st_size for file in (home / "media").rglob("*") if file.is_file()),
        "media_files": sum(file.is_file() for file in (home / "media").rglob("*")),
    }


def _control_plane(file: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(file)) as connection:

        def one(query: str) -> float:
            return float(connection.execute(query).fetchone()[0] or 0)

        connection.execute("VACUUM")
        tokens = {
            name: one(f"SELECT sum({column}) FROM model_calls")
            for name, column in (
                ("input_tokens", "input_tokens + cache_write_tokens"),
                ("cached_tokens", "cache_read_tokens"),
                ("output_tokens", "output_tokens"),
            )
        }
        return {
            "rows": {name: one(f"SELECT count(*) FROM {name}") for name in metadata.tables},
            "control_plane_bytes": one("PRAGMA page_count") * one("PRAGMA page_size"),
            "posts": one("SELECT count(*) FROM posts"),
            "model_calls": one("SELECT count(*) FROM model_calls"),
            "image_jobs": one("SELECT count(*) FROM image_jobs"),
            **tokens,
        }


def _dagster(folder: Path) -> dict[str, dict[str, float]]:
    """By job: runs, events, bytes of their event logs, and seconds."""
    found: dict[str, Counter[str]] = {}
    with closing(sqlite3.connect(folder / "history" / "runs.db")) as connection:
        runs = connection.execute("SELECT run_id, pipeline_name, end_time - start_time FROM runs").fetchall()
    for run, job, seconds in runs:
        log = folder / "history" / "runs" / f"{run}.db"
        with closing(sqlite3.connect(log)) as connection:
            [events] = connection.execute("SELECT count(*) FROM event_logs").fetchone()
        figures = found.setdefault(job, Counter[str]())
        figures.update({"runs": 1, "events": events, "bytes": log.stat().st_size, "seconds": seconds or 0})
    return {job: dict(figures) for job, figures in found.items()}


def start_cpu() -> float:
    """CPU seconds of a process that loads the code location and a run's heavier libraries, before its first step."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    loads = (
        "from marketing_pipeline.definitions import defs; defs.resolve_job_def('weekly'); import anthropic, PIL.Image"
    )
    subprocess.run([sys.executable, "-c", loads], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)


def difference(fewer: Mapping[str, Any], more: Mapping[str, Any], weeks: int) -> UnitCosts:
    """What one more week costs."""

    def each(name: str) -> float:
        return round((more.get(name, 0) - fewer.get(name, 0)) / weeks, 3)

    rows = {name: (count - fewer["rows"][name]) / weeks for name, count in more["rows"].items()}
    jobs: dict[str, RunCost] = {}
    for job, figures in more["dagster"].items():
        before = fewer["dagster"].get(job, {})
        jobs[job] = RunCost(
            runs_per_brand_week=(figures["runs"] - before.get("runs", 0)) / weeks,
            events_per_run=round(figures["events"] / figures["runs"], 1),
            bytes_per_run=round(figures["bytes"] / figures["runs"]),
            seconds_per_run=round(figures["seconds"] / figures["runs"], 2),
        )
    ads = more["dagster"].get("daily_ads", {}).get("runs", 0)
    if ads:
        jobs["daily_ads"] = jobs["daily_ads"].model_copy(update={"runs_per_brand_week": ADS_RUNS})
    return UnitCosts(
        start_cpu_seconds=start_cpu(),
        measured_on=f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores",
        weeks=WEEKS,
        cpu_seconds=each("cpu"),
        commits=each("writes"),
        control_plane_rows={name: count for name, count in rows.items() if count},
        dagster=jobs,
        instagram_calls=each("calls instagram"),
        ads_calls=round(ADS_RUNS * more.get("ads", 0) / ads, 1) if ads else 0,
        **{
            name: each(name)
            for name in (
                *("posts", "control_plane_bytes", "warehouse_bytes", "media_bytes", "media_files"),
                *("model_calls", "input_tokens", "cached_tokens", "output_tokens", "image_jobs"),
            )
        },
    )


def main() -> None:
    """Measure both homes and print what one more week costs."""
    with tempfile.TemporaryDirectory() as folder:
        fewer, more = (measured(Path(folder) / str(weeks), weeks) for weeks in WEEKS)
    costs = difference(fewer, more, WEEKS[1] - WEEKS[0])
    if "--keep" in sys.argv:
        keep(costs)
    print(costs.model_dump_json(indent=1))


if __name__ == "__main__":
    if "--tell" in sys.argv:
        tell(int(sys.argv[-1]))
    else:
        main()
