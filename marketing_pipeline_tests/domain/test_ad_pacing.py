"""Whether the month's money lasts: how often the interval holds, and what bounds it."""

import random
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_account import BudgetSetting
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_pacing import DAYS_OF_A_MONTH, month_pacing
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, TODAY, account, campaign_day

WEEK = (1.2, 1.1, 1.0, 1.0, 0.9, 0.7, 1.1)


def spending_days(seed: int, until: date, days: int = 60) -> tuple[CampaignDay, ...]:
    """Days with a weekday pattern, scatter, and a level that drifts."""
    chance = random.Random(seed)
    drift = chance.gauss(0, 0.003)
    rows: list[CampaignDay] = []
    for back in range(days, 0, -1):
        day = until - timedelta(days=back)
        level = WEEK[day.weekday()] * (1 + drift * (days - back)) * chance.lognormvariate(0, 0.12)
        rows.append(replace(campaign_day(1), day=day, cost_micros=round(30 * MICROS * level)))
    return tuple(rows)


def test_the_interval_holds_about_as_often_as_it_says() -> None:
    last = date(2026, 11, 1)
    inside = 0
    for seed in range(120):
        rows = spending_days(seed, last)
        history = account(
            today=TODAY, campaign_days=rows, budgets=(BudgetSetting(resource=BUDGET, amount_micros=60 * MICROS),)
        )
        real = sum(row.cost_micros for row in rows if row.day.month == 10)
        found = month_pacing(history)
        assert found is not None
        inside += found.projected.low <= real <= found.projected.high
    assert 0.82 <= inside / 120 <= 0.98


@pytest.mark.parametrize("day", [1, 2, 15, 31])
@pytest.mark.parametrize("budget", [20, 40, 400])
def test_no_month_costs_more_than_its_budgets_allow(day: int, budget: int) -> None:
    today = date(2026, 10, day)
    rows = spending_days(5, today)
    amount = budget * MICROS
    found = month_pacing(
        account(today=today, campaign_days=rows, budgets=(BudgetSetting(resource=BUDGET, amount_micros=amount),))
    )
    assert found is not None
    assert found.spent <= found.projected.low <= found.projected.expected <= found.projected.high
    rest = found.projected.high - found.spent
    assert rest <= DAYS_OF_A_MONTH * amount
    assert found.days_left == monthrange(2026, 10)[1] - day + 1


def test_a_month_that_ran_out_of_money_does_not_make_the_next_look_cheap() -> None:
    rows = tuple(
        replace(row, cost_micros=0) if row.day in {date(2026, 9, back) for back in (28, 29, 30)} else row
        for row in spending_days(9, TODAY)
    )
    whole = month_pacing(account(campaign_days=spending_days(9, TODAY)))
    gone = month_pacing(account(campaign_days=rows))
    assert whole is not None and gone is not None
    assert gone.projected.expected == pytest.approx(whole.projected.expected, rel=0.03)


@pytest.mark.parametrize(
    "changes",
    [
        {"campaign_days": (), "today": TODAY},
        {"campaign_days": spending_days(1, TODAY, days=5)},
        {"campaign_days": tuple(replace(row, campaign=99) for row in spending_days(1, TODAY))},
    ],
    ids=["no days", "too few", "another campaign's"],
)
def test_too_little_is_known_to_pace(changes: dict[str, Any]) -> None:
    assert month_pacing(account(**changes)) is None


def test_days_without_cost_are_paced_at_nothing() -> None:
    rows = tuple(replace(row, cost_micros=0) for row in spending_days(1, TODAY))
    found = month_pacing(account(campaign_days=rows))
    assert found is not None and found.projected.high == 0
