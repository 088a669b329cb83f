"""A creative passes only when nothing is broken, nothing is poor and nothing is left undecided."""

import pytest

from marketing_pipeline.domain.creative import CheckResult, Severity
from marketing_pipeline.domain.evaluation import (
    Bar,
    CreativeEvaluation,
    Criterion,
    CriterionVerdict,
    Judgement,
    Level,
    judge,
    revising_helps,
)

GOOD = dict.fromkeys(Criterion, Level.GOOD)


def evaluation(levels: dict[Criterion, Level]) -> CreativeEvaluation:
    return CreativeEvaluation(
        verdicts=tuple(
            CriterionVerdict(criterion=criterion, reason="Seen in the picture.", level=level)
            for criterion, level in levels.items()
        )
    )


def check(severity: Severity, *, passed: bool = False) -> CheckResult:
    return CheckResult(
        name="contrast", passed=passed, severity=severity, value=2.0, limit=4.5, reason="Headline is faint."
    )


@pytest.mark.parametrize(
    ("checks", "levels", "meets"),
    [
        pytest.param((), GOOD, True, id="all good"),
        pytest.param((check(Severity.NOTE),), GOOD, True, id="a note does not stop it"),
        pytest.param((check(Severity.REJECT, passed=True),), GOOD, True, id="a passed check does not stop it"),
        pytest.param((check(Severity.REJECT),), GOOD, False, id="rejected by a check"),
        pytest.param((check(Severity.REVISE),), GOOD, False, id="to be revised by a check"),
        pytest.param((), {**GOOD, Criterion.CRAFT: Level.POOR}, False, id="one poor criterion"),
        pytest.param((), {**GOOD, Criterion.CRAFT: Level.CANNOT_TELL}, False, id="cannot tell is no pass"),
        pytest.param((), {Criterion.CRAFT: Level.GOOD}, False, id="criteria left out"),
        pytest.param(
            (),
            {**GOOD, Criterion.CRAFT: Level.ACCEPTABLE, Criterion.COMPOSITION: Level.ACCEPTABLE},
            False,
            id="too many so-so",
        ),
        pytest.param((), {**GOOD, Criterion.CRAFT: Level.ACCEPTABLE}, True, id="as many so-so as allowed"),
    ],
)
def test_bar(checks: tuple[CheckResult, ...], levels: dict[Criterion, Level], meets: bool) -> None:
    result = judge(checks, evaluation(levels), Bar(most_acceptable=1))
    assert result.meets_bar is meets
    assert bool(result.reasons) is not meets


def test_a_mended_attempt_ranks_above_a_broken_one() -> None:
    broken = judge((check(Severity.REJECT),), evaluation(GOOD), Bar())
    assert judge((), evaluation(GOOD), Bar()).score > broken.score


def attempt(score: float, reasons: int = 1) -> Judgement:
    return Judgement(meets_bar=False, score=score, reasons=tuple(f"check {number}" for number in range(reasons)))


@pytest.mark.parametrize(
    ("attempts", "helps"),
    [
        pytest.param([], True, id="nothing tried yet"),
        pytest.param([attempt(0.5)], True, id="one attempt"),
        pytest.param([attempt(0.5), attempt(0.5)], True, id="one without a gain"),
        pytest.param([attempt(0.5), attempt(0.5), attempt(0.5)], False, id="two without a gain"),
        pytest.param([attempt(0.5), attempt(0.54), attempt(0.54)], False, id="each gains too little"),
        pytest.param([attempt(0.5), attempt(0.5), attempt(0.55)], True, id="the last one gains"),
        pytest.param([attempt(0.5), attempt(0.6), attempt(0.6)], True, id="the one before gained"),
        pytest.param([attempt(0.6), attempt(0.3), attempt(0.5)], False, id="recovering is no gain on the best"),
        pytest.param([attempt(0, 5), attempt(0, 4), attempt(0, 3)], True, id="fewer reasons each time"),
        pytest.param([attempt(0, 3), attempt(0, 4), attempt(0, 3)], False, id="no fewer reasons than before"),
    ],
)
def test_revising_stops_when_it_no_longer_helps(attempts: list[Judgement], helps: bool) -> None:
    assert revising_helps(attempts) is helps
