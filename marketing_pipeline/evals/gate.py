"""The gate: a run held against its baseline in quality, in what must never get worse, in cost, time and steadiness."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from marketing_pipeline.domain.agent_evaluation import (
    Comparison,
    EvalCaseResult,
    EvalScore,
    Split,
    Standing,
    situation_of,
    split_of,
)
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.evals.baseline import Baseline, missed
from marketing_pipeline.evals.bootstrap import mean_interval, percentile
from marketing_pipeline.evals.score import Suite

LEAST_SITUATIONS = 8
"""Situations from which a change of what models say can be told from chance at all."""
EPSILON = 0.05
"""A fall of the score that is put up with: a run passes when the lower end of the change lies above minus this."""
MOST_TIMES = 1.25
"""Cost and time of a case against the baseline's."""
LEAST_SLOWER_MS = 1000.0
"""A slower answer is not called slower for less than this."""
_ROUNDED = 1e-4
"""Baselines are kept to four places."""
_ROUNDED_USD = 1e-6
Pair = tuple[str, str]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Evidence:
    """The cases and scores of a run over agents."""

    cases: Sequence[EvalCaseResult]
    scores: Sequence[EvalScore]


@dataclass(frozen=True)
class Gate:
    """How a run stands, why it fails, and what there was too little of to tell."""

    comparison: Comparison
    failures: tuple[str, ...] = ()
    too_few: tuple[str, ...] = ()


def corpus_gate(now: Evidence, before: Baseline | None) -> Gate:
    """A corpus against its baseline. Nothing is drawn: the same answers are scored again, and every change is one.

    It fails where a case of either half scores lower, has gone, or is newly missed by a criterion; the change that is
    told is the mean over the held-out half.
    """
    if before is None:
        return Gate(Comparison())
    scores, wrong = {case.case: case.score for case in now.cases}, missed(now.scores)
    failures = [
        f"{case}: {scores.get(case, 0.0):.3f}, was {score:.3f}"
        for case, score in before.cases.items()
        if scores.get(case, 0.0) < score - _ROUNDED
    ]
    for case, criteria in wrong.items():
        new = [name for name in criteria if name not in before.missed.get(case, ())]
        if new and case in before.cases:
            failures.append(f"{case}: {', '.join(new)} no longer as labelled")
    held_out = {case: score for case, score in before.cases.items() if split_of(case) is Split.HELD_OUT}
    change = _mean([scores.get(case, 0.0) - score for case, score in held_out.items()])
    standing = Standing.BELOW if failures else Standing.BETTER if change > _ROUNDED else Standing.AS_BEFORE
    return Gate(_compared(standing, before.score, change, change, change), tuple(failures))


def live_gate(suite: Suite, now: Evidence, before: Evidence | None) -> Gate:
    """A run over agents against the home's baseline of the same suite and provider, both over held-out situations.

    Situations are what is drawn anew for the interval, since tries of one situation are alike. Without a baseline only
    the suite's budget is looked at. A situation that has gone scores 0.
    """
    over = _over_budget(suite, now)
    if before is None:
        return Gate(Comparison(), over)
    changes = _changes(now, before)
    low, high = mean_interval(changes)
    failures = (
        *(("the score fell",) if high < -_ROUNDED else ()),
        *_worse(suite, now, before),
        *_dearer(now, before),
        *_less_steady(now, before),
        *over,
    )
    too_few = tuple(_too_few(changes, low, now, before))
    start = _mean(list(_by_situation(before).values()))
    standing = _standing(failures, too_few, low)
    return Gate(_compared(standing, start, _mean(changes), low, high), failures, too_few)


def _standing(failures: Sequence[str], too_few: Sequence[str], low: float) -> Standing:
    if failures:
        return Standing.BELOW
    if too_few:
        return Standing.TOO_FEW
    return Standing.BETTER if low > _ROUNDED else Standing.AS_BEFORE


def _too_few(changes: Sequence[float], low: float, now: Evidence, before: Evidence) -> Iterable[str]:
    if len(changes) < LEAST_SITUATIONS:
        yield f"{len(changes)} situations of at least {LEAST_SITUATIONS}"
    elif low <= -EPSILON:
        yield f"a fall of {-low:.3f} cannot be ruled out; {EPSILON} is put up with"
    if not (_flips(now) and _flips(before)):
        yield "nothing was asked twice, so that nobody knows how often an answer flips; --repeat 2 asks twice"


def _changes(now: Evidence, before: Evidence) -> list[float]:
    ours = _by_situation(now)
    return [ours.get(situation, 0.0) - score for situation, score in _by_situation(before).items()]


