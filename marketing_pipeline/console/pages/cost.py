"""What models and pictures cost, against the cap of each brand's week."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.cost_figures import USD, agents, post_figures, spend_figures
from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.page import page
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.week import Week

# As the cap counts: a call belongs to the week in which it starts, and one of unknown cost counts what was reserved.
_THIS_WEEK = """
WITH span AS (SELECT unnest($1) AS brand, unnest($2) AS start, unnest($3) AS ends)
SELECT s.brand,
    count(c.id) AS calls,
    coalesce(sum(c.cost_micros), 0)::BIGINT AS known,
    coalesce(sum(c.reserved_micros) FILTER (c.cost_micros IS NULL AND c.outcome = 'in_flight'), 0)::BIGINT AS reserved,
    count(c.id) FILTER (c.cost_micros IS NULL AND c.outcome <> 'in_flight') AS unknown_calls,
    coalesce(sum(c.reserved_micros) FILTER (c.cost_micros IS NULL AND c.outcome <> 'in_flight'), 0)::BIGINT AS unknown
FROM span AS s
LEFT JOIN model_calls AS c ON c.brand = s.brand AND c.started_at >= s.start AND c.started_at < s.ends
GROUP BY s.brand
"""
_PICTURES = """
WITH span AS (SELECT unnest($1) AS brand, unnest($2) AS start, unnest($3) AS ends)
SELECT count(*) AS pictures, coalesce(sum(j.cost_micros), 0)::BIGINT AS known,
    count(*) FILTER (j.cost_micros IS NULL) AS unknown
FROM image_jobs AS j JOIN posts AS p ON p.id = j.post JOIN span AS s ON s.brand = p.brand
WHERE j.created_at >= s.start AND j.created_at < s.ends
"""
_PROVIDERS = "SELECT DISTINCT provider FROM model_calls WHERE brand = ANY(?) ORDER BY provider"


def cost(request: Request) -> Response:
    """The brand that was chosen, or all that the person may see together, with a table of them."""
    desk = desk_of(request)
    spans = _spans(desk)
    weeks = [_against_cap(row, desk.brands) for row in desk.rows(_THIS_WEEK, *spans).mappings()]
    pictures = desk.rows(_PICTURES, *spans).mappings()
    return page(
        request,
        "cost.html",
        title="Cost",
        usd=USD,
        weeks=sorted(weeks, key=lambda row: (-row["counted"], row["brand"])),
        total={name: sum(row[name] for row in weeks) for name in _SUMS},
        pictures=pictures[0] if pictures else None,
        spend=spend_figures(desk, desk.brand),
        posts=post_figures(desk),
        agents=agents(desk),
        providers=[provider for (provider,) in desk.rows(_PROVIDERS, desk.shown_brands).rows],
    )


_SUMS = ("calls", "known", "reserved", "unknown_calls", "unknown", "counted", "cap")


def _spans(desk: Desk) -> tuple[tuple[Any, ...], ...]:
    """Brands, and the first and the last moment of the present week of each."""
    zones = [desk.brands[name].zone for name in desk.shown_brands]
    weeks = [Week.containing(desk.now, zone) for zone in zones]
    return (
        desk.shown_brands,
        tuple(week.start(zone) for week, zone in zip(weeks, zones, strict=True)),
        tuple(week.end(zone) for week, zone in zip(weeks, zones, strict=True)),
    )


def _against_cap(row: dict[str, Any], brands: Mapping[BrandId, Brand]) -> dict[str, Any]:
    cap = round(brands[row["brand"]].policies.model_spend_per_week_usd * MICROS)
    counted = row["known"] + row["reserved"] + row["unknown"]
    return {**row, "cap": cap, "counted": counted, "share": counted / cap if cap else None}


ROUTES = (Route("/cost", cost),)
