"""The evaluator: looks at a rendered creative and judges one criterion after another against anchors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from marketing_pipeline.agents.briefing import brand_rules_blocks, judged_brand_block, post_block
from marketing_pipeline.agents.criteria import ANCHORS
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.creative import CheckResult, CreativeBrief
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.plan import PlannedPost

AGENT = "evaluator"
TASK = "Judge this creative: one verdict for each criterion, the reason before the level."


async def judge(
    model: LanguageModel,
    *,
    brand: Brand,
    post: PlannedPost,
    brief: CreativeBrief,
    checks: Sequence[CheckResult],
    pictures: Sequence[bytes],
    subject: CallSubject,
) -> Answered[CreativeEvaluation]:
    """Ask for a verdict on each criterion. `pictures` are the JPEGs as they would be published, in their order.

    Raises PictureUnsuitable, and ModelCallFailed and SpendCapReached as LanguageModel.ask does.
    """
    question = replace(
        opening(brand),
        blocks=(
            post_block(post, brand),
            Block("brief", brief.model_dump(mode="json")),
            Block("checks", [check.model_dump(mode="json") for check in checks]),
        ),
        task=TASK,
        pictures=pictures,
    )
    return await model.ask(question, subject=subject, brand=brand)


def opening(brand: Brand) -> Question[CreativeEvaluation]:
    """What every question about a creative of this brand begins with; the pictures come behind it."""
    return Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        lasting=(
            judged_brand_block(brand),
            Block("criteria", [{"criterion": criterion.value, **ANCHORS[criterion]} for criterion in Criterion]),
            *brand_rules_blocks(brand, AppliesTo.COPY, AppliesTo.CREATIVE),
        ),
        blocks=(),
        task="",
        answer=CreativeEvaluation,
        check=each_criterion_once,
    )


def each_criterion_once(evaluation: CreativeEvaluation) -> tuple[Violation, ...]:
    """A criterion left out or judged twice is a broken rule."""
    given = Counter(verdict.criterion for verdict in evaluation.verdicts)
    return tuple(
        Violation(
            rule="each_criterion_once",
            where="verdicts",
            problem=f"{criterion} has {given[criterion]} verdicts; give one",
        )
        for criterion in Criterion
        if given[criterion] != 1
    )
