"""Charts of the cost page: what models and pictures cost, by week, day, agent and post. All in US dollars."""

from datetime import timedelta
from typing import Any

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.console.links import post_url
from marketing_pipeline.console.words import in_words
from marketing_pipeline.domain.brand import Brand

USD = "USD"
WEEKS = 26
DAYS = 28
DEAREST = 10
_FAR_ABOVE = 5
"""A cap this many times above the dearest week is told in words: its line would press the bars to the ground."""
# Weeks and days are those of each brand's own time zone, as the cap counts them.
_WEEKLY = """
SELECT date_trunc('week', c.started_at AT TIME ZONE z.zone)::DATE AS week, c.agent, sum(c.cost_micros) / 1e6 AS cost,
    count(*) AS calls, count(*) FILTER (c.cost_micros IS NULL) AS unknown
FROM model_calls AS c JOIN (SELECT unnest($1) AS brand, unnest($2) AS zone) AS z ON z.brand = c.brand
WHERE c.started_at >= $3 GROUP BY ALL ORDER BY week, c.agent
"""
_DAILY = """
SELECT (c.started_at AT TIME ZONE z.zone)::DATE AS day, sum(c.cost_micros) / 1e6 AS cost, count(*) AS calls,
    count(*) FILTER (c.cost_micros IS NULL) AS unknown
FROM model_calls AS c JOIN (SELECT unnest($1) AS brand, unnest($2) AS zone) AS z ON z.brand = c.brand
WHERE c.started_at >= $3 GROUP BY ALL ORDER BY day
"""
_OF_POSTS = """
SELECT c.week::DATE AS week, avg(c.cost_micros) / 1e6 AS cost, count(c.cost_micros) AS posts,
    sum(c.calls_without_cost + c.pictures_without_cost)::BIGINT AS unknown
FROM cost_by_post AS c WHERE c.brand = ANY(?) GROUP BY c.week HAVING count(c.cost_micros) > 0
ORDER BY week DESC LIMIT ?
"""
_DEAREST = """
SELECT post, week::DATE AS week, cost_micros / 1e6 AS cost, calls, pictures,
    calls_without_cost + pictures_without_cost AS unknown
FROM cost_by_post WHERE brand = ANY(?) AND cost_micros IS NOT NULL ORDER BY cost_micros DESC, post LIMIT ?
"""
_AGENTS = """
SELECT agent, model, provider, count(*) AS calls,
    count(*) FILTER (outcome NOT IN ('ok', 'in_flight')) AS failed,
    sum(cost_micros)::BIGINT AS cost_micros,
    count(*) FILTER (cost_micros IS NULL AND outcome <> 'in_flight') AS unknown,
    sum(input_tokens)::BIGINT AS input_tokens, sum(cache_read_tokens)::BIGINT AS cache_read_tokens,
    sum(cache_write_tokens)::BIGINT AS cache_write_tokens, sum(output_tokens)::BIGINT AS output_tokens,
    median(latency_ms) / 1000 AS median_s, quantile_cont(latency_ms, 0.95) / 1000 AS p95_s
FROM model_calls WHERE brand = ANY(?) AND week >= ?
GROUP BY agent, model, provider ORDER BY cost_micros DESC NULLS LAST, agent, model LIMIT 60
"""


def spend_figures(desk: Desk, brand: Brand | None) -> tuple[Figure, ...]:
    """Known cost by week and by day. The cap stands beside one brand's weeks."""
    zones = tuple(desk.brands[name].time_zone for name in desk.shown_brands)
    midnight = desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    weekly = desk.rows(_WEEKLY, desk.shown_brands, zones, monday - timedelta(weeks=WEEKS - 1)).mappings()
    daily = desk.rows(_DAILY, desk.shown_brands, zones, midnight - timedelta(days=DAYS - 1)).mappings()
    cap = brand.policies.model_spend_per_week_usd if brand else None
    by_week = Figure(
        title="By week and agent",
        kind=Kind.STACK,
        rows=[{**row, "agent": in_words(row["agent"])} for row in weekly if row["cost"] is not None],
        x="week",
        y="cost",
        series="agent",
        unit=Unit.MONEY,
        currency=USD,
        reference=cap if cap and cap <= _FAR_ABOVE * _dearest_week(weekly) else None,
        columns={"week": "Week", "agent": "Agent", "cost": "Known cost", "calls": "Calls", "unknown": "Cost unknown"},
        source="model_calls",
        note="Known cost in the week in which the calls were made." + (f" The cap is {USD} {cap:,.2f}." if cap else ""),
        empty="No model has been asked yet.",
    )
    by_day = Figure(
        title=f"By day, the last {DAYS}",
        kind=Kind.BAR,
        rows=_each_day(daily),
        x="day",
        y="cost",
        unit=Unit.MONEY,
        currency=USD,
        columns={"day": "Day", "cost": "Known cost", "calls": "Calls", "unknown": "Cost unknown"},
        source="model_calls",
        empty=f"No model has been asked in the last {DAYS} days.",
    )
    return by_week, by_day


def _each_day(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From the first day with a call to the last; a day without one cost nothing."""
    found = {row["day"]: row for row in rows}
    if not found:
        return []
    days = (min(found) + timedelta(days=number) for number in range((max(found) - min(found)).days + 1))
    return [found.get(day, {"day": day, "cost": 0.0, "calls": 0, "unknown": 0}) for day in days]


def _dearest_week(rows: list[dict[str, Any]]) -> float:
    weeks = dict[Any, float]()
    for row in rows:
        weeks[row["week"]] = weeks.get(row["week"], 0.0) + (row["cost"] or 0.0)
    return max(weeks.values(), default=0.0)


def post_figures(desk: Desk) -> tuple[Figure, ...]:
    """What a post costs: the mean by week, and the dearest."""
    weeks = desk.rows(_OF_POSTS, desk.shown_brands, WEEKS).mappings()
    dearest = desk.rows(_DEAREST, desk.shown_brands, DEAREST).mappings()
    by_week = Figure(
        title="A post, by week",
        kind=Kind.LINE,
        rows=weeks[::-1],
        x="week",
        y="cost",
        unit=Unit.MONEY,
        currency=USD,
        columns={"week": "Week", "cost": "Mean known cost", "posts": "Posts", "unknown": "Calls of unknown cost"},
        source="cost_by_post",
        note="Model calls and pictures that were made for the post itself; planning and learning serve a whole week.",
        empty="Nothing has been paid for a single post yet.",
    )
    most = Figure(
        title="The dearest posts",
        kind=Kind.ROWS,
        rows=[{**row, "page": post_url(row["post"])} for row in dearest],
        x="cost",
        y="post",
        unit=Unit.MONEY,
        currency=USD,
        columns={
            "post": "Post",
            "cost": "Known cost",
            "calls": "Calls",
            "pictures": "Pictures",
            "unknown": "Calls of unknown cost",
        },
        links={"post": "page"},
        source="cost_by_post",
        empty="Nothing has been paid for a single post yet.",
    )
    return by_week, most


def agents(desk: Desk) -> list[dict[str, Any]]:
    """Calls, cost, tokens and latency by agent and model, over the last weeks."""
    since = (desk.now - timedelta(weeks=WEEKS)).date().isoformat()
    return desk.rows(_AGENTS, desk.shown_brands, since).mappings()
