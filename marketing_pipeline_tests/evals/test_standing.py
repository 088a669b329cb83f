"""How a run stands against its baseline: the score, what must never get worse, cost, time and steadiness."""

from collections.abc import Mapping, Sequence

import pytest

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore, Standing
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.evals.baseline import Baseline
from marketing_pipeline.evals.gate import EPSILON, Evidence, corpus_gate, flip_rate, live_gate
from marketing_pipeline.evals.score import Budget, Json, Score, Suite


def unscored(brand: Brand, context: Json, answer: Json) -> Sequence[Score]:
    raise AssertionError(f"the gate scores nothing: {brand.id}, {context}, {answer}")


SUITE = Suite(
    "poet", ("shape", "rhyme", "truth"), unscored, frozenset({"truth"}), Budget(usd_per_case=0.10, p95_seconds=60)
)
SITUATIONS = 10
TRIES = 3


def asked(
    *,
    score: Mapping[int, float] | None = None,
    offended: Sequence[tuple[int, int, str]] = (),
    silent: Sequence[tuple[int, int]] = (),
    cost: int = 10_000,
    ms: float = 4000,
    situations: int = SITUATIONS,
    tries: int = TRIES,
) -> Evidence:
    """A run in which all is well but what is named: scores by situation, offences, and calls without an answer."""
    pairs = [(number, attempt) for number in range(situations) for attempt in range(tries)]
    cases = [
        EvalCaseResult(
            case=f"held/s{number}#{attempt}",
            kind="live",
            output=None if (number, attempt) in silent else {},
            score=0.0 if (number, attempt) in silent else (score or {}).get(number, 1.0),
            cost_micros=cost,
            latency_ms=ms,
        )
        for number, attempt in pairs
    ]
    scores = [
        EvalScore(
            case=f"held/s{number}#{attempt}",
            criterion=criterion,
            passed=(number, attempt, criterion) not in offended,
            expected=True,
            value=1.0,
        )
        for number, attempt in pairs
        for criterion in ("rhyme", "truth")
        if (number, attempt) not in silent
    ]
    return Evidence(cases, scores)


def standing(now: Evidence, before: Evidence | None = None) -> tuple[Standing, str]:
    gate = live_gate(SUITE, now, before or asked())
    return gate.comparison.standing, "; ".join((*gate.failures, *gate.too_few))


def all_of(value: float) -> dict[int, float]:
    return dict.fromkeys(range(SITUATIONS), value)


@pytest.mark.parametrize(
    ("now", "is_", "why"),
    [
        (asked(), Standing.AS_BEFORE, ""),
        (asked(score=all_of(0.7)), Standing.BELOW, "the score fell"),
        (asked(score={0: 0.0, 1: 0.4}), Standing.TOO_FEW, "cannot be ruled out"),
        (asked(score={0: 0.95}), Standing.AS_BEFORE, ""),
        (asked(offended=[(3, 0, "truth")]), Standing.BELOW, "truth is offended in held/s3: 33% of the tries, was 0%"),
        (asked(offended=[(3, 0, "rhyme")]), Standing.AS_BEFORE, ""),
        (asked(silent=[(3, 0)]), Standing.BELOW, "truth is offended in held/s3"),
        (asked(cost=12_500), Standing.AS_BEFORE, ""),
        (asked(cost=12_600), Standing.BELOW, "a case costs 0.0126 USD, was 0.0100"),
        (asked(ms=5000), Standing.AS_BEFORE, ""),
        (asked(ms=5100), Standing.BELOW, "p95 is 5,100 ms, was 4,000"),
        (asked(tries=1), Standing.TOO_FEW, "nothing was asked twice"),
        (asked(situations=9), Standing.TOO_FEW, "cannot be ruled out"),
        (asked(situations=2), Standing.BELOW, "the score fell"),
    ],
)
def test_one_thing_that_got_worse_fails_or_cannot_be_told(now: Evidence, is_: Standing, why: str) -> None:
    found, told = standing(now)
    assert found is is_, told
    assert why in told and bool(told) is (is_ in (Standing.BELOW, Standing.TOO_FEW))


def test_what_was_as_bad_before_is_no_fall() -> None:
    bad = asked(offended=[(3, 0, "truth")], silent=[(5, 1)])
    assert standing(bad, bad) == (Standing.AS_BEFORE, "")
    assert standing(asked(score=all_of(1.0)), asked(score=all_of(0.6)))[0] is Standing.BETTER


