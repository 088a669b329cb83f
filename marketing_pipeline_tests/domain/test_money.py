"""Amounts at their edges: the smallest coin of each currency, and what a bound makes of it."""

import pytest

from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.ad_reallocation import bounds_of
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.money import MICROS, Money, smallest_unit
from marketing_pipeline.sandbox.google_ads import account_plan

CAPS = AdCaps(
    change_percent=20,
    change_amount=1_000_000,
    raise_per_day=1_000_000,
    account_daily_budget=10_000_000,
    budget_floor=0.001,
    budget_ceiling=1_000_000,
    bid_ceiling=100_000,
)
UNITS = [
    ("JPY", 1_000_000),
    ("KRW", 1_000_000),
    ("CLP", 1_000_000),
    ("GBP", 10_000),
    ("EUR", 10_000),
    ("KWD", 1_000),
    ("BHD", 1_000),
]


def budget(currency: str, before: int, after: int) -> ApplyAdChange:
    return ApplyAdChange(
        change_kind=AdChangeKind.SET_BUDGET,
        customer_id="1234567890",
        resource="customers/1234567890/campaignBudgets/7",
        field="amount_micros",
        before=str(before),
        after=str(after),
        currency=currency,
    )


@pytest.mark.parametrize(("currency", "unit"), UNITS)
def test_each_currency_has_one_smallest_coin(currency: str, unit: int) -> None:
    assert smallest_unit(currency) == unit
    plan = account_plan.AdsAccount(customer_id="1234567890", currency=currency)
    assert plan.unit == unit, "the sandbox counts in the same coin"


@pytest.mark.parametrize(("currency", "unit"), UNITS)
def test_an_amount_is_whole_coins_and_at_least_one(currency: str, unit: int) -> None:
    require_bounds(budget(currency, 10 * unit, 11 * unit), CAPS)
    with pytest.raises(Unauthorized, match="smallest unit"):
        require_bounds(budget(currency, 10 * unit, 10 * unit + unit // 2), CAPS)


@pytest.mark.parametrize(("currency", "unit"), UNITS)
@pytest.mark.parametrize("coins", [1, 2, 4, 5, 6, 1000])
def test_bounds_are_whole_coins_within_a_fifth(currency: str, unit: int, coins: int) -> None:
    now = coins * unit
    found = bounds_of("b", now, CAPS, currency)
    assert found.low % unit == found.high % unit == 0
    assert 0 < found.low <= now <= found.high
    assert found.high - now <= now / 5 and now - found.low <= now / 5
    if coins < 5:
        assert found.low == found.high == now, "no whole coin fits into a fifth of so few"


@pytest.mark.parametrize(
    ("micros", "currency", "label"),
    [
        (48 * MICROS, "GBP", "£48"),
        (48_500_000, "GBP", "£48.50"),
        (1_500 * MICROS, "JPY", "¥1,500"),
        (1_500_600_000, "JPY", "¥1,501"),
        (4_805_000, "KWD", "KWD 4.805"),
        (4 * MICROS, "KWD", "KWD 4"),
        (1_300 * MICROS, "KRW", "KRW 1,300"),
    ],
)
def test_an_amount_reads_as_people_write_it(micros: int, currency: str, label: str) -> None:
    assert Money(micros=micros, currency=currency).label() == label