def _by_situation(run: Evidence) -> Mapping[str, float]:
    return {name: _mean(rows) for name, rows in _grouped(run.cases, lambda case: situation_of(case.case), _score)}


def _score(case: EvalCaseResult) -> float:
    return case.score


def _worse(suite: Suite, now: Evidence, before: Evidence) -> tuple[str, ...]:
    """Critical criteria that are offended more often in a situation than before. No answer offends every one."""
    ours, theirs = _offended(suite, now), _offended(suite, before)
    return tuple(
        f"{pair[1]} is offended in {pair[0]}: {share:.0%} of the tries, was {theirs.get(pair, 0.0):.0%}"
        for pair, share in ours.items()
        if share > theirs.get(pair, 0.0)
    )


def _offended(suite: Suite, run: Evidence) -> dict[Pair, float]:
    counted = [row for row in run.scores if row.counted and row.criterion in suite.critical]
    marks = [((situation_of(row.case), row.criterion), not row.passed) for row in counted]
    silent = [situation_of(case.case) for case in run.cases if case.output is None]
    marks += [((situation, criterion), True) for situation in silent for criterion in sorted(suite.critical)]
    return {pair: _mean(rows) for pair, rows in _grouped(marks, lambda mark: mark[0], lambda mark: float(mark[1]))}


def _dearer(now: Evidence, before: Evidence) -> Iterable[str]:
    ours, theirs = _cost(now), _cost(before)
    if ours is not None and theirs and ours > MOST_TIMES * theirs + _ROUNDED_USD:
        yield f"a case costs {ours:.4f} USD, was {theirs:.4f}; {MOST_TIMES} times that is put up with"
    late, early = _p95(now), _p95(before)
    if late is not None and early and late > max(MOST_TIMES * early, early + LEAST_SLOWER_MS):
        yield f"p95 is {late:,.0f} ms, was {early:,.0f}; {MOST_TIMES} times that is put up with"


def _over_budget(suite: Suite, now: Evidence) -> tuple[str, ...]:
    cost, late = _cost(now), _p95(now)
    told: list[str] = []
    if cost is not None and cost > suite.budget.usd_per_case:
        told.append(f"a case costs {cost:.4f} USD of at most {suite.budget.usd_per_case:.2f}")
    if late is not None and late > suite.budget.p95_seconds * 1000:
        told.append(f"p95 is {late:,.0f} ms of at most {suite.budget.p95_seconds * 1000:,.0f}")
    return tuple(told)


def _cost(run: Evidence) -> float | None:
    """Mean USD of a case; None where no call was made."""
    costs = [case.cost_micros / MICROS for case in run.cases if case.cost_micros is not None]
    return _mean(costs) if costs else None


def _p95(run: Evidence) -> float | None:
    return percentile([case.latency_ms for case in run.cases if case.latency_ms is not None], 95)


def _less_steady(now: Evidence, before: Evidence) -> Iterable[str]:
    ours, theirs = _flips(now), _flips(before)
    both = [situation for situation in theirs if situation in ours]
    if not both:
        return
    low, _ = mean_interval([ours[situation] - theirs[situation] for situation in both])
    if low > _ROUNDED:
        told, was = (_mean([flips[situation] for situation in both]) for flips in (ours, theirs))
        yield f"{told:.0%} of the verdicts flip from try to try, was {was:.0%}"


def flip_rate(run: Evidence) -> float | None:
    """Share of the verdicts that differ between tries of one situation; None where nothing was asked twice."""
    flips = _flips(run)
    return _mean(list(flips.values())) if flips else None


def _flips(run: Evidence) -> dict[str, float]:
    """By situation that was tried more than once, the share of its counted criteria whose verdict differed."""
    marks = [((situation_of(row.case), row.criterion), row.passed) for row in run.scores if row.counted]
    grouped = _grouped(marks, lambda mark: mark[0], lambda mark: mark[1])
    told = [(situation, len(set(rows)) > 1) for (situation, _), rows in grouped if len(rows) > 1]
    return {name: _mean(rows) for name, rows in _grouped(told, lambda row: row[0], lambda row: float(row[1]))}


Row = TypeVar("Row")
Value = TypeVar("Value")


def _grouped(
    rows: Iterable[Row], key: Callable[[Row], Key], value: Callable[[Row], Value]
) -> Iterable[tuple[Key, list[Value]]]:
    groups: defaultdict[Key, list[Value]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(value(row))
    return groups.items()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _compared(standing: Standing, before: float, change: float, low: float, high: float) -> Comparison:
    return Comparison(standing=standing, before=before, change=change, low=low, high=high)
