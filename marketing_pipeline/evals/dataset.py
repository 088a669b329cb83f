"""Cases run with pydantic-evals: the one place that knows the library (extra `eval`)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EvaluationReason, Evaluator, EvaluatorContext

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore
from marketing_pipeline.evals.corpus import EvalCase
from marketing_pipeline.evals.score import SHAPE, Json, Score, Suite

AT_ONCE = 4
Answering = Callable[[EvalCase], Awaitable[Json]]


@dataclass(repr=False)
class SuiteEvaluator(Evaluator[str, Json, None]):
    """All criteria of a suite as one evaluator of the library: each passes or not, with its reason."""

    suite: Suite
    cases: Mapping[str, EvalCase]
    kept: dict[str, tuple[Score, ...]]

    def evaluate(self, ctx: EvaluatorContext[str, Json, None]) -> Mapping[str, EvaluationReason]:
        """Score one answer, and keep the values beside what the library keeps."""
        case = self.cases[ctx.inputs]
        scores = tuple(self.suite.score(case.brand, case.context, ctx.output))
        self.kept[case.id] = scores
        return {score.criterion: EvaluationReason(score.passed, score.reason) for score in scores}

    def build_serialization_arguments(self) -> dict[str, Any]:
        """Nothing: the library would write all of it out anew for every case."""
        return {}


async def judged(
    suite: Suite, cases: Sequence[EvalCase], answer: Answering, trusted: frozenset[str] | None = None
) -> tuple[tuple[EvalCaseResult, ...], tuple[EvalScore, ...]]:
    """Let `answer` give an answer to each case, some at once, and score it. Who gives none scores 0.

    `trusted`: the criteria that count, the others being hints; None: all do.
    Raises RuntimeError for a scorer that failed: that is a defect of the program, not of an answer.
    """
    kept: dict[str, tuple[Score, ...]] = {}
    by_id = {case.id: case for case in cases}

    async def answered(case: str) -> Json:
        return await answer(by_id[case])

    dataset = Dataset[str, Json, None](
        name=suite.name,
        cases=[Case(name=case, inputs=case) for case in by_id],
        evaluators=[SuiteEvaluator(suite, by_id, kept)],
    )
    report = await dataset.evaluate(answered, name=suite.name, max_concurrency=AT_ONCE, progress=False)
    broken = [f"{case.name}: {failed.error_message}" for case in report.cases for failed in case.evaluator_failures]
    if broken:
        raise RuntimeError(f"A scorer of {suite.name} failed: {broken[0]}")
    scores = tuple(row for name, given in kept.items() for row in _rows(by_id[name], given, trusted))
    of_case: dict[str, list[EvalScore]] = {name: [] for name in by_id}
    for row in scores:
        of_case[row.case].append(row)
    done = tuple(
        EvalCaseResult(
            case=case.inputs, kind=by_id[case.inputs].kind, output=case.output, score=_share(of_case[case.inputs])
        )
        for case in report.cases
    )
    failed = tuple(
        EvalCaseResult(
            case=case.inputs, kind=by_id[case.inputs].kind, output=None, error=case.error_message[:600], score=0
        )
        for case in report.failures
    )
    return tuple(sorted((*done, *failed), key=lambda row: row.case)), scores


def _rows(case: EvalCase, given: Sequence[Score], trusted: frozenset[str] | None) -> list[EvalScore]:
    """What is expected of a case is what its author says. An answer without shape has no other criteria."""
    return [
        EvalScore(
            case=case.id,
            criterion=score.criterion,
            passed=score.passed,
            expected=score.criterion not in case.breaks,
            value=score.value,
            reason=score.reason,
            counted=trusted is None or score.criterion == SHAPE or score.criterion in trusted,
        )
        for score in given
    ]


def _share(rows: Sequence[EvalScore]) -> float:
    """Share of what counts that came as expected; an answer whose shape is unexpectedly wrong has none that did."""
    if any(row.criterion == SHAPE and not row.passed and row.expected for row in rows):
        return 0.0
    counted = [row for row in rows if row.counted]
    return sum(row.passed == row.expected for row in counted) / len(counted)
