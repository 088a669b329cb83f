"""The market behind the figures: what it promises in `truth` is what the figures show."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.chance import normal, poisson, uniform
from marketing_pipeline.sandbox.google_ads.demand import AnomalyKind
from marketing_pipeline.sandbox.google_ads.search_terms import NegativeKeyword
from marketing_pipeline.sandbox.google_ads.truth import Truth
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, Ads, refused, serve

YEAR = AdsAccount(customer_id=CUSTOMER, campaigns=4, keywords=4, history_days=400, anomalies=0.02)
FIRST, LAST = date(2025, 6, 1), date(2026, 5, 10)
DAYS = f"segments.date BETWEEN '{FIRST}' AND '{LAST}'"
SETTLED = f"segments.date BETWEEN '2026-05-15' AND '{NOON.date() - timedelta(days=1)}'"


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ads]:
    with serve(tmp_path_factory.mktemp("market"), SteppedClock(NOON), YEAR) as served:
        yield served


@pytest.fixture(scope="module")
def truth(ads: Ads) -> Truth:
    return ads.sandbox.truth(CUSTOMER, FIRST, LAST)


@pytest.fixture(scope="module")
def rows(ads: Ads) -> list[Any]:
    metrics = "metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value"
    return ads.rows(f"SELECT segments.date, campaign.id, {metrics} FROM campaign WHERE {DAYS}")


def test_conversions_follow_the_true_curve(rows: list[Any], truth: Truth) -> None:
    strange = {(item.campaign, item.day.isoformat()) for item in truth.anomalies}
    for campaign in truth.campaigns:
        factors = {day.isoformat(): factor for day, factor in truth.day_factors[campaign.id]}
        own = [r for r in rows if r.campaign.id == campaign.id and (campaign.id, r.segments.date) not in strange]
        expected = sum(campaign.conversions(row.metrics.cost_micros, factors[row.segments.date]) for row in own)
        found = sum(row.metrics.conversions for row in own)
        assert found == pytest.approx(expected, rel=0.02 + 3 / np.sqrt(expected))
        worth = sum(row.metrics.conversions_value for row in own) / found
        assert worth == pytest.approx(campaign.value_micros / 1e6, rel=0.08)


def test_returns_diminish(truth: Truth) -> None:
    for campaign in truth.campaigns:
        spends = [campaign.budget_micros * share for share in (0.1, 0.5, 1, 2, 4)]
        marginal = [campaign.marginal(spend) for spend in spends]
        assert marginal == sorted(marginal, reverse=True)
        step = (campaign.conversions(spends[2] + 1e4) - campaign.conversions(spends[2] - 1e4)) / 2e4 * 1e6
        assert marginal[2] == pytest.approx(step, rel=1e-3)


def test_weekdays_and_season_show_in_spend(rows: list[Any], truth: Truth) -> None:
    strange = {(item.campaign, item.day.isoformat()) for item in truth.anomalies}
    for campaign in truth.campaigns:
        factors = {day.isoformat(): factor for day, factor in truth.day_factors[campaign.id]}
        # Before the first of the earlier budgets ended.
        own = [row for row in rows if row.campaign.id == campaign.id and row.segments.date < "2026-03-01"]
        own = [row for row in own if (campaign.id, row.segments.date) not in strange]
        found = np.corrcoef([row.metrics.cost_micros for row in own], [factors[row.segments.date] for row in own])
        assert found[0, 1] > 0.3
        assert np.mean(list(factors.values())) == pytest.approx(1, abs=0.03)


def test_anomalies_are_rare_and_visible(rows: list[Any], truth: Truth) -> None:
    days = (LAST - FIRST).days + 1
    assert 0.005 * days * 5 < len(truth.anomalies) < 0.04 * days * 5
    clicks = {(row.campaign.id, row.segments.date): row.metrics for row in rows}
    for item in truth.anomalies:
        metrics = clicks.get((item.campaign, item.day.isoformat()))
        if metrics is not None and item.kind is AnomalyKind.TRACKING_OUTAGE:
            assert metrics.clicks > 0
            assert metrics.conversions == 0
    assert {item.kind for item in truth.anomalies} == set(AnomalyKind)


def test_wasted_terms_cost_and_never_convert(ads: Ads, truth: Truth) -> None:
    rows = ads.rows(
        "SELECT search_term_view.search_term, segments.keyword.ad_group_criterion, metrics.cost_micros,"
        f" metrics.conversions, metrics.clicks FROM search_term_view WHERE {DAYS}"
    )
    wasted = {(item.criterion, item.term) for item in truth.wasted_terms}
    assert wasted
    cost = {True: 0, False: 0}
    for row in rows:
        criterion = int(row.segments.keyword.ad_group_criterion.rpartition("~")[2])
        wastes = (criterion, row.search_term_view.search_term) in wasted
        cost[wastes] += row.metrics.cost_micros
        assert not (wastes and row.metrics.conversions)
    assert 0.02 < cost[True] / (cost[True] + cost[False]) < 0.4


def test_days_cost_twice_the_budget_at_most_and_months_30_4_times(tmp_path: Path) -> None:
    clock = SteppedClock(NOON.replace(month=5, day=31))
    plan = AdsAccount(
        customer_id=CUSTOMER, campaigns=4, shared_budget=True, removed_campaigns=0, history_days=31, anomalies=0.2
    )
    with serve(tmp_path, clock, plan) as ads:
        clock.step_to(NOON.replace(month=9, day=1))
        budgets = ads.budgets()
        assert len(budgets) == 3
        query = "SELECT segments.{0}, campaign_budget.id, metrics.cost_micros FROM campaign_budget WHERE {1}"
        span = "segments.date BETWEEN '2026-06-01' AND '2026-08-31'"
        daily = ads.rows(query.format("date", span))
        monthly = ads.rows(query.format("month", span))
        shares = [row.metrics.cost_micros / budgets[row.campaign_budget.resource_name] for row in daily]
        assert 1.5 < max(shares) <= 2
        months = [row.metrics.cost_micros / budgets[row.campaign_budget.resource_name] for row in monthly]
        assert max(months) <= 30.4
        assert max(months) > 29


def test_late_conversions_change_past_days_upwards_only(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, YEAR) as ads:
        query = f"SELECT segments.date, campaign.id, metrics.clicks, metrics.conversions FROM campaign WHERE {SETTLED}"
        seen: list[dict[Any, tuple[int, float]]] = []
        for _ in range(3):
            rows = ads.rows(query)
            seen.append({(r.campaign.id, r.segments.date): (r.metrics.clicks, r.metrics.conversions) for r in rows})
            clock.sleep(31 * 86_400)
        first, later, last = seen
        assert [clicks for clicks, _ in first.values()] == [clicks for clicks, _ in later.values()]
        assert all(later[key][1] >= first[key][1] for key in first)
        assert sum(found for _, found in later.values()) > 1.02 * sum(found for _, found in first.values())
        assert last == later


def test_pausing_and_negative_keywords_stop_what_they_say(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, YEAR) as ads:
        first, second, *_ = ads.names("campaign")
        paused = ads.client.enums.CampaignStatusEnum.PAUSED
        ads.mutate("Campaigns", ads.update("Campaign", first, {"status": paused}))
        wasted = ads.sandbox.truth(CUSTOMER, FIRST, FIRST).wasted_terms
        number = int(second.rpartition("/")[2])
        term = next(item.term for item in wasted if item.campaign == number)
        ads.mutate("CampaignCriteria", ads.keyword(second, term, "EXACT", negative=True))
        clock.sleep(8 * 86_400)
        span = "segments.date DURING LAST_7_DAYS"
        shown = {
            row.campaign.resource_name
            for row in ads.rows(f"SELECT segments.date, campaign.id, metrics.clicks FROM campaign WHERE {span}")
        }
        assert first not in shown
        assert second in shown
        found = ads.rows(
            "SELECT search_term_view.search_term, search_term_view.status, campaign.id, metrics.clicks"
            f" FROM search_term_view WHERE campaign.id = {number} AND {span}"
        )
        assert term not in {row.search_term_view.search_term for row in found}
        [earlier, *_] = ads.rows(
            "SELECT search_term_view.search_term, search_term_view.status, metrics.clicks FROM search_term_view"
            f" WHERE search_term_view.search_term = '{term}' AND campaign.id = {number}"
        )
        assert earlier.search_term_view.status == ads.client.enums.SearchTermTargetingStatusEnum.EXCLUDED


def test_an_account_without_conversions_has_clicks_alone(tmp_path: Path, clock: SteppedClock) -> None:
    plan = YEAR.model_copy(update={"measures_conversions": False, "history_days": 60})
    with serve(tmp_path, clock, plan) as ads:
        [row] = ads.rows("SELECT metrics.clicks, metrics.conversions, metrics.cost_per_conversion FROM customer")
        assert row.metrics.clicks > 1000
        assert row.metrics.HasField("conversions")
        assert row.metrics.conversions == 0
        assert not row.metrics.HasField("cost_per_conversion")


def test_yen_have_no_sen(tmp_path: Path, clock: SteppedClock) -> None:
    account = AdsAccount(customer_id=CUSTOMER, campaigns=1, keywords=1, currency="JPY", time_zone="Asia/Tokyo")
    with serve(tmp_path, clock, account) as ads:
        [name] = ads.budgets()
        with refused("campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"):
            ads.set_budget(name, 5_000_500_000)
        ads.set_budget(name, 5_001_000_000)
        costs = {
            row.metrics.cost_micros % 1_000_000
            for row in ads.rows(
                "SELECT segments.date, metrics.cost_micros FROM keyword_view WHERE segments.date DURING LAST_30_DAYS"
            )
        }
        assert costs == {0}


def test_a_removed_campaign_stopped_before_the_opening(ads: Ads) -> None:
    query = "SELECT segments.date, metrics.cost_micros FROM campaign WHERE campaign.status = 'REMOVED' AND "
    days = [row.segments.date for row in ads.rows(query + "segments.date DURING LAST_30_DAYS")]
    assert days == []
    days = [row.segments.date for row in ads.rows(query + "segments.date BETWEEN '2026-01-01' AND '2026-06-15'")]
    assert max(days) == (NOON.date() - timedelta(days=46)).isoformat()


@pytest.mark.parametrize(
    ("match_type", "term", "kept"),
    [
        ("EXACT", "free prints", True),
        ("EXACT", "prints free", False),
        ("EXACT", "free prints uk", False),
        ("PHRASE", "get free prints uk", True),
        ("PHRASE", "free art prints", False),
        ("BROAD", "prints that are free", True),
        ("BROAD", "free print", False),
        ("BROAD", "", False),
    ],
)
def test_negative_keywords_match_as_documented(match_type: str, term: str, kept: bool) -> None:
    assert NegativeKeyword("Free prints", match_type).keeps_away(term) is kept


@pytest.mark.parametrize("mean", [0.05, 1.3, 12.0, 29.9, 30.1, 400.0])
def test_counts_are_poisson(mean: float) -> None:
    draws = uniform(np.arange(40_000, dtype=np.uint64), np.array([1]), 1)
    counts = poisson(draws, np.full(draws.shape, mean))
    assert counts.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 40_000) + 0.01 * (mean >= 30))
    assert counts.var() == pytest.approx(mean, rel=0.06)


@given(st.floats(0, 200), st.floats(0, 200), st.integers(0, 2**64 - 1))
def test_a_larger_mean_never_gives_a_smaller_count(one: float, other: float, name: int) -> None:
    draw = uniform(np.array([name], dtype=np.uint64), np.array([1]), 1)
    low, high = sorted((one, other))
    if (low < 30) == (high < 30):
        assert poisson(draw, np.array([[low]]))[0, 0] <= poisson(draw, np.array([[high]]))[0, 0]


def test_normal_draws_are_normal() -> None:
    draws = normal(uniform(np.arange(50_000, dtype=np.uint64), np.array([3, 4]), 5))
    assert abs(draws.mean()) < 0.01
    assert draws.std() == pytest.approx(1, abs=0.02)
