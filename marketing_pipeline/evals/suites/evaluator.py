"""The evaluator's verdicts, held against what is known of the picture: its maker planted the defect."""

from collections.abc import Iterator, Sequence

from marketing_pipeline.agents.evaluator import each_criterion_once
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion, CriterionVerdict, Level
from marketing_pipeline.evals.score import Budget, Json, Score, Suite, found, parsed
from marketing_pipeline.evals.wording import words

LEAST_WORDS = 5
NOT_GOOD = {
    "contrast": Criterion.LEGIBILITY,
    "palette": Criterion.BRAND_FIT,
    "ground": Criterion.BRAND_FIT,
    "safe_area": Criterion.COMPOSITION,
    "acuity": Criterion.CRAFT,
}
"""By a measurement that failed, the criterion that cannot be good then (agents/prompts/evaluator.md)."""


def score(brand: Brand, context: Json, answer: Json) -> Sequence[Score]:
    """Every criterion of one answer. The situation's `truth` names a level for criteria that are known."""
    given, shape = parsed(CreativeEvaluation, answer)
    if given is None:
        return (shape,)
    verdicts = {item.criterion: item for item in given.verdicts}
    truth = {Criterion(name): Level(level) for name, level in context["truth"].items()}
    return (
        shape,
        found("complete", (item.problem for item in each_criterion_once(given))),
        found("finds_defects", _missed(verdicts, truth)),
        found("no_false_alarm", _alarms(verdicts, truth)),
        found("follows_checks", _against_checks(verdicts, context.get("failed_checks", ()))),
        found("reasons", (problem for item in given.verdicts for problem in _unreasoned(item))),
    )


def _missed(verdicts: dict[Criterion, CriterionVerdict], truth: dict[Criterion, Level]) -> Iterator[str]:
    for criterion, level in truth.items():
        told = verdicts.get(criterion)
        if level is Level.POOR and told is not None and told.level in (Level.GOOD, Level.ACCEPTABLE):
            yield f"{criterion}: the planted defect was called {told.level}"


def _alarms(verdicts: dict[Criterion, CriterionVerdict], truth: dict[Criterion, Level]) -> Iterator[str]:
    for criterion, level in truth.items():
        told = verdicts.get(criterion)
        if level is Level.GOOD and told is not None and told.level is Level.POOR:
            yield f"{criterion}: a good one was called poor"


def _against_checks(verdicts: dict[Criterion, CriterionVerdict], failed: Sequence[str]) -> Iterator[str]:
    for check in failed:
        told = verdicts.get(NOT_GOOD[check])
        if told is not None and told.level is Level.GOOD:
            yield f"{check} failed, and {told.criterion} is called good"


def _unreasoned(item: CriterionVerdict) -> Iterator[str]:
    if len(words(item.reason)) < LEAST_WORDS:
        yield f"{item.criterion}: {item.reason!r} names no element and no place"
    if item.level is Level.POOR and not item.defect:
        yield f"{item.criterion} is poor, and no defect is named"
    if item.level is Level.GOOD and item.defect:
        yield f"{item.criterion} is good, and the defect {item.defect} is named"


SUITE = Suite(
    "evaluator",
    ("shape", "complete", "finds_defects", "no_false_alarm", "follows_checks", "reasons"),
    score,
    critical=frozenset({"complete", "follows_checks"}),
    budget=Budget(usd_per_case=0.10, p95_seconds=60),
)
