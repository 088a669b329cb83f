from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.channels.google_ads.client import AdsClient, zone_of
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.channels.google_ads.failure import AdsFailure
from marketing_pipeline.channels.google_ads.targets import UnsupportedChange
from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatform
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.settings.google_ads import access_of_sandbox
from marketing_pipeline_tests.channels.google_ads.changes import budget_change, change, changes
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SMALL, Ads, serve


def test_every_kind_is_read_checked_and_set_once(ads: Ads, client: AdsClient) -> None:
    kinds: list[AdChangeKind] = []
    for each in changes(ads):
        kinds.append(each.change_kind)
        assert client.read_value(each) == each.before, each
        client.validate(each)
        assert client.read_value(each) == each.before, each
        before = len(ads.applied())
        assert client.apply(each)
        assert len(ads.applied()) == before + 1
        assert client.read_value(each) == each.after, each
    assert set(kinds) == set(AdChangeKind)


def test_an_applied_change_carries_the_id_under_which_the_journal_has_it(ads: Ads, client: AdsClient) -> None:
    request_id = client.apply(budget_change(ads))
    assert [entry.request_id for entry in ads.sandbox.applied()] == [request_id]


def test_a_negative_keyword_is_taken_back(ads: Ads, client: AdsClient) -> None:
    campaign = ads.names("campaign")[0]
    client.apply(change(AdChangeKind.ADD_NEGATIVE_KEYWORD, campaign, "", "PHRASE:Free Posters"))
    back = change(AdChangeKind.ADD_NEGATIVE_KEYWORD, campaign, "PHRASE:free posters", "")
    assert client.read_value(back) == "PHRASE:free posters"
    client.apply(back)
    assert client.read_value(back) == ""
    with pytest.raises(AdsFailure, match="removed") as caught:
        client.apply(back)
    assert caught.value.failure is AdFailureClass.REFUSED


def test_a_match_type_of_its_own_is_another_keyword(ads: Ads, client: AdsClient) -> None:
    campaign = ads.names("campaign")[0]
    client.apply(change(AdChangeKind.ADD_NEGATIVE_KEYWORD, campaign, "", "PHRASE:free"))
    assert client.read_value(change(AdChangeKind.ADD_NEGATIVE_KEYWORD, campaign, "", "EXACT:free")) == ""


def test_what_never_was_is_gone(ads: Ads, client: AdsClient) -> None:
    name = f"customers/{CUSTOMER}/campaignBudgets/1"
    assert client.read_value(change(AdChangeKind.SET_BUDGET, name, "1000000", "2000000")) is None


def test_a_removed_keyword_is_gone(ads: Ads, client: AdsClient) -> None:
    keyword = ads.names("ad_group_criterion")[0]
    ads.mutate("AdGroupCriteria", ads.remove("AdGroupCriterion", keyword))
    assert client.read_value(change(AdChangeKind.PAUSE_KEYWORD, keyword, "ENABLED", "PAUSED")) is None


def test_a_change_of_the_wrong_resource_is_never_sent(ads: Ads, client: AdsClient) -> None:
    campaign = ads.names("campaign")[0]
    for act in (client.read_value, client.validate, client.apply):
        with pytest.raises(UnsupportedChange, match="campaignBudgets"):
            act(change(AdChangeKind.SET_BUDGET, campaign, "1000000", "2000000"))
    assert ads.sandbox.journal() == []


@pytest.mark.parametrize("text", ["BROAD:free", "EXACT:", "free"])
def test_a_negative_keyword_needs_match_type_and_words(ads: Ads, client: AdsClient, text: str) -> None:
    with pytest.raises(UnsupportedChange, match="EXACT:the words"):
        client.apply(change(AdChangeKind.ADD_NEGATIVE_KEYWORD, ads.names("campaign")[0], "", text))


def test_a_target_is_for_campaigns_that_maximise_conversions(ads: Ads, client: AdsClient) -> None:
    rows = ads.rows("SELECT campaign.resource_name, campaign.bidding_strategy_type FROM campaign")
    others = [row.campaign.resource_name for row in rows if row.campaign.bidding_strategy_type != 10]
    assert others
    with pytest.raises(UnsupportedChange, match="MAXIMIZE_CONVERSIONS"):
        client.read_value(change(AdChangeKind.SET_TARGET_CPA, others[0], "0", "9000000"))


