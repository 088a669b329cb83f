"""Figures follow from the seed and the changes, and from nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.platform import AdsPlatform, AdsSandboxConfig
from marketing_pipeline.sandbox.google_ads.world import OtherWorld
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SMALL, Ads, serve

EVERYTHING = (
    "SELECT segments.date, segments.keyword.ad_group_criterion, search_term_view.search_term, metrics.impressions,"
    " metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value FROM search_term_view"
    " WHERE segments.date BETWEEN '2026-01-01' AND '2026-12-31'"
)


def everything(ads: Ads) -> list[str]:
    return sorted(str(row) for row in ads.rows(EVERYTHING))


def change(ads: Ads, clock: SteppedClock) -> None:
    """A week with changes at odd hours."""
    budget = next(iter(ads.budgets()))
    clock.sleep(3 * 86_400 + 5_000)
    ads.set_budget(budget, 11_000_000)
    clock.sleep(2_000)
    ads.mutate("CampaignCriteria", ads.keyword(ads.names("campaign")[0], "uk", negative=True))
    clock.sleep(4 * 86_400)
    ads.mutate("AdGroupCriteria", ads.keyword(ads.names("ad_group")[1], "linen prints", "BROAD"))
    clock.sleep(86_400)


def test_the_same_seed_gives_the_same_account(tmp_path: Path) -> None:
    found: list[list[str]] = []
    for home in ("one", "two"):
        clock = SteppedClock(NOON)
        with serve(tmp_path / home, clock, SMALL) as ads:
            change(ads, clock)
            found.append(everything(ads))
    assert found[0] == found[1]
    assert len(found[0]) > 500


def test_another_seed_gives_another(tmp_path: Path, ads: Ads, clock: SteppedClock) -> None:
    other = AdsPlatform(AdsSandboxConfig(home=tmp_path / "other", seed=8, accounts=(SMALL,)), clock)
    names = [platform.truth(CUSTOMER, NOON.date(), NOON.date()).campaigns for platform in (ads.sandbox, other)]
    other.close()
    assert [campaign.id for campaign in names[0]] == [campaign.id for campaign in names[1]]
    assert names[0] != names[1]


def test_who_asks_when_makes_no_difference(tmp_path: Path) -> None:
    found: list[list[str]] = []
    for asks in (True, False):
        clock = SteppedClock(NOON)
        with serve(tmp_path / str(asks), clock, SMALL) as ads:
            clock.step_to(NOON.replace(month=7, day=1, hour=0))
            for budget in ads.budgets():
                ads.set_budget(budget, 4_000_000)
            # Up to the end of the month, when what was spent decides what may be.
            for _ in range(65):
                clock.sleep(40_000)
                if asks:
                    ads.rows("SELECT metrics.clicks FROM customer WHERE segments.date DURING TODAY")
            found.append(everything(ads))
    assert found[0] == found[1]


def test_a_restart_changes_nothing(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL) as ads:
        change(ads, clock)
        before = everything(ads), ads.budgets(), ads.names("ad_group_criterion"), ads.sandbox.journal()
    with serve(tmp_path, clock, SMALL) as ads:
        after = everything(ads), ads.budgets(), ads.names("ad_group_criterion"), ads.sandbox.journal()
    assert before == after
    assert len(after[3]) == 3


def test_a_change_leaves_the_past_as_it_was(ads: Ads, clock: SteppedClock) -> None:
    query = EVERYTHING.replace("2026-12-31", "2026-05-15")
    before = [str(row) for row in ads.rows(query)]
    change(ads, clock)
    assert [str(row) for row in ads.rows(query)] == before


def test_a_home_keeps_its_seed_and_plans(tmp_path: Path, clock: SteppedClock) -> None:
    AdsPlatform(AdsSandboxConfig(home=tmp_path, seed=7, accounts=(SMALL,)), clock).close()
    with pytest.raises(OtherWorld, match="seed 7"):
        AdsPlatform(AdsSandboxConfig(home=tmp_path, seed=8, accounts=(SMALL,)), clock)
    larger = SMALL.model_copy(update={"campaigns": 3})
    with pytest.raises(OtherWorld, match="another plan"):
        AdsPlatform(AdsSandboxConfig(home=tmp_path, seed=7, accounts=(larger,)), clock)


def test_today_grows_through_the_day_and_a_cut_budget_keeps_what_was_spent(ads: Ads, clock: SteppedClock) -> None:
    query = "SELECT metrics.impressions, metrics.clicks FROM customer WHERE segments.date = '2026-06-15'"
    seen: list[int] = []
    for hours in range(10):
        if hours == 5:
            for name in ads.budgets():
                ads.set_budget(name, 10_000)
        [row] = ads.rows(query)
        seen.append(row.metrics.clicks)
        clock.sleep(timedelta(hours=1).total_seconds())
    assert seen == sorted(seen)
    assert seen[5] > seen[0] > 0
    assert seen[9] - seen[5] <= 1


def test_days_are_those_of_the_account(tmp_path: Path) -> None:
    clock = SteppedClock(NOON.replace(hour=22))
    tokyo = SMALL.model_copy(update={"time_zone": "Asia/Tokyo"})
    with serve(tmp_path, clock, tokyo) as ads:
        [row] = ads.rows("SELECT segments.date, metrics.clicks FROM customer WHERE segments.date DURING TODAY")
        assert row.segments.date == "2026-06-16"
