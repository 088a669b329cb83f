"""The accounts of the benchmark of budgets: their oracle is one, luck is shared, and the product's moves pay."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.ads.budget_kinds import KINDS, TRAINING, account
from benchmarks.ads.budget_market import OPENED, best_split, shape_of
from benchmarks.ads.budget_policies import LeaveAlone, Product, scaled
from benchmarks.ads_budget import play

HILL = TRAINING[1]
CONCAVE = {"saturating": 1.0, "hill": 0.9, "log": 1.0, "power": 0.6, "exponential": 1.0}


@settings(max_examples=40, deadline=None)
@given(weights=st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_no_split_beats_the_oracles(weights: list[float]) -> None:
    forms = [("hill", 40.0, 1.4), ("log", 30.0, 1.0), ("power", 1.0, 0.6), ("exponential", 15.0, 1.0)]
    worth = [shape_of(*form) for form in forms]

    def brings(split: list[float]) -> float:
        return sum(float(function(np.array([part]))[0]) for function, part in zip(worth, split, strict=True))

    best = best_split(worth, 200.0, [0.0] * 4, [200.0] * 4)
    assert best.sum() == pytest.approx(200.0)
    other = [200.0 * weight / sum(weights) for weight in weights]
    assert brings(best.tolist()) >= brings(other) * (1 - 2e-3)


@pytest.mark.parametrize(("form", "bend"), CONCAVE.items())
def test_the_oracles_marginal_returns_are_equal(form: str, bend: float) -> None:
    worth = [scaled(shape_of(form, half, bend), 1 + half / 100) for half in (20.0, 35.0, 50.0)]
    split = best_split(worth, 240.0, [0.0] * 3, [240.0] * 3)
    returns = [
        float((function(np.array([part + 0.5])) - function(np.array([part - 0.5])))[0])
        for function, part in zip(worth, split.tolist(), strict=True)
    ]
    assert max(returns) == pytest.approx(min(returns), rel=0.06)


def test_bounds_hold_the_oracle() -> None:
    worth = [shape_of("log", 10.0, 1.0), shape_of("log", 90.0, 1.0)]
    assert best_split(worth, 100.0, [40.0, 30.0], [60.0, 50.0]).tolist() == pytest.approx([60.0, 40.0], abs=10.01)
    assert best_split(worth, 100.0, [45.0, 45.0], [55.0, 55.0]).sum() == pytest.approx(100.0)


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_the_same_seed_is_the_same_account_whatever_the_budgets(name: str) -> None:
    [kind] = [kind for kind in KINDS if kind.name == name]
    one, other = account(kind, 3), account(kind, 3)
    assert one.today == OPENED and one.rows() == other.rows()
    one.live(one.first_budgets)
    other.live(other.first_budgets * 0.5)
    assert other.spent[-1].sum() < one.spent[-1].sum() <= 2 * one.first_budgets.sum()
    np.testing.assert_array_equal(one.luck, other.luck)


def test_late_conversions_are_not_shown_yet() -> None:
    late = account(replace(HILL, lag=(0.0, 20.0)), 5)
    young = sum(row.conversions for row in late.rows() if (late.today - row.day).days <= 7)
    old = sum(row.conversions for row in late.rows() if 40 < (late.today - row.day).days <= 47)
    assert young < 0.4 * old


def test_a_month_costs_at_most_what_its_budgets_allow() -> None:
    played = account(TRAINING[3], 4)
    for _ in range(50):
        played.live(played.first_budgets)
    november = [spend for at, spend in enumerate(played.spent) if (played.first_day.toordinal() + at) in _NOVEMBER]
    assert (np.sum(november, axis=0) <= 30.4 * played.first_budgets + 0.31).all()


_NOVEMBER = range(OPENED.replace(month=11, day=1).toordinal(), OPENED.replace(month=12, day=1).toordinal())


def test_moving_budgets_beats_leaving_them_and_breaks_no_bound() -> None:
    opened = account(TRAINING[5], 1)
    ours, spent, broken = play(opened, "ours")
    alone, left, _ = play(opened, "leave_alone")
    assert ours[-4:].sum() > 1.03 * alone[-4:].sum()
    assert spent.sum() == pytest.approx(left.sum(), rel=0.03)
    assert broken.total() == 0


def test_a_broken_bound_is_counted() -> None:
    product = Product(account(HILL, 1))
    product.policy = product.policy.model_copy(
        update={"caps": product.policy.caps.model_copy(update={"account_daily_budget": 1.0})}
    )
    product.morning(OPENED)
    assert product.broken.total() > 0
    assert isinstance(product, LeaveAlone)