def test_another_writers_edit_shows_with_both_values(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    wanted = budget_change(ads)
    start = clock.now()
    client.apply(wanted)
    clock.sleep(3600)
    ads.sandbox.edit_elsewhere(wanted.resource, {"amount_micros": 7_000_000})
    ads.sandbox.edit_elsewhere(wanted.resource, {"name": "Renamed"})
    clock.sleep(600)
    ours, theirs = client.recent_change_events(wanted, start)
    assert (ours.before, ours.after) == (wanted.before, wanted.after)
    assert (ours.at, ours.client_type) == (start, "GOOGLE_ADS_API")
    assert (theirs.before, theirs.after) == (wanted.after, "7000000")
    assert (theirs.user, theirs.client_type) == ("colleague@shop.example", "GOOGLE_ADS_WEB_CLIENT")
    assert client.recent_change_events(wanted, start + timedelta(minutes=30)) == (theirs,)


def test_edits_of_a_status_and_of_a_target_are_told_in_the_words_of_changes(
    ads: Ads, client: AdsClient, clock: SteppedClock
) -> None:
    start = clock.now()
    done = [each for each in changes(ads) if each.change_kind in ("pause_keyword", "set_target_cpa")]
    for each in done:
        client.apply(each)
    clock.sleep(600)
    for each in done:
        [event] = client.recent_change_events(each, start)
        assert (event.before, event.after) == (each.before, each.after)


def test_a_change_shows_late_in_the_history(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    wanted = budget_change(ads)
    client.apply(wanted)
    assert client.recent_change_events(wanted, clock.now() - timedelta(days=1)) == ()


def test_bidding_status_is_that_of_the_campaigns_concerned(ads: Ads, client: AdsClient) -> None:
    [target] = [each for each in changes(ads) if each.change_kind is AdChangeKind.SET_TARGET_CPA]
    [group] = ads.rows(
        f"SELECT ad_group.resource_name, campaign.campaign_budget FROM ad_group"
        f" WHERE campaign.resource_name = '{target.resource}' LIMIT 1"
    )
    budget = group.campaign.campaign_budget
    amount = ads.budgets()[budget]
    concerned = [
        target,
        change(AdChangeKind.SET_BUDGET, budget, str(amount), str(amount + 10_000)),
        change(AdChangeKind.SET_BID, group.ad_group.resource_name, "0", "10000"),
    ]
    assert {client.bidding_status(each) for each in concerned} == {"ENABLED"}
    client.apply(target)
    assert {client.bidding_status(each) for each in concerned} == {"LEARNING_SETTING_CHANGE"}


def test_a_shared_budget_counts_its_campaigns(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL.model_copy(update={"shared_budget": True, "campaigns": 3})) as ads:
        client = AdsClient(AdsConnection(access_of_sandbox(tmp_path), clock))
        budgets = ads.budgets()
        counts = {
            name: client.budget_reference_count(change(AdChangeKind.SET_BUDGET, name, str(amount), "1"))
            for name, amount in budgets.items()
        }
        facts = client.account(CUSTOMER)
        client.close()
    assert sorted(counts.values()) == [1, 2]
    assert facts.daily_budget_micros == sum(budgets.values())
    assert (facts.currency, facts.time_zone) == ("GBP", "Europe/London")


def test_ads_have_words_for_people(ads: Ads, client: AdsClient) -> None:
    labels = client.ad_labels(CUSTOMER)
    assert labels and all(" | " in label for label in labels.values())


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_time_zone_that_is_not_known_is_the_accounts_own_failure(name: str) -> None:
    with pytest.raises(AdsFailure) as failed:
        zone_of(name)
    assert failed.value.failure is AdFailureClass.HUMAN


def platform(client: AdsClient) -> AdPlatform:
    """The client is what the executor asks for: the type checker's test."""
    return client
