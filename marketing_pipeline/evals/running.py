"""One run of one suite: cases answered and scored, cost and time beside the score, held against the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketing_pipeline.agents.prompt import load_prompt
from marketing_pipeline.domain.agent_evaluation import CORPUS, EvalCaseResult, EvalRun, EvalScore, Split, split_of
from marketing_pipeline.domain.model_call import ModelCall
from marketing_pipeline.evals.baseline import Baseline
from marketing_pipeline.evals.bootstrap import mean_interval, percentile
from marketing_pipeline.evals.corpus import Corpus, EvalCase
from marketing_pipeline.evals.gate import Evidence, Gate, corpus_gate
from marketing_pipeline.evals.rubric import rubric_sha256
from marketing_pipeline.evals.score import Json, Suite


@dataclass(frozen=True)
class SuiteResult:
    """A run with its cases and scores, and what the gate says of it."""

    run: EvalRun
    cases: tuple[EvalCaseResult, ...]
    scores: tuple[EvalScore, ...]
    gate: Gate


@dataclass(frozen=True)
class Origin:
    """Where a run's answers come from."""

    id: str
    started_at: datetime
    provider: str = CORPUS
    model: str = ""
    brand: str | None = None


async def over_corpus(suite: Suite, corpus: Corpus, origin: Origin, before: Baseline | None) -> SuiteResult:
    """Score the corpus' own answers. No model is asked: it measures scorers and gate. Needs the extra `eval`."""
    from marketing_pipeline.evals.dataset import judged

    async def answer(case: EvalCase) -> Json:
        return case.output

    cases, scores = await judged(suite, corpus.cases, answer)
    gate = corpus_gate(Evidence(cases, scores), before)
    return SuiteResult(told(suite, corpus, origin, cases, gate), cases, scores, gate)


def told(
    suite: Suite,
    corpus: Corpus,
    origin: Origin,
    cases: Sequence[EvalCaseResult],
    gate: Gate,
    calls: Sequence[ModelCall] = (),
    split: Split = Split.HELD_OUT,
) -> EvalRun:
    """What a run comes to, by its cases of one half alone; only the held-out half is ever stored.

    `calls` are those that were made for it, a judge's included.
    """
    counted = [case for case in cases if split_of(case.case) is split]
    scores = [case.score for case in counted]
    low, high = mean_interval(scores)
    latencies = [case.latency_ms for case in counted if case.latency_ms is not None]
    return EvalRun(
        id=origin.id,
        suite=suite.name,
        provider=origin.provider,
        model=origin.model,
        prompt_sha256=load_prompt(suite.name).sha256,
        rubric_sha256=rubric_sha256(),
        corpus_sha256=corpus.sha256,
        brand=origin.brand,
        cases=len(counted),
        failed=sum(case.output is None for case in counted),
        score=sum(scores) / len(scores),
        low=low,
        high=high,
        calls=len(calls),
        cost_micros=sum(map(cost_of, calls)) if calls else None,
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        comparison=gate.comparison,
        started_at=origin.started_at,
    )


def with_calls(case: EvalCaseResult, calls: Sequence[ModelCall]) -> EvalCaseResult:
    """A case with the cost and time of the calls that it made, repairs included."""
    return case.model_copy(
        update={
            "cost_micros": sum(map(cost_of, calls)) if calls else None,
            "latency_ms": sum(call.latency_ms or 0.0 for call in calls) if calls else None,
        }
    )


def cost_of(call: ModelCall) -> int:
    """USD micros of a call; what was reserved for it where its cost is not known."""
    return call.reserved_micros if call.cost_micros is None else call.cost_micros