def test_few_situations_are_too_few_however_often_they_are_asked() -> None:
    few = asked(situations=7, tries=9)
    assert standing(few, few) == (Standing.TOO_FEW, "7 situations of at least 8")


def test_a_short_delay_is_not_called_slower() -> None:
    assert standing(asked(ms=900), asked(ms=100))[0] is Standing.AS_BEFORE


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (asked(cost=100_001), "a case costs 0.1000 USD of at most 0.10"),
        (asked(ms=60_001), "p95 is 60,001 ms of at most 60,000"),
    ],
)
def test_the_suites_own_budget_holds_without_a_baseline(now: Evidence, why: str) -> None:
    gate = live_gate(SUITE, now, None)
    assert (gate.comparison.standing, gate.failures) == (Standing.NO_BASELINE, (why,))
    assert live_gate(SUITE, now, now).comparison.standing is Standing.BELOW


def test_answers_that_became_unsteady_fail() -> None:
    unsteady = asked(offended=[(number, 0, "rhyme") for number in range(SITUATIONS)])
    assert flip_rate(unsteady) == pytest.approx(0.5) and flip_rate(asked()) == 0
    assert flip_rate(asked(tries=1)) is None
    found, told = standing(unsteady)
    assert found is Standing.BELOW and "50% of the verdicts flip from try to try, was 0%" in told
    assert standing(unsteady, unsteady)[0] is Standing.AS_BEFORE


def test_a_hint_neither_fails_nor_flips() -> None:
    offended = asked(offended=[(number, 0, "truth") for number in range(SITUATIONS)])
    hints = Evidence(offended.cases, [row.model_copy(update={"counted": False}) for row in offended.scores])
    assert flip_rate(hints) is None
    assert not any("offended" in why for why in live_gate(SUITE, hints, asked()).failures)


def test_the_interval_is_over_situations_and_not_over_tries() -> None:
    one_way = {0: 0.5, 1: 0.5}
    few, many = asked(score=one_way, tries=2), asked(score=one_way, tries=12)
    low = live_gate(SUITE, few, asked(tries=2)).comparison.low
    assert low is not None and low < -EPSILON
    assert live_gate(SUITE, many, asked(tries=12)).comparison.low == low


def baseline(cases: dict[str, float], missed: dict[str, tuple[str, ...]]) -> Baseline:
    return Baseline(suite="poet", corpus_sha256="a", score=1.0, cases=cases, missed=missed, scorers={})


def scored(case: str, score: float, wrong: Sequence[str] = ()) -> tuple[EvalCaseResult, list[EvalScore]]:
    rows = [
        EvalScore(case=case, criterion=name, passed=name not in wrong, expected=True, value=1.0)
        for name in ("rhyme", "truth")
    ]
    return EvalCaseResult(case=case, kind="good", output={}, score=score), rows


@pytest.mark.parametrize(
    ("now", "is_", "why"),
    [
        ([("a", 1.0, ()), ("held/b", 0.5, ("rhyme",))], Standing.AS_BEFORE, ""),
        ([("a", 0.5, ("truth",)), ("held/b", 1.0, ())], Standing.BELOW, "a: 0.500, was 1.000"),
        ([("a", 1.0, ()), ("held/b", 0.5, ("truth",))], Standing.BELOW, "held/b: truth no longer as labelled"),
        ([("a", 1.0, ()), ("held/b", 1.0, ())], Standing.BETTER, ""),
        ([("a", 1.0, ())], Standing.BELOW, "held/b: 0.000, was 0.500"),
        ([("a", 1.0, ()), ("held/b", 0.5, ("rhyme",)), ("held/c", 0.0, ("truth",))], Standing.AS_BEFORE, ""),
    ],
)
def test_any_case_of_a_corpus_that_falls_is_a_fall(
    now: Sequence[tuple[str, float, Sequence[str]]], is_: Standing, why: str
) -> None:
    both = [scored(*row) for row in now]
    evidence = Evidence([case for case, _ in both], [row for _, rows in both for row in rows])
    gate = corpus_gate(evidence, baseline({"a": 1.0, "held/b": 0.5}, {"held/b": ("rhyme",)}))
    assert gate.comparison.standing is is_
    assert why in "; ".join(gate.failures) and bool(gate.failures) is (is_ is Standing.BELOW)
    assert corpus_gate(evidence, None).comparison.standing is Standing.NO_BASELINE
