"""Conversions that stop: what is found, of whom it is told, and what is only luck."""

import random
from collections.abc import Mapping
from datetime import timedelta

import pytest

from marketing_pipeline.domain.ad_anomaly import AnomalyKind, account_anomalies
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_outage import FALSE_ALARMS, LEAST_HISTORY, outages
from marketing_pipeline_tests.domain.ad_accounts import TODAY, account, campaign_day

RATE = 0.04


def poisson(chance: random.Random, mean: float) -> int:
    """Counts by waiting times."""
    count, waited = 0, chance.expovariate(mean)
    while waited < 1:
        count, waited = count + 1, waited + chance.expovariate(mean)
    return count


def lucky_days(seed: int, campaign: int = 1, clicks: int = 60, days: int = 120) -> tuple[CampaignDay, ...]:
    """Days on which nothing happened but luck."""
    chance = random.Random(f"{seed} {campaign}")
    return tuple(
        campaign_day(back, campaign=campaign, clicks=clicks, conversions=float(poisson(chance, clicks * RATE)))
        for back in range(days, 0, -1)
    )


def without_conversions(
    rows: Mapping[int, tuple[CampaignDay, ...]], first: int, days: int, struck: frozenset[int]
) -> dict[int, tuple[CampaignDay, ...]]:
    """The same with an outage that began `first` days ago."""
    dates = {TODAY - timedelta(days=first - number) for number in range(days)}
    return {
        number: tuple(
            campaign_day((TODAY - row.day).days, campaign=number, clicks=row.clicks, conversions=0.0)
            if row.day in dates and number in struck
            else row
            for row in some
        )
        for number, some in rows.items()
    }


@pytest.mark.parametrize(
    ("struck", "days", "told"),
    [
        (frozenset({1, 2, 3}), 3, None),  # the tag of all campaigns
        (frozenset({2}), 8, 2),  # the form of one
    ],
)
def test_an_outage_is_told_of_whom_it_struck(struck: frozenset[int], days: int, told: int | None) -> None:
    rows = {number: lucky_days(1, number) for number in (1, 2, 3)}
    [found] = outages(without_conversions(rows, 20, days, struck), TODAY)
    assert found.campaign == told
    planted = {TODAY - timedelta(days=20 - number) for number in range(days)}
    assert len(found.dates & planted) >= days - 1
    assert found.seen < found.expected / 4 and found.strength > 1


@pytest.mark.parametrize("first", [1, 2])
def test_conversions_that_have_not_come_in_are_no_outage(first: int) -> None:
    rows = {number: lucky_days(2, number, clicks=400) for number in (1, 2)}
    assert outages(without_conversions(rows, first, first, frozenset({1, 2})), TODAY) == ()


def test_an_outage_that_goes_on_is_told_after_three_days() -> None:
    rows = {number: lucky_days(3, number, clicks=400) for number in (1, 2)}
    [found] = outages(without_conversions(rows, 4, 4, frozenset({1, 2})), TODAY)
    assert found.campaign is None and TODAY - timedelta(days=4) in found.dates


@pytest.mark.parametrize("days", [0, 1, LEAST_HISTORY])
def test_a_short_history_says_nothing(days: int) -> None:
    rows = {1: tuple(campaign_day(back, conversions=0.0) for back in range(days, 0, -1))}
    assert outages(rows, TODAY) == ()


def test_a_campaign_that_never_converts_has_no_outage() -> None:
    assert outages({1: tuple(campaign_day(back, conversions=0.0) for back in range(90, 0, -1))}, TODAY) == ()


def test_luck_alone_stays_within_the_stated_rate() -> None:
    found, months = 0, 0.0
    for seed in range(60):
        rows = {number: lucky_days(seed, number, clicks=20 + 20 * number) for number in (1, 2, 3)}
        found += len(outages(rows, TODAY))
        months += 3 * (120 - LEAST_HISTORY) / 30.4
    assert found <= FALSE_ALARMS * months + 2 * (FALSE_ALARMS * months) ** 0.5


def test_an_outage_is_an_anomaly_of_all_its_days() -> None:
    rows = tuple(campaign_day(back, conversions=0.0 if 10 <= back < 13 else 16.0) for back in range(90, 0, -1))
    [found] = account_anomalies(account(campaign_days=rows))
    assert (found.kind, found.campaign, found.days) == (AnomalyKind.CONVERSIONS_MISSING, 1, 3)
    assert found.dates == {TODAY - timedelta(days=back) for back in (10, 11, 12)}
