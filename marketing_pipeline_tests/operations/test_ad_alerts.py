"""Alerts from the daily look at an ad account: what is news, in which words, and that it goes when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_analysis import AdAnalysis, analyse
from marketing_pipeline.domain.ad_anomaly import Anomaly, AnomalyKind
from marketing_pipeline.domain.ad_pacing import MonthPacing, Pace
from marketing_pipeline.domain.ad_response import Interval
from marketing_pipeline.domain.alert import AlertKind, AlertState
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.operations.ad_alerts import NEWS, ad_findings
from marketing_pipeline_tests.cli.office import BRAND
from marketing_pipeline_tests.domain.ad_accounts import POLICY, TODAY, account
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener

QUIET = replace(analyse(account(), POLICY), anomalies=(), pacing=None)


def odd(back: int = 1, **changes: Any) -> AdAnalysis:
    """An account with one odd day, so many days ago."""
    values: dict[str, Any] = {
        "campaign": 1,
        "day": TODAY - timedelta(days=back),
        "kind": AnomalyKind.IMPRESSIONS_LOW,
        "seen": 12.0,
        "usual": 1020.0,
        "strength": 2.0,
    }
    return replace(QUIET, anomalies=(Anomaly(**{**values, **changes}),))


def paced(pace: Pace, budget: int | None = 900) -> AdAnalysis:
    """An account on course for 1,200."""
    month = MonthPacing(
        month="2026-10",
        days_left=16,
        spent=500 * MICROS,
        projected=Interval(expected=1200.0 * MICROS, low=1100.0 * MICROS, high=1300.0 * MICROS),
        limit=1216 * MICROS,
        month_budget=None if budget is None else budget * MICROS,
        pace=pace,
    )
    return replace(QUIET, pacing=month)


def test_a_quiet_account_is_no_news() -> None:
    assert list(ad_findings(BRAND, QUIET)) == []


@pytest.mark.parametrize(
    ("changes", "title", "detail"),
    [
        ({}, "impressions low", "In campaign Search: 12 where 1,020 are usual."),
        ({"campaign": None}, "impressions low", "In the account: 12 where 1,020 are usual."),
        ({"campaign": 99}, "impressions low", "In campaign 99: 12 where 1,020 are usual."),
        (
            {"kind": AnomalyKind.PRICE_HIGH, "seen": 2_400_000.0, "usual": 800_000.0},
            "price high",
            "In campaign Search: £2.40 a click where £0.80 are usual.",
        ),
    ],
)
def test_an_odd_day_is_told_with_its_figures(changes: dict[str, Any], title: str, detail: str) -> None:
    [found] = ad_findings(BRAND, odd(**changes))
    assert (found.kind, found.brand, found.detail) == (AlertKind.AD_ANOMALY, BRAND, detail)
    assert title in found.title and found.mend


@pytest.mark.parametrize(("back", "days", "told"), [(NEWS.days, 1, 1), (NEWS.days + 1, 1, 0), (NEWS.days + 3, 4, 1)])
def test_old_days_are_history_and_what_goes_on_is_news(back: int, days: int, told: int) -> None:
    assert len(list(ad_findings(BRAND, odd(back, days=days)))) == told


def test_a_month_above_its_budget() -> None:
    [found] = ad_findings(BRAND, paced(Pace.OVER))
    assert found.subject == "month 2026-10"
    assert found.detail == "On course for £1,200; the budget is £900."


@pytest.mark.parametrize("analysis", [paced(Pace.ON_PACE), paced(Pace.UNDER), paced(Pace.NO_BUDGET, None)])
def test_every_other_pace_is_well(analysis: AdAnalysis) -> None:
    assert list(ad_findings(BRAND, analysis)) == []


def test_the_daily_look_raises_once_resolves_what_is_over_and_leaves_other_brands_alone(
    floor: Floor, listener: Listener
) -> None:
    desk = floor.office.work.health
    desk.settle_ads(BRAND, odd())
    desk.settle_ads(BRAND, odd())
    [alert] = desk.alerts.find()
    assert (alert.kind, alert.occurrences, alert.state) == (AlertKind.AD_ANOMALY, 2, AlertState.OPEN)
    other = BRAND.__class__("coffee_bar")
    desk.settle_ads(other, paced(Pace.OVER))
    desk.settle_ads(BRAND, QUIET)
    assert [alert.brand for alert in desk.alerts.find()] == [other]


def test_hostile_names_of_campaigns_are_told_as_plain_words(floor: Floor, listener: Listener) -> None:
    from marketing_pipeline.operations.alert_message import alert_message

    [campaign] = QUIET.account.campaigns
    named = replace(campaign, name="@everyone \u202eevil https://evil.example/x \x1b[31m")
    history = replace(QUIET.account, campaigns=(named,))
    floor.office.work.health.settle_ads(BRAND, replace(odd(), account=history))
    told = alert_message(floor.office.work.health.alerts.find(), "")
    assert not {"@", "\u202e", "\x1b"} & set(told.body) and "://" not in told.body
