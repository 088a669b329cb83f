"""A warehouse with millions of metric rows, written by SQL: what is asked of it is timed, not how it came there.

Brands lie mixed and rows in the order of their weeks, as projections and collections leave them.
"""

from typing import TYPE_CHECKING

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_schema import schema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEYWORDS = 12
"""Keywords of each ad account; a campaign and a day have one row more."""
_BRAND = "'b' || i % $brands"
_POST = f"{_BRAND} || '-' || i"
_WEEK = "(DATE '2025-01-06' + 7 * (i * 52 // $posts)::INT)::VARCHAR"
_AT = "(TIMESTAMPTZ '2025-01-06 09:00:00+00' + to_days((i * 364 // $posts)::INT))"
_AGES = "(VALUES ('1h', 1), ('24h', 24), ('72h', 72), ('7d', 168)) AS a(age, hours)"
_FILL = (
    f"""INSERT INTO posts BY NAME SELECT {_POST} AS id, {_BRAND} AS brand, {_WEEK} AS week,
        CASE WHEN i % 50 = 0 THEN 'cancelled' ELSE 'published' END AS state, 'pillar' || i % 5 AS pillar,
        ['square', 'portrait', 'carousel'][1 + i % 3] AS format, 'hook' || i % 7 AS hook, 's' || i % 5 AS slot,
        'topic ' || i % 997 AS topic, 'v' || i AS chosen_variation, 'c' || i || '-2' AS chosen_creative,
        false AS held, {_AT} AS published_at, {_AT} AS updated_at FROM range($posts) AS r(i)""",
    f"""INSERT INTO post_variations BY NAME SELECT 'v' || i AS id, {_POST} AS post, true AS chosen,
        'Print ' || i || ' and its frame' AS hook_line FROM range($posts) AS r(i)""",
    f"""INSERT INTO creatives BY NAME SELECT 'c' || i || '-' || t AS id, {_POST} AS post, 1 AS round, t AS attempt,
        t = 2 OR i % 4 = 0 AS meets_bar, 0.5 + 0.1 * t AS score, t = 2 AS chosen, '["too small"]' AS reasons,
        '{{"template": "quote"}}' AS brief, {_AT} AS created_at, '[{{"sha256": "' || md5('c' || i) || '"}}]' AS media,
        '[{{"name": "contrast", "passed": true}}, {{"name": "fill", "passed": ' || (t = 2) || '}}]' AS checks
        FROM range($posts) AS r(i), (VALUES (1), (2)) AS n(t)""",
    f"""INSERT INTO evaluations BY NAME SELECT 'e' || i || '-' || t AS id, 'c' || i || '-' || t AS creative,
        {_POST} AS post, 'craft' AS criterion, CASE t WHEN 2 THEN 'good' ELSE 'poor' END AS level,
        CASE t WHEN 2 THEN '' ELSE 'crowded' END AS defect FROM range($posts) AS r(i), (VALUES (1), (2)) AS n(t)""",
    f"""INSERT INTO insight_snapshots BY NAME SELECT {_POST} AS post, age, {_BRAND} AS brand, 'i' || i AS media_id,
        {_AT} + to_hours(hours) AS taken_at, hours AS age_hours, 1000 + hours + hash(i) % 7777 AS reach,
        2000 + hash(i) % 9999 AS views, hash(i) % 91 AS likes, hash(i) % 7 AS comments, hash(i) % 5 AS saved,
        hash(i) % 3 AS shares, 9 AS total_interactions FROM range($posts) AS r(i), {_AGES} ORDER BY i""",
    f"""INSERT INTO model_calls BY NAME SELECT 'm' || i || '-' || t AS id, {_BRAND} AS brand, {_WEEK} AS week,
        {_POST} AS post, 'copywriter' AS agent, 'sandbox' AS provider, 'model ' || t AS model, 'ok' AS outcome,
        1 AS attempt, hash(i) % 999 AS cost_micros, 500 AS input_tokens, 90 AS output_tokens,
        hash(i) % 5000 AS latency_ms FROM range($posts) AS r(i), (VALUES (1), (2)) AS n(t)""",
    """INSERT INTO plans BY NAME SELECT 'p' || b || '-' || w AS id, 'b' || b AS brand,
        (DATE '2025-01-06' + 7 * w::INT)::VARCHAR AS week, 1 AS version, 'Theme ' || w AS theme,
        '{"pillar": {"pillar0": 0.4, "pillar1": 0.6}}' AS mix FROM range(52) AS x(w), range($brands) AS r(b)""",
    """INSERT INTO strategies BY NAME SELECT 'b' || b AS brand, 'v1' AS version, now() AS created_at, '{"goals": [{"id":
        "reach", "statement": "More", "metric": "reach_per_post", "baseline": 4000, "target": 6000, "due": "2026-06-30"}
        ]}' AS content FROM range($brands) AS r(b)""",
    """INSERT INTO approvals BY NAME SELECT 'a' || n AS id, s AS sequence, 'publish_post' AS kind,
        id AS subject, brand, ['requested', 'approve', 'used'][s] AS decision, 'maria' AS actor, 'console' AS source,
        published_at + to_hours(s::INT) AS decided_at, published_at + to_days(3) AS expires_at
        FROM (SELECT *, row_number() OVER () AS n FROM posts WHERE hash(id) % 5 = 0), (VALUES (1), (2), (3)) AS d(s)""",
    """INSERT INTO ad_metrics BY NAME SELECT 'b' || b AS brand, 'c' || b AS customer_id, DATE '2025-01-06' + d::INT
        AS day, CASE k WHEN 0 THEN 'campaign' ELSE 'keyword' END AS level, b AS campaign_id, 'Prints ' || b AS campaign,
        CASE WHEN k > 0 THEN k // 4 END AS ad_group_id, CASE WHEN k > 0 THEN k END AS item_id,
        CASE WHEN k > 0 THEN 'framed print ' || k END AS item, hash(b, d, k) % 500 AS impressions,
        hash(b, d, k) % 40 AS clicks, (hash(b, d, k) % 9000) * 1000 AS cost_micros, hash(b, d, k) % 3 AS conversions,
        'GBP' AS currency FROM range($days) AS x(d), range($brands) AS r(b), range($rows_a_day) AS y(k)""",
    """INSERT INTO ad_resources BY NAME SELECT 'b' || b AS brand, 'c' || b AS customer_id, 'campaign' AS kind,
        'campaigns/' || b AS resource, 'ENABLED' AS status, 'budgets/' || b AS budget, 20000000 AS budget_micros
        FROM range($brands) AS r(b)""",
)


def fill(connection: "DuckDBPyConnection", brands: int, posts: int, ad_days: int) -> None:
    """Make every table, and fill them: 4 insight snapshots a post, and for each brand and day an account's rows."""
    connection.execute(schema())
    given = {"brands": brands, "posts": posts, "days": ad_days, "rows_a_day": KEYWORDS + 1}
    for statement in _FILL:
        connection.execute(statement, {name: value for name, value in given.items() if f"${name}" in statement})
    connection.execute(
        """INSERT INTO projection_progress BY NAME
        SELECT table_name, now() AS projected_at FROM duckdb_tables() WHERE table_name <> 'projection_progress'"""
    )


def metric_rows(connection: "DuckDBPyConnection") -> int:
    """Rows of insight snapshots and ad facts together."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM insight_snapshots) + (SELECT count(*) FROM ad_metrics)"
    ).fetchone()
    assert found is not None
    return int(found[0])


def filled_home(home: Home, brands: int, posts: int, ad_days: int) -> Warehouse:
    """The warehouse of a home, filled."""
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        fill(connection, brands, posts, ad_days)
    return warehouse
