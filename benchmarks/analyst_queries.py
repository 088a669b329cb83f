"""What analysts wait for: questions through `analytics.connect()` against raw DuckDB on the same snapshot, in turn.

Run it with `make bench NAME=analyst_queries`. `ratio` is the sum of the medians of both; the target is at most 1.2.
Beside it: what a query of a person or a model costs more in its own process (`bounded_ms`), the console's reader when
it has the answer (`cached_p95_ms`), and cutting a snapshot of 100 brands down to one (`brand_copy_s`).
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from marketing_pipeline import analytics
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_snapshot import brand_snapshot
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshot_query import query_snapshot
from marketing_pipeline.store.snapshot_reader import SnapshotReader
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_schema import schema

RUNS = 7
BRANDS, POSTS = 100, 50_000
QUESTIONS = (
    "SELECT * FROM weekly_summary WHERE brand = 'b7' ORDER BY week",
    "SELECT * FROM best_posts WHERE brand = 'b7' AND place <= 10 ORDER BY place",
    "SELECT factor, level, mean_engagement FROM factor_performance WHERE brand = 'b7' ORDER BY ALL",
    "SELECT * FROM evaluation_weekly WHERE brand = 'b7' ORDER BY week",
    "SELECT brand, sum(cost_usd) FROM model_cost_by_agent GROUP BY brand ORDER BY ALL",
    "SELECT week, avg(engagement) FROM post_metrics WHERE age = '7d' GROUP BY week ORDER BY week",
)
_POST = "'b' || i % {brands} || '-' || i"
_FILL = (
    f"""INSERT INTO posts BY NAME SELECT {_POST} AS id, 'b' || i % {{brands}} AS brand,
        (DATE '2025-01-06' + 7 * (i // {{brands}} // 5)::INT)::VARCHAR AS week, 'published' AS state,
        'pillar' || i % 5 AS pillar, 'square' AS format, 'hook' || i % 7 AS hook, 's' || i % 5 AS slot,
        repeat('topic ', 8) AS topic, now() AS published_at FROM range({{posts}}) AS r(i)""",
    f"""INSERT INTO creatives BY NAME SELECT 'c' || i AS id, {_POST} AS post, 1 AS round, 1 AS attempt,
        i % 4 > 0 AS meets_bar, 0.5 AS score, '[]' AS checks, '[]' AS reasons, '[]' AS media, repeat('x', 500) AS
        perceptual_hash FROM range({{posts}}) AS r(i)""",
    f"""INSERT INTO evaluations BY NAME SELECT 'e' || i AS id, 'c' || i AS creative, {_POST} AS post,
        'craft' AS criterion, 'good' AS level, '' AS defect FROM range({{posts}}) AS r(i)""",
    f"""INSERT INTO insight_snapshots BY NAME SELECT {_POST} AS post, age, 'b' || i % {{brands}} AS brand,
        168 AS age_hours, 1000 + i % 77 AS reach, i % 91 AS likes, 2 AS comments, 3 AS saved, 4 AS shares
        FROM range({{posts}}) AS r(i), (VALUES ('1h'), ('24h'), ('72h'), ('7d')) AS a(age)""",
    f"""INSERT INTO model_calls BY NAME SELECT 'm' || i AS id, 'b' || i % {{brands}} AS brand, '2025-01-06' AS week,
        {_POST} AS post, 'copywriter' AS agent, 'sandbox' AS provider, 'm' AS model, 'ok' AS outcome, 1 AS attempt,
        i % 999 AS cost_micros, i % 5000 AS latency_ms FROM range(4 * {{posts}}) AS r(i)""",
)


def published(home: Home) -> Path:
    """A snapshot with BRANDS brands and POSTS measured posts."""
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        connection.execute(schema())
        for statement in _FILL:
            connection.execute(statement.format(brands=BRANDS, posts=POSTS))
    return publish_snapshot(warehouse)


def milliseconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def ratio_to_raw(home: Home, snapshot: Path) -> float:
    """Every question both ways, in turn; prints the medians and returns the ratio of their sums."""
    sums = [0.0, 0.0]
    with analytics.connect(home.root) as data, duckdb.connect(snapshot, read_only=True) as raw:
        for question in QUESTIONS:

            def ours(question: str = question) -> object:
                return data.sql(question).fetchall()

            def theirs(question: str = question) -> object:
                return raw.execute(question).fetchall()

            assert ours() == theirs()
            taken = [(milliseconds(ours), milliseconds(theirs)) for _ in range(RUNS)]
            medians = [statistics.median(values) for values in zip(*taken, strict=True)]
            sums = [total + median for total, median in zip(sums, medians, strict=True)]
            print(f"{medians[0]:8.1f} ms   raw {medians[1]:8.1f} ms   {question[:80]}")
    return sums[0] / sums[1]


def main() -> None:
    """Measure, and print a table and the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        snapshot = published(home)
        print(f"{BRANDS} brands, {POSTS} posts, {snapshot.stat().st_size / 1e6:.0f} MB")
        ratio = ratio_to_raw(home, snapshot)
        bounded = statistics.median(milliseconds(lambda: query_snapshot(home, "SELECT 1")) for _ in range(RUNS))
        reader = SnapshotReader(home)
        reader.rows(QUESTIONS[0])
        cached = statistics.quantiles((milliseconds(lambda: reader.rows(QUESTIONS[0])) for _ in range(2000)), n=20)[-1]
        copy = milliseconds(lambda: brand_snapshot(home, frozenset({BrandId("b7")}))) / 1000
    figures = {
        "ratio": round(ratio, 3),
        "bounded_ms": round(bounded, 1),
        "cached_p95_ms": round(cached, 4),
        "brand_copy_s": round(copy, 2),
    }
    print(json.dumps({"benchmark": "analyst_queries", "figures": figures}))


if __name__ == "__main__":
    main()
