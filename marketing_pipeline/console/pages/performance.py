"""How the brands do: goals, reach and engagement by week, what works, and the best and the weakest posts."""

import json
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.goals import GoalView, goals_of
from marketing_pipeline.console.page import page
from marketing_pipeline.console.performance_figures import effect_figures, mix_figures, week_figures
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.learning import FurtherEffect, learnt_effect, told_of_further

RANKED = 5
"""Posts shown of the best and of the weakest."""
SPAN = 4
"""Whole weeks that a brand's row is about, beside as many before them."""
_BRANDS = """
SELECT
    brand,
    count(*) FILTER (week >= $2) AS posts,
    sum(reach) FILTER (week >= $2) AS reach,
    sum(reach) FILTER (week < $2) AS reach_before,
    avg(engagement) FILTER (week >= $2) AS engagement,
    avg(engagement) FILTER (week < $2) AS engagement_before
FROM post_results
WHERE brand = ANY($1) AND week >= $3 AND week < $4
GROUP BY brand
"""
_POSTS = """
SELECT post, week::DATE AS week, engagement, against_usual, reach, pillar, format, hook, topic, hook_line, picture,
    place, place > $2 AS weak
FROM best_posts WHERE brand = $1
QUALIFY place <= $2 OR place > greatest($2, max(place) OVER () - $2)
ORDER BY place
"""
_WORDS = """
SELECT factor, level, multiple, low, high, known, posts, statement, why, recommendation FROM learnings
WHERE brand = ? AND factor <> 'ad_change'
QUALIFY week = max(week) OVER () AND statement IS NOT NULL
ORDER BY known DESC, abs(log_effect) DESC, level LIMIT 12
"""
_FURTHER = """
SELECT factor, level, log_effect, log_sd, low, high, multiple, known, posts, evidence, week FROM (
    FROM learnings WHERE brand = ? AND factor <> 'ad_change' QUALIFY week = max(week) OVER ()
) WHERE factor IN ('pair', 'fatigue', 'season', 'drift') ORDER BY factor, known DESC, abs(log_effect) DESC, level
"""
_PLAN = """
SELECT week::DATE AS week, theme, rationale FROM plans WHERE brand = ? ORDER BY week DESC, version DESC LIMIT 1
"""


def performance(request: Request) -> Response:
    """One brand in full; of several a table that leads to each."""
    desk = desk_of(request)
    goals = goals_of(desk)
    if desk.brand is None:
        return page(request, "performance_brands.html", title="Performance", span=SPAN, brands=_brands(desk, goals))
    return page(request, "performance.html", title="Performance", goals=goals, **_of(desk, desk.brand))


def _of(desk: Desk, brand: Brand) -> dict[str, Any]:
    posts = desk.rows(_POSTS, brand.id, RANKED).mappings()
    plan = desk.rows(_PLAN, brand.id).mappings()
    return {
        "weeks": week_figures(desk, brand),
        "effects": effect_figures(desk, brand),
        **_further(desk, brand),
        "mix": mix_figures(desk, brand),
        "best": [post for post in posts if not post["weak"]],
        "weakest": [post for post in reversed(posts) if post["weak"]],
        "learnt": desk.rows(_WORDS, brand.id).mappings(),
        "plan": plan[0] if plan else None,
    }


def _further(desk: Desk, brand: Brand) -> dict[str, Any]:
    """What is known beside levels, in words, and the rows behind the words."""
    rows = [{**row, "evidence": json.loads(row["evidence"])} for row in desk.rows(_FURTHER, brand.id).mappings()]
    effects = [learnt_effect(row) for row in rows]
    return {
        "further": rows,
        "told": told_of_further([effect for effect in effects if isinstance(effect, FurtherEffect)]),
    }


def _brands(desk: Desk, goals: list[GoalView]) -> list[dict[str, Any]]:
    """One row a brand. The present week is left out: its posts still grow."""
    this_week = desk.now.date() - timedelta(days=desk.now.weekday())
    since, before = this_week - timedelta(weeks=SPAN), this_week - timedelta(weeks=2 * SPAN)
    found = desk.rows(_BRANDS, desk.shown_brands, str(since), str(before), str(this_week)).mappings()
    figures = {row["brand"]: row for row in found}
    return [
        {
            "brand": brand,
            "goals": [goal for goal in goals if goal.brand == name],
            "figures": figures.get(name),
            "reach_change": _change(figures.get(name), "reach"),
            "engagement_change": _change(figures.get(name), "engagement"),
        }
        for name, brand in desk.brands.items()
    ]


def _change(row: dict[str, Any] | None, name: str) -> float | None:
    if row is None or row[name] is None or not row[f"{name}_before"]:
        return None
    return float(row[name]) / float(row[f"{name}_before"]) - 1


ROUTES = (Route("/performance", performance),)
