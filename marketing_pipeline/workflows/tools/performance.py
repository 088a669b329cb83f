"""How the weeks went, and what is known to work."""

from typing import Annotated, Any

from pydantic import Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import PERFORMANCE, post_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

_WEEKS = """
SELECT week, posts, published, waiting, measured, final, reach, round(mean_engagement, 1) AS mean_engagement,
       round(engagement_rate, 4) AS engagement_rate, round(model_cost_usd, 2) AS model_cost_usd
FROM weekly_summary WHERE brand = ? ORDER BY week DESC LIMIT ?"""
_BEST = """
SELECT place, post, round(engagement, 1) AS engagement, reach, pillar, format, hook
FROM best_posts WHERE brand = ? ORDER BY place LIMIT 5"""


class _Performance(Arguments):
    brand: BrandName = None
    weeks: Annotated[int, Field(ge=1, le=26, description="How many weeks back, this one included")] = 6


def _performance(context: ToolContext, asked: _Performance) -> ToolAnswer:
    brands = context.visible(asked.brand)
    told = [_of_brand(context, brand, asked.weeks) for brand in brands]
    best = [row["post"] for each in told for row in each["best_posts"][:3]]
    return ToolAnswer(
        summary=f"{asked.weeks} weeks of {', '.join(brand.id for brand in brands) or 'no brand'}",
        data={
            "brands": told,
            "how_to_read": (
                "engagement = likes + 2 x comments + 3 x saves + 4 x shares; the newest weeks still grow until all "
                "their posts are `final`; an effect is known only where its 90 % interval leaves out 1"
            ),
        },
        links=[PERFORMANCE, *map(post_link, best)],
    )


def _of_brand(context: ToolContext, brand: Brand, weeks: int) -> dict[str, Any]:
    learnt = latest_learnings(context.database, brand.brand_id)
    effects = [] if learnt is None else sorted(learnt.learnings.effects, key=lambda effect: -abs(effect.log_effect))
    return {
        "brand": brand.id,
        "this_week": context.week_of(brand).key,
        "weeks": table(context, _WEEKS, brand, weeks),
        "best_posts": table(context, _BEST, brand),
        "known_effects": [effect.sentence() for effect in effects if effect.known],
        "not_known_yet": [effect.sentence() for effect in effects if not effect.known][:6],
    }


def table(context: ToolContext, sql: str, brand: Brand, *parameters: object) -> list[dict[str, Any]]:
    """Rows of one brand on the newest snapshot, by column name. Raises MarketingError where there is no snapshot."""
    found = context.snapshot(sql, brands=frozenset({brand.brand_id}), parameters=(brand.id, *parameters))
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


PERFORMANCE_TOOL = Tool(
    name="performance",
    description=(
        "How the last weeks went (posts, reach, engagement, cost by week), the best posts, and what is known to work "
        "with 90 % intervals, beside what is not known yet. Use it for 'how did last week go', 'what works'."
    ),
    arguments=_Performance,
    run=_performance,
)
