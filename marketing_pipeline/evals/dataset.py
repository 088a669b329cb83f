"""Cases run with pydantic-evals: the one place that knows the library (extra `eval`)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EvaluationReason, Evaluator, EvaluatorContext

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.evals.corpus import EvalCase
from marketing_pipeline.evals.score import SHAPE, Json, Score, Suite

AT_ONCE = 4
Answering = Callable[[EvalCase], Awaitable[Json]]


@dataclass(repr=False)
class SuiteEvaluator(Evaluator[EvalCase, Json, None]):
    """All criteria of a suite as one evaluator of the library: each passes or not, with its reason."""

    suite: Suite
    brand: Brand
    kept: dict[str, tuple[Score, ...]]

    def evaluate(self, ctx: EvaluatorContext[EvalCase, Json, None]) -> Mapping[str, EvaluationReason]:
        """Score one answer, and keep the values beside what the library keeps."""
        scores = tuple(self.suite.score(self.brand, ctx.inputs.context, ctx.output))
        self.kept[ctx.inputs.id] = scores
        return {score.criterion: EvaluationReason(score.passed, score.reason) for score in scores}


async def judged(
    suite: Suite, brand: Brand, cases: Sequence[EvalCase], answer: Answering
) -> tuple[tuple[EvalCaseResult, ...], tuple[EvalScore, ...]]:
    """Let `answer` give an answer to each case, some at once, and score it. Who gives none scores 0.

    Raises RuntimeError for a scorer that failed: that is a defect of the program, not of an answer.
    """
    kept: dict[str, tuple[Score, ...]] = {}
    dataset = Dataset[EvalCase, Json, None](
        name=suite.name,
        cases=[Case(name=case.id, inputs=case) for case in cases],
        evaluators=[SuiteEvaluator(suite, brand, kept)],
    )
    report = await dataset.evaluate(answer, name=suite.name, max_concurrency=AT_ONCE, progress=False)
    broken = [f"{case.name}: {failed.error_message}" for case in report.cases for failed in case.evaluator_failures]
    if broken:
        raise RuntimeError(f"A scorer of {suite.name} failed: {broken[0]}")
    by_id = {case.id: case for case in cases}
    scores = tuple(row for name, given in kept.items() for row in _rows(by_id[name], given))
    answered = tuple(
        EvalCaseResult(
            case=case.inputs.id,
            kind=case.inputs.kind,
            output=case.output,
            score=_share([row for row in scores if row.case == case.inputs.id]),
        )
        for case in report.cases
    )
    failed = tuple(
        EvalCaseResult(case=case.inputs.id, kind=case.inputs.kind, output=None, error=case.error_message[:600], score=0)
        for case in report.failures
    )
    return tuple(sorted((*answered, *failed), key=lambda row: row.case)), scores


def _rows(case: EvalCase, given: Sequence[Score]) -> list[EvalScore]:
    """What is expected of a case is what its author says. An answer without shape has no other criteria."""
    return [
        EvalScore(
            case=case.id,
            criterion=score.criterion,
            passed=score.passed,
            expected=score.criterion not in case.breaks,
            value=score.value,
            reason=score.reason,
        )
        for score in given
    ]


def _share(rows: Sequence[EvalScore]) -> float:
    """Share of the criteria that came as expected; an answer whose shape is unexpectedly wrong has none that did."""
    if any(row.criterion == SHAPE and not row.passed and row.expected for row in rows):
        return 0.0
    return sum(row.passed == row.expected for row in rows) / len(rows)
