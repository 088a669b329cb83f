"""How good the creatives come out, week by week, and whether people agree with the bar."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.page import page
from marketing_pipeline.console.quality_figures import design_figures, designs, failure_figures, level_figures
from marketing_pipeline.console.quality_suites import changed_between, criteria_beside, runs_beside
from marketing_pipeline.console.words import in_words

FEWEST_DECISIONS = 30
"""Decisions of people from which a share of agreement says anything: below, its 90 % interval spans about 30 points."""
_PROVIDERS = "SELECT DISTINCT provider FROM model_calls WHERE agent = 'evaluator' AND brand = ANY(?) ORDER BY provider"
_AGREEMENT = """
SELECT sum(decisions)::BIGINT AS decisions, sum(both_yes)::BIGINT AS both_yes, sum(both_no)::BIGINT AS both_no,
    sum(only_bar_yes)::BIGINT AS only_bar_yes, sum(only_person_yes)::BIGINT AS only_person_yes
FROM human_agreement WHERE brand = ANY(?)
"""
_AGENTS = """
SELECT suite, provider, model, prompt_sha256, cases, failed, score, low, high, before, change, standing,
    cost_micros / 1e6 AS cost_usd, p95_ms / 1000 AS p95_s, started_at
FROM eval_runs WHERE brand IS NULL OR brand = ANY(?)
QUALIFY row_number() OVER (PARTITION BY suite, provider ORDER BY started_at DESC, id) = 1
ORDER BY list_position(['anthropic', 'corpus', 'sandbox'], provider), suite
"""
_BRANDS = """
SELECT brand, sum(designs)::BIGINT AS designs, sum(first_pass_rate * designs) / sum(designs) AS first_pass_rate,
    sum(share_meeting_bar * designs) / sum(designs) AS share_meeting_bar,
    sum(mean_attempts * designs) / sum(designs) AS mean_attempts
FROM evaluation_weekly WHERE brand = ANY(?) GROUP BY brand
"""


def quality(request: Request) -> Response:
    """The brand that was chosen, or all that the person may see together, with a table of them."""
    desk = desk_of(request)
    weeks = designs(desk)
    return page(
        request,
        "quality.html",
        title="Quality",
        designs=design_figures(weeks),
        newest=weeks[-1] if weeks else None,
        levels=level_figures(desk),
        failures=failure_figures(desk),
        agreement=_agreement(desk),
        agents=desk.rows(_AGENTS, desk.shown_brands).mappings(),
        unseen=desk.place.evals.never_evaluated(),
        fewest=FEWEST_DECISIONS,
        providers=[provider for (provider,) in desk.rows(_PROVIDERS, desk.shown_brands).rows],
        by_brand={} if desk.brand else {row["brand"]: row for row in desk.rows(_BRANDS, desk.shown_brands).mappings()},
    )


def _agreement(desk: Desk) -> dict[str, Any] | None:
    """Counts of people's decisions beside the bar; None before the first."""
    found = desk.rows(_AGREEMENT, desk.shown_brands).mappings()
    if not found or not found[0]["decisions"]:
        return None
    counts = found[0]
    return {**counts, "share": (counts["both_yes"] + counts["both_no"]) / counts["decisions"]}


def suite(request: Request) -> Response:
    """The newest runs of one suite side by side, of one provider: what changed between them, and what came of it."""
    desk, name = desk_of(request), request.path_params["suite"]
    [found] = desk.place.evals.suites(name)
    provider = request.query_params.get("provider", "")
    runs = runs_beside(desk, found.name, provider)
    return page(
        request,
        "suite.html",
        title=f"Suite of the {in_words(found.name)}",
        suite=found,
        provider=runs[0]["provider"] if runs else provider,
        runs=runs,
        criteria=criteria_beside(desk, runs),
        changed=changed_between(runs),
        unseen=found.name in desk.place.evals.never_evaluated(),
    )


ROUTES = (Route("/quality", quality), Route("/quality/suites/{suite}", suite))
