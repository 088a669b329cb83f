"""Comparing two levels: the interval keeps its promise, and says nothing where nothing can be said."""

from math import exp

import numpy as np
import pytest

from marketing_pipeline.domain.level_comparison import compare_levels


def test_it_is_welchs_interval() -> None:
    # By hand: logs 1, 2, 3 against 1, 1, 1.3: means 2 and 1.1, errors of 1/3 and 0.03/3, 2.12 degrees of freedom,
    # for which Student's distribution reaches to 2.838 with 90 %.
    found = compare_levels([exp(x) - 1 for x in (1, 2, 3)], [exp(x) - 1 for x in (1, 1, 1.3)])
    assert found is not None
    assert found.posts == (3, 3)
    assert found.times == pytest.approx(exp(0.9))
    assert np.log(found.high) - 0.9 == pytest.approx(2.838 * (1 / 3 + 0.01) ** 0.5, rel=0.02)
    assert np.log(found.low) + np.log(found.high) == pytest.approx(1.8)
    assert not found.known


@pytest.mark.parametrize(("spreads", "counts"), [((0.5, 0.5), (5, 5)), ((0.2, 1.0), (5, 15)), ((1.0, 0.3), (4, 30))])
def test_the_interval_holds_the_truth_nine_times_in_ten(spreads: tuple[float, float], counts: tuple[int, int]) -> None:
    dice = np.random.default_rng(3)
    held = 0
    for _ in range(250):
        first, second = (
            dice.lognormal(mean, spread, count) - 1
            for mean, spread, count in zip((4.3, 4.0), spreads, counts, strict=True)
        )
        found = compare_levels(first.clip(0).tolist(), second.clip(0).tolist())
        assert found is not None
        held += found.low <= exp(0.3) <= found.high
    assert 0.86 <= held / 250 <= 0.95


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0] * 9, [1.0] * 2), ([1.0] * 2, [5.0] * 9)])
def test_with_too_few_posts_there_is_no_answer(first: list[float], second: list[float]) -> None:
    assert compare_levels(first, second) is None


def test_a_clear_difference_is_known_both_ways_and_zero_is_a_figure() -> None:
    high, low = [100.0, 120.0, 90.0, 110.0], [0.0, 2.0, 1.0, 3.0]
    more, less = compare_levels(high, low), compare_levels(low, high)
    assert more is not None and less is not None
    assert more.known and more.low > 1
    assert less.known and less.high < 1
    assert more.times * less.times == pytest.approx(1)


def test_the_same_figure_everywhere_is_no_division_by_zero() -> None:
    found = compare_levels([3.0] * 3, [3.0] * 3)
    assert found is not None and (found.times, found.known) == (1.0, False)
