"""What the product makes of a creative: by its checks, by the evaluator alone, and by both as the revise loop does."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.creatives.good import Made
from benchmarks.creatives.planted import Planted
from benchmarks.creatives.spoiled import opened
from marketing_pipeline.agents.briefing import judged_brand_block, post_block
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import CheckResult, Severity
from marketing_pipeline.domain.evaluation import Bar, CreativeEvaluation, judge
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.plan import Assignment, Hook, PlannedPost, PostIdea
from marketing_pipeline.sandbox.answers.evaluation import evaluate
from marketing_pipeline.sandbox.answers.prompt import Prompt
from marketing_pipeline.studio.checks import inspect
from marketing_pipeline.studio.ocr import TextReader

ACCEPT, REVISE, REJECT = "accept", "revise", "reject"
VERDICTS = (ACCEPT, REVISE, REJECT)


def failed_checks(planted: Planted, reader: TextReader | None) -> tuple[CheckResult, ...]:
    """The checks that found something, notes left out."""
    made = planted.made
    results = inspect(made.creative, made.brief, made.house.brand, planted.recent, reader)
    return tuple(result for result in results if not result.passed and result.severity is not Severity.NOTE)


def verdict_of(failed: Sequence[CheckResult]) -> str:
    """By the checks alone."""
    severities = {result.severity for result in failed}
    return REJECT if Severity.REJECT in severities else REVISE if severities else ACCEPT


def evaluation_of(made: Made) -> CreativeEvaluation:
    """What the sandbox's rules see in the pictures. They are not shown what was measured."""
    brand = made.house.brand
    blocks = {
        "brand": judged_brand_block(brand).content,
        "post": post_block(_post(made, brand), brand).content,
        "brief": made.brief.model_dump(mode="json"),
    }
    text = "\n".join(f'<data name="{name}">\n{json.dumps(content)}\n</data>' for name, content in blocks.items())
    return evaluate(Prompt([text]), [opened(picture) for picture in made.creative.pictures])


def final_verdict(failed: Sequence[CheckResult], evaluation: CreativeEvaluation) -> str:
    """As the revise loop decides, with rejection told apart from revision by the checks."""
    judgement = judge(tuple(failed), evaluation, Bar())
    return ACCEPT if judgement.meets_bar else REJECT if verdict_of(failed) == REJECT else REVISE


def _post(made: Made, brand: Brand) -> PlannedPost:
    """A post that the brief is about."""
    brief = made.brief
    return PlannedPost(
        id=PostId("measured"),
        assignment=Assignment(
            position=1,
            slot=brand.posting.slots[0].id,
            scheduled_at=datetime(2026, 11, 16, 8, tzinfo=UTC),
            pillar=brand.pillars[0].id,
            format=brief.format,
            hook=Hook.QUESTION,
            reason="",
        ),
        idea=PostIdea(
            position=1,
            topic=brief.headline,
            angle=f"About it: {brief.headline}",
            key_message=f"About it: {brief.headline}",
            audience=brand.audiences[0].id,
            product=None,
            occasion=None,
            call_to_action="See more",
        ),
    )
