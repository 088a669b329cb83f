"""Verdicts on creatives: anchored levels per criterion with reasons, never one number out of ten."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.creative import CheckResult, Severity


class Criterion(StrEnum):
    """What the evaluator looks at, one at a time. The anchors of each level are in agents/criteria.py."""

    LEGIBILITY = "legibility"
    COMPOSITION = "composition"
    BRAND_FIT = "brand_fit"
    MESSAGE_MATCH = "message_match"
    CRAFT = "craft"


class Level(StrEnum):
    """Three anchored levels, and an honest way out."""

    GOOD = "good"
    ACCEPTABLE = "acceptable"
    POOR = "poor"
    CANNOT_TELL = "cannot_tell"


class CriterionVerdict(BaseModel):
    """One criterion judged: the reason is written before the level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: Criterion
    reason: Annotated[str, Field(min_length=8, max_length=400)]
    defect: Annotated[
        str,
        Field(max_length=60, description="Short name of the defect seen, such as low_contrast; empty when none"),
    ] = ""
    level: Level


class CreativeEvaluation(BaseModel):
    """What the evaluator says of one creative: each criterion once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdicts: Annotated[tuple[CriterionVerdict, ...], Field(min_length=1, max_length=len(Criterion))]


class Bar(BaseModel):
    """The brand's quality bar: how many criteria may be merely acceptable; poor never passes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_acceptable: Annotated[int, Field(ge=0, le=len(Criterion))] = 2
    attempts: Annotated[int, Field(ge=1, le=6, description="Attempts at a creative before a person is asked")] = 3


_POINTS = {Level.GOOD: 1.0, Level.ACCEPTABLE: 0.6, Level.CANNOT_TELL: 0.3, Level.POOR: 0.0}


class Judgement(BaseModel):
    """Checks and verdicts put together against a bar."""

    model_config = ConfigDict(frozen=True)

    meets_bar: bool
    score: Annotated[float, Field(ge=0, le=1, description="For ranking attempts of one post only, not a quality mark")]
    reasons: tuple[str, ...]


def judge(checks: tuple[CheckResult, ...], evaluation: CreativeEvaluation, bar: Bar) -> Judgement:
    """Hold one creative against the bar.

    It passes when no check with severity reject or revise failed, no criterion is poor or left undecided, every
    criterion was judged, and at most `bar.most_acceptable` are merely acceptable. The reasons are what a revision is
    asked to mend. The score orders attempts: mean level, less a quarter for each failed check.
    """
    failed = [check for check in checks if not check.passed and check.severity is not Severity.NOTE]
    levels = {verdict.criterion: verdict for verdict in evaluation.verdicts}
    missing = [criterion for criterion in Criterion if criterion not in levels]
    weak = [verdict for verdict in levels.values() if verdict.level in (Level.POOR, Level.CANNOT_TELL)]
    acceptable = [verdict for verdict in levels.values() if verdict.level is Level.ACCEPTABLE]
    too_many = acceptable if len(acceptable) > bar.most_acceptable else []
    reasons = (
        *(f"{check.name}: {check.reason}" for check in failed),
        *(f"{verdict.criterion}: {verdict.reason}" for verdict in (*weak, *too_many)),
        *(f"{criterion}: the evaluator gave no verdict." for criterion in missing),
    )
    mean = sum(_POINTS[verdict.level] for verdict in levels.values()) / len(Criterion)
    return Judgement(meets_bar=not reasons, score=max(0.0, mean - 0.25 * len(failed)), reasons=reasons)


LEAST_GAIN = 0.05
"""Score that an attempt must gain on the best before it. The smallest step of one criterion up a level is 0.06."""
PATIENCE = 2
"""Attempts in a row without that gain after which revising is given up."""


def revising_helps(judgements: Sequence[Judgement]) -> bool:
    """Whether another attempt is worth its cost, going by the attempts so far, in their order.

    False once the last PATIENCE attempts each gained less than LEAST_GAIN on the best one before them and had no fewer
    reasons than any before: where many checks fail the score stays at 0, and mending one of them shows in the reasons.
    """
    without = 0
    best, fewest = -1.0, None
    for judgement in judgements:
        count = len(judgement.reasons)
        gained = judgement.score - best >= LEAST_GAIN or fewest is None or count < fewest
        without = 0 if gained else without + 1
        best, fewest = max(best, judgement.score), count if fewest is None else min(fewest, count)
    return without < PATIENCE
