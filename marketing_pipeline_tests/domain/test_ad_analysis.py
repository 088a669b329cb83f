"""What the figures of an ad account say, and what they must not be taken to say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting, CampaignSetting, NegativeKeyword
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_anomaly import AnomalyKind, anomalies
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, Forecast
from marketing_pipeline.domain.ad_outcome import DailySeries, judge
from marketing_pipeline.domain.ad_pacing import Pace, month_pacing
from marketing_pipeline.domain.ad_reallocation import bounds_of, reallocate
from marketing_pipeline.domain.ad_significance import binomial_lower_tail, discoveries, fewer_than_usual
from marketing_pipeline.domain.ad_wasted_terms import negative_conflict, wasted_terms
from marketing_pipeline.domain.money import MICROS, smallest_unit
from marketing_pipeline_tests.domain.ad_accounts import (
    BUDGET,
    CAPS,
    POLICY,
    TODAY,
    account,
    campaign_days,
    curve,
    term_days,
)

WASTE = (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 45))


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        ({10: {"impressions": 3000}}, AnomalyKind.IMPRESSIONS_HIGH),
        ({10: {"impressions": 150}}, AnomalyKind.IMPRESSIONS_LOW),
        ({10: {"cost_micros": 120 * MICROS}}, AnomalyKind.PRICE_HIGH),
        ({10: {"clicks": 200, "impressions": 1100, "conversions": 0.0}}, AnomalyKind.PRICE_LOW),
    ],
)
def test_an_odd_day_is_found_and_no_other(odd: dict[int, dict[str, Any]], kind: AnomalyKind) -> None:
    found = anomalies(campaign_days(odd=odd), TODAY)
    assert [(item.day, item.kind) for item in found] == [(TODAY - timedelta(days=10), kind)]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {back: {"impressions": 2000} for back in range(1, 30)},  # a step to a new level, as a new budget makes
        {back: {"impressions": 400} for back in (15, 16, 17)},  # the money of September is gone
        {1: {"conversions": 0.0}},  # yesterday's conversions have not come in
    ],
)
def test_what_is_explained_is_no_alarm(odd: dict[int, dict[str, Any]]) -> None:
    assert anomalies(campaign_days(odd=odd), TODAY) == ()


def test_a_short_history_says_nothing() -> None:
    assert anomalies(campaign_days(20, odd={1: {"impressions": 9000}}), TODAY) == ()


@pytest.mark.parametrize(
    ("budget", "pace"), [(None, Pace.NO_BUDGET), (900, Pace.OVER), (1200, Pace.ON_PACE), (2000, Pace.UNDER)]
)
def test_the_month_is_paced(budget: int | None, pace: Pace) -> None:
    money = None if budget is None else budget * MICROS
    found = month_pacing(account(month_budget_micros=money))
    assert found is not None
    assert found.pace is pace
    assert found.projected.low <= found.projected.expected <= found.projected.high
    assert found.projected.high <= found.spent + 30.4 * 40 * MICROS


def test_an_account_without_days_has_no_pacing() -> None:
    assert month_pacing(account(campaign_days=())) is None


def test_the_exact_test_agrees_with_the_book() -> None:
    assert binomial_lower_tail(2, 10, 0.5) == pytest.approx(56 / 1024)
    assert fewer_than_usual(0, 100, 10, 100) == pytest.approx(0.5**10)
    assert fewer_than_usual(0, 100, 0, 100) == 1.0


def test_false_discoveries_are_bounded() -> None:
    assert discoveries([0.001, 0.9, 0.012, 0.04], 0.05) == {0, 2}
    assert discoveries([], 0.05) == frozenset()


def test_a_term_that_wastes_is_found_and_a_good_one_is_not() -> None:
    assert [item.subject for item in wasted_terms(account(term_days=WASTE))] == ["art prints jobs"]


@pytest.mark.parametrize(
    "terms",
    [
        (*term_days("art prints jobs", 30, 0), *term_days("art prints uk", 900, 45)),  # too little spent
        (*term_days("art prints jobs", 300, 9), *term_days("art prints uk", 900, 45)),  # not bad enough
        (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 0)),  # nothing ever converts
    ],
)
def test_too_little_evidence_is_no_waste(terms: Any) -> None:
    assert wasted_terms(account(term_days=terms)) == ()


def test_young_clicks_do_not_count() -> None:
    young = tuple(
        replace(row, day=TODAY - timedelta(days=1 + at % 5)) if "jobs" in row.term else row
        for at, row in enumerate(WASTE)
    )
    assert wasted_terms(account(term_days=young)) == ()


@pytest.mark.parametrize(
    ("text", "match", "said"),
    [
        ("art prints", "EXACT", "own keyword"),
        ("prints", "PHRASE", "own keyword"),
        ("gift", "PHRASE", "brought conversions"),
        ("art prints jobs", "EXACT", ""),
    ],
)
def test_a_negative_that_would_do_harm_is_named(text: str, match: str, said: str) -> None:
    conflict = negative_conflict(text, match, account().keywords, ["print gift set"])
    assert said in conflict and bool(said) == bool(conflict)


def test_a_term_that_is_kept_away_already_is_not_proposed() -> None:
    negative = NegativeKeyword(campaign=1, text="jobs", match_type="PHRASE")
    found = candidates(analyse(account(term_days=WASTE, negatives=(negative,)), POLICY), POLICY)
    assert not [item for item in found if item.payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD]


def test_waste_becomes_a_negative_keyword_with_figures() -> None:
    [found] = [
        item for item in candidates(analyse(account(term_days=WASTE), POLICY), POLICY) if item.payload.after != ""
    ]
    assert (found.payload.before, found.payload.after) == ("", "PHRASE:jobs")
    assert found.forecast.metric == "cost_micros" and found.forecast.high <= 0


def _learning() -> AdAccountHistory:
    campaign = CampaignSetting(
        id=1, name="Search", status="ENABLED", bidding_status="LEARNING_BUDGET_CHANGE", budget=BUDGET
    )
    return account(term_days=WASTE, campaigns=(campaign,))


@pytest.mark.parametrize(
    ("held", "policy"),
    [
        (account(term_days=WASTE), None),
        (_learning(), POLICY),
        (account(term_days=WASTE, changed={"customers/1234567890/campaigns/1": TODAY - timedelta(days=2)}), POLICY),
        (account(term_days=(), campaign_days=()), POLICY),
    ],
    ids=["no policy", "learning", "cooling down", "no days"],
)
def test_nothing_is_proposed(held: AdAccountHistory, policy: Any) -> None:
    assert candidates(analyse(held, policy), policy) == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"budgets": (BudgetSetting(resource=BUDGET, amount_micros=40 * MICROS, users=2),)}, "shared"),
        ({"changed": {BUDGET: TODAY - timedelta(days=3)}}, "changed less than 7 days ago"),
        ({"campaign_days": campaign_days(20)}, "too few weeks"),
    ],
)
def test_a_budget_is_held_with_the_reason(changes: dict[str, Any], why: str) -> None:
    [held] = analyse(account(**changes), POLICY).held
    assert why in held.why


@settings(max_examples=60, deadline=None)
@given(
    budgets=st.lists(st.integers(1, 600), min_size=1, max_size=5),
    strengths=st.lists(st.floats(0.5, 20), min_size=5, max_size=5),
    currency=st.sampled_from(["GBP", "JPY"]),
    percent=st.floats(1, 100),
    amount=st.floats(0.5, 100),
    raises=st.floats(0.5, 100),
    ceiling=st.floats(50, 2000),
    daily=st.none() | st.integers(0, 2000),
)
def test_a_reallocation_keeps_every_bound(
    budgets: list[int],
    strengths: list[float],
    currency: str,
    percent: float,
    amount: float,
    raises: float,
    ceiling: float,
    daily: int | None,
) -> None:
    caps = CAPS.model_copy(
        update={
            "change_percent": percent,
            "change_amount": amount,
            "raise_per_day": raises,
            "account_daily_budget": ceiling,
        }
    )
    now = {f"b{at}": budget * MICROS for at, budget in enumerate(budgets)}
    curves = {name: curve(at, now[name], strengths[at], now[name] * 0.8) for at, name in enumerate(now)}
    bounds = [bounds_of(name, value, caps, currency) for name, value in now.items()]
    total = None if daily is None else daily * MICROS
    plan = reallocate(curves, bounds, caps, currency, daily_total=total)
    if plan is None:
        return
    after = {**now, **plan.budgets}
    assert sum(after.values()) <= sum(now.values())
    assert sum(max(after[name] - now[name], 0) for name in now) <= raises * MICROS
    for name, value in plan.budgets.items():
        assert value > 0 and value % smallest_unit(currency) == 0
        assert CAPS.budget_floor * MICROS <= value <= CAPS.budget_ceiling * MICROS
        assert abs(value - now[name]) <= min(now[name] * percent / 100, amount * MICROS) + 1e-6


def test_money_moves_to_where_it_brings_more() -> None:
    curves = {"a": curve(1, 50 * MICROS, 2, 40e6), "b": curve(2, 50 * MICROS, 12, 40e6)}
    bounds = [bounds_of(name, 50 * MICROS, CAPS, "GBP") for name in curves]
    plan = reallocate(curves, bounds, CAPS, "GBP")
    assert plan is not None
    assert plan.budgets["a"] < 50 * MICROS < plan.budgets["b"]
    assert plan.gain.low > 0 and plan.certainty >= 0.9


def test_alike_campaigns_are_left_alone() -> None:
    curves = {name: curve(1, 50 * MICROS, 5, 40e6) for name in "ab"}
    bounds = [bounds_of(name, 50 * MICROS, CAPS, "GBP") for name in curves]
    assert reallocate(curves, bounds, CAPS, "GBP") is None


@pytest.mark.parametrize(("sure", "moved"), [(11, False), (16, True)])
def test_a_move_that_may_as_well_lose_is_not_made(sure: int, moved: bool) -> None:
    doubtful = replace(curve(2, 50 * MICROS, 0, 40e6), ceilings=(30.0,) * sure + (0.0,) * (20 - sure))
    curves = {"a": curve(1, 50 * MICROS, 8, 40e6), "b": doubtful}
    plan = reallocate(curves, [bounds_of(name, 50 * MICROS, CAPS, "GBP") for name in curves], CAPS, "GBP")
    assert (plan is not None) is moved


GAIN = Forecast(metric="conversions", days=14, expected=28, low=7, high=50)
SAVING = Forecast(metric="cost_micros", days=14, expected=-70e6, low=-90e6, high=-50e6)
FLAT = [5.0, 6.0, 4.0, 5.0] * 7


@pytest.mark.parametrize(
    ("forecast", "before", "after", "verdict"),
    [
        (GAIN, FLAT, [9.0, 10.0] * 7, AdChangeState.IMPROVED),
        (GAIN, FLAT, [1.0, 2.0] * 7, AdChangeState.WORSE),
        (GAIN, FLAT, [5.0, 6.0] * 7, AdChangeState.INCONCLUSIVE),
        (GAIN, FLAT, [9.0, 9.0], AdChangeState.INCONCLUSIVE),
        (SAVING, [5e6, 5.5e6] * 14, [0.0] * 14, AdChangeState.IMPROVED),
        (SAVING, [5e6, 5.5e6] * 14, [9e6, 9.5e6] * 7, AdChangeState.WORSE),
    ],
)
def test_a_change_is_judged_against_its_own_forecast(
    forecast: Forecast, before: list[float], after: list[float], verdict: AdChangeState
) -> None:
    assert judge(forecast, DailySeries(before, after)).verdict is verdict


def test_what_all_campaigns_gained_is_not_this_changes_merit() -> None:
    rise = DailySeries([20.0, 22.0] * 14, [40.0, 42.0] * 7)
    seen = DailySeries(FLAT, [9.0, 10.0] * 7)
    assert judge(GAIN, seen, untouched=rise).verdict is not AdChangeState.IMPROVED


def test_a_saving_that_costs_conversions_is_worse() -> None:
    seen = DailySeries([5e6, 5.5e6] * 14, [0.0] * 14)
    fell = DailySeries([10.0, 11.0] * 14, [3.0, 4.0] * 7)
    assert judge(SAVING, seen, conversions=fell).verdict is AdChangeState.WORSE


def test_raises_of_a_day_are_capped() -> None:
    caps = CAPS.model_copy(update={"raise_per_day": 2.0})
    curves = {"a": curve(1, 50 * MICROS, 2, 40e6), "b": curve(2, 50 * MICROS, 12, 40e6)}
    plan = reallocate(curves, [bounds_of(name, 50 * MICROS, caps, "GBP") for name in curves], caps, "GBP")
    assert plan is not None and plan.budgets["b"] == 52 * MICROS
