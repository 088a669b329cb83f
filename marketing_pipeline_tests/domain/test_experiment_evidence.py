"""The readout holds under peeking: few false verdicts in any noise, and the planned size has the power asked for."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from marketing_pipeline.domain.experiment import Question, Verdict, block_sd
from marketing_pipeline.domain.experiment_design import blocks_needed
from marketing_pipeline.domain.experiment_evidence import Rule, evidence_of, log_e_values
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.level_comparison import compare_levels

Array = NDArray[np.float64]
RUNS, BLOCKS = 400, 60
RULE = Rule(block_sd=0.6, alpha=0.1, ratio=1.4)
QUESTION = Question(
    brand=BrandId("tea_room"),
    factor=Factor.HOOK,
    level="question",
    against="list",
    first_week="2026-11-16",
    ratio=1.4,
)
Noise = Callable[[np.random.Generator, tuple[int, int]], Array]
NOISES: dict[str, Noise] = {
    "as planned": lambda dice, shape: dice.normal(0, 0.6, shape),
    "much larger than planned": lambda dice, shape: dice.normal(0, 2.0, shape),
    "heavy tails": lambda dice, shape: 0.5 * dice.standard_t(1.5, shape),
    "only two values": lambda dice, shape: dice.choice([-0.7, 0.7], shape),
    "growing": lambda dice, shape: dice.normal(0, 1, shape) * np.linspace(0.1, 2, shape[1]),
}


def _found(differences: Array, rule: Rule = RULE) -> float:
    """The share of runs in which the bet against no difference was won at any look."""
    won = [(log_e_values(row, np.zeros(1), rule) >= math.log(1 / rule.alpha)).any() for row in differences]
    return float(np.mean(won))


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES.keys())
def test_looking_after_every_pair_finds_nothing_where_nothing_is(noise: Noise) -> None:
    dice = np.random.default_rng(4)
    # Three deviations of the simulation itself are allowed.
    assert _found(noise(dice, (RUNS, BLOCKS))) <= RULE.alpha + 3 * math.sqrt(RULE.alpha * (1 - RULE.alpha) / RUNS)


def test_welch_looked_at_again_and_again_finds_what_is_not_there() -> None:
    dice = np.random.default_rng(4)
    figures = np.exp(dice.normal(5, 0.4, (50, 2, 40)))
    found = 0
    for first, second in figures:
        looks = (compare_levels(first[:n].tolist(), second[:n].tolist()) for n in range(3, 41, 4))
        found += any(look is not None and look.known for look in looks)
    assert found / 50 > 0.2


@pytest.mark.parametrize(("ratio", "noise_sd"), [(1.3, 0.3), (1.5, 0.6), (2.0, 0.6)])
def test_the_planned_size_has_the_power_that_was_asked(ratio: float, noise_sd: float) -> None:
    question, sd = QUESTION.model_copy(update={"ratio": ratio}), block_sd(noise_sd, 1)
    blocks = blocks_needed(question, sd)
    dice = np.random.default_rng(4)
    found = _found(dice.normal(math.log(ratio), sd, (1000, blocks)), Rule(block_sd=sd, alpha=0.1, ratio=ratio))
    assert question.power - 0.04 <= found <= question.power + 0.08


def test_the_interval_holds_the_truth_at_every_look() -> None:
    dice = np.random.default_rng(4)
    truth, missed = math.log(1.3), 0
    for row in dice.normal(truth, 0.6, (RUNS // 2, BLOCKS)):
        last = evidence_of(row.tolist(), RULE)[-1]
        missed += not (last.low or -9) <= truth <= (last.high or 9)
    assert missed / (RUNS // 2) <= RULE.alpha + 0.06


def test_the_interval_only_narrows_and_says_which_is_better() -> None:
    steps = evidence_of([0.5, 0.6, 0.4, 0.7] * 6, RULE)
    lows = [-9 if step.low is None else step.low for step in steps]
    assert lows == sorted(lows) and steps[0].low is None and steps[0].verdict(1.4) is Verdict.OPEN
    assert steps[-1].verdict(1.4) is Verdict.LEVEL_BETTER and steps[-1].e_value > 10
    mirrored = evidence_of([-0.5, -0.6, -0.4, -0.7] * 6, RULE)
    assert mirrored[-1].verdict(1.4) is Verdict.AGAINST_BETTER
    assert mirrored[-1].high == pytest.approx(-(steps[-1].low or 0))


def test_what_was_ruled_out_once_stays_so() -> None:
    steps = evidence_of([0.9] * 14 + [-0.9] * 14, RULE)
    lows = [-9 if step.low is None else step.low for step in steps]
    assert lows == sorted(lows) and lows[-1] > 0 and steps[-1].e_value == steps[13].e_value
    assert steps[-1].mean == pytest.approx(0.0)


def test_an_effect_beyond_all_limits_is_found() -> None:
    steps = evidence_of([6.8] * 8, RULE)
    assert steps[-1].low == pytest.approx(3.0) and steps[-1].high is None
    assert evidence_of([-6.8] * 8, RULE)[-1].verdict(1.4) is Verdict.AGAINST_BETTER


def test_what_is_alike_is_said_to_be_alike() -> None:
    steps = evidence_of([0.1, -0.1] * 60, RULE)
    assert steps[-1].verdict(1.4) is Verdict.ALIKE
    assert evidence_of([], RULE) == ()


@pytest.mark.parametrize(
    ("change", "more"),
    [({"ratio": 1.2}, True), ({"alpha": 0.01}, True), ({"power": 0.9}, True), ({"ratio": 2.0}, False)],
)
def test_what_is_asked_decides_how_many_pairs_are_needed(change: dict[str, float], more: bool) -> None:
    usual, other = blocks_needed(QUESTION, 0.6), blocks_needed(QUESTION.model_copy(update=change), 0.6)
    assert (other > usual) is more and other != usual
