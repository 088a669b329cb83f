"""What analysts wait for, on 10 million metric rows of 1,000 brands: our views against raw DuckDB on one snapshot.

Run it with `make bench NAME=analyst_queries`. Each question is asked by three ways in turn: through
`analytics.connect()`; in the same words through a bare `duckdb.connect()`; and as the best query that we can write by
hand on the tables, which gives the same rows. `ratio` is the sum of the medians against the bare connection,
`ratio_by_hand` against the hand-written queries; the target of both is at most 1.1. Beside it: what a query of a person
or a model costs more in its own process (`bounded_ms`), the console's reader when it has the answer (`cached_p95_ms`),
and cutting the snapshot down to one brand (`brand_copy_s`).
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.agency.analyst_questions import QUESTIONS, Question
from benchmarks.agency.metric_rows import filled_home, metric_rows
from marketing_pipeline import analytics
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_snapshot import brand_snapshot
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshot_query import query_snapshot
from marketing_pipeline.store.snapshot_reader import SnapshotReader
from marketing_pipeline.store.snapshots import publish_snapshot

RUNS = 5
BRANDS, POSTS, AD_DAYS = 1_000, 1_000_000, 462
WORTH_A_WORD = 1.5
_DIGITS = 9


def milliseconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def alike(rows: list[tuple[Any, ...]]) -> list[str]:
    """Rows to compare, in any order: sums of fractions depend in their last digits on the order of the threads."""

    def told(value: Any) -> Any:
        return f"{value:.{_DIGITS}g}" if isinstance(value, (float, Decimal)) else value

    return sorted(str(tuple(map(told, row))) for row in rows)


def medians(data: analytics.Analytics, raw: duckdb.DuckDBPyConnection, question: Question) -> list[float]:
    """Milliseconds of the question by each of the three ways, after they were found to give the same rows."""

    def ours() -> Any:
        return data.sql(question.asked).fetchall()

    def bare() -> Any:
        return raw.execute(question.asked).fetchall()

    def by_hand() -> Any:
        return raw.execute(question.by_hand).fetchall()

    assert alike(ours()) == alike(bare()) == alike(by_hand()), question.asked
    taken = [[milliseconds(way) for way in (ours, bare, by_hand)] for _ in range(RUNS)]
    return [statistics.median(values) for values in zip(*taken, strict=True)]


def compared(home: Home, snapshot: Path) -> dict[str, float]:
    """Every question by each way; prints a table and returns the ratios."""
    sums, slower = [0.0, 0.0, 0.0], 0
    print("    ours      bare   by hand   ratio")
    with analytics.connect(home.root) as data, duckdb.connect(snapshot, read_only=True) as raw:
        raw.execute("SET TimeZone = 'UTC'")
        for question in QUESTIONS:
            found = medians(data, raw, question)
            sums = [total + each for total, each in zip(sums, found, strict=True)]
            ratio = found[0] / found[2]
            slower += ratio > WORTH_A_WORD
            print("".join(f"{each:8.1f}  " for each in found), f"{ratio:6.2f}  {question.asked[:90]}", flush=True)
    return {
        "ratio": round(sums[0] / sums[1], 3),
        "ratio_by_hand": round(sums[0] / sums[2], 3),
        "questions": len(QUESTIONS),
        "slower_than_by_hand": slower,
    }


def main() -> None:
    """Measure, and print a table and the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        warehouse = filled_home(home, BRANDS, POSTS, AD_DAYS)
        started = time.perf_counter()
        snapshot = publish_snapshot(warehouse)
        published = time.perf_counter() - started
        with warehouse.read() as connection:
            rows = metric_rows(connection)
        size = snapshot.stat().st_size / 1e6
        print(f"{BRANDS:,} brands, {rows:,} metric rows, {size:.0f} MB, published in {published:.1f} s")
        ratios = compared(home, snapshot)
        bounded = statistics.median(milliseconds(lambda: query_snapshot(home, "SELECT 1")) for _ in range(RUNS))
        reader, asked = SnapshotReader(home), QUESTIONS[0].asked
        reader.rows(asked)
        cached = statistics.quantiles((milliseconds(lambda: reader.rows(asked)) for _ in range(2000)), n=20)[-1]
        copy = milliseconds(lambda: brand_snapshot(home, frozenset({BrandId("b7")}))) / 1000
    figures = {
        **ratios,
        "metric_rows": rows,
        "publish_s": round(published, 1),
        "bounded_ms": round(bounded, 1),
        "cached_p95_ms": round(cached, 4),
        "brand_copy_s": round(copy, 2),
    }
    print(json.dumps({"benchmark": "analyst_queries", "figures": figures}))


if __name__ == "__main__":
    main()
