"""The posts behind one thing that was learnt: whoever doubts an effect, or a post planned from it, looks here."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.page import page
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.learning import learnt_effect

_LEARNT = """
SELECT week, factor, level, log_effect, log_sd, posts, evidence, recommended_share FROM learnings
WHERE brand = $1 AND factor = $2 AND level = $3 AND ($4 = '' OR week <= $4) AND factor <> 'ad_change'
ORDER BY week DESC LIMIT 1
"""
_POSTS = """
SELECT post, week::DATE AS week, published_at, hook_line, topic, pillar, format, hook, slot, age, engagement, reach
FROM post_results WHERE brand = ? AND post = ANY(?) ORDER BY published_at DESC, post
"""


def evidence(request: Request) -> Response:
    """What was known of a level going into a week, the newest where none is named, and every post that it rests on."""
    desk = desk_of(request)
    if desk.brand is None:
        raise NotFound("An effect is of one brand, and none is named.", "Open it from Performance.")
    asked = request.query_params
    return page(
        request,
        "evidence.html",
        title="What it rests on",
        **_of(desk, desk.brand, asked.get("factor", ""), asked.get("level", ""), asked.get("week", "")),
    )


def _of(desk: Desk, brand: Brand, factor: str, level: str, week: str) -> dict[str, Any]:
    found = desk.rows(_LEARNT, brand.id, factor, level, week).mappings()
    if not found:
        raise NotFound(
            f"Nothing was learnt about {factor} {level} of {brand.name} by then.",
            "Performance shows what is known; the first figures come with the first measured posts.",
        )
    row = {**found[0], "evidence": json.loads(found[0]["evidence"])}
    return {
        "factor": factor,
        "learnt": learnt_effect(row),
        "week": row["week"],
        "posts": desk.rows(_POSTS, brand.id, tuple(row["evidence"])).mappings(),
    }


ROUTES = (Route("/performance/evidence", evidence),)
