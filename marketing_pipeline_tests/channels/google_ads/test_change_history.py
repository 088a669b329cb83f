"""Who changed what, read for many changes at once from the account's history, over the wire."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.channels.google_ads.change_event import all_events
from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_overwrite import first_overwrite, overwrite_in_words
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.money import Money
from marketing_pipeline_tests.channels.google_ads.changes import budget_change, change, changes
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, Ads

LONDON = ZoneInfo("Europe/London")


def test_each_change_is_told_the_edits_of_its_own_field(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    start = clock.now()
    made = [each for each in changes(ads) if each.change_kind in ("set_budget", "set_bid", "pause_keyword")]
    for each in made:
        client.apply(each)
        clock.sleep(60)
    budget, bid, pause = made
    ads.sandbox.edit_elsewhere(bid.resource, {"cpc_bid_micros": 770_000})
    clock.sleep(3600)
    ads.sandbox.edit_elsewhere(budget.resource, {"amount_micros": 9_000_000})
    clock.sleep(600)
    negative = change(AdChangeKind.ADD_NEGATIVE_KEYWORD, ads.names("campaign")[0], "", "EXACT:free posters")
    asked = len(ads.sandbox.calls())
    told = client.edits(CUSTOMER, [*made, negative], start)
    assert [[edit.after for edit in edits] for edits in told] == [
        [budget.after, "9000000"],
        [bid.after, "770000"],
        ["PAUSED"],
        [],
    ]
    assert pause.resource == bid.resource, "two fields of one resource are told apart"
    assert len(ads.sandbox.calls()) - asked == 2, "the time zone, and the whole history in one"


def test_a_colleagues_edit_is_named_with_day_and_amounts(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    wanted, start = budget_change(ads), clock.now()
    client.apply(wanted)
    clock.sleep(26 * 3600)
    ads.sandbox.edit_elsewhere(wanted.resource, {"amount_micros": 9_000_000})
    clock.sleep(86_400)
    [edits] = client.edits(CUSTOMER, [wanted], start)
    found = first_overwrite(wanted, edits, clock.now(), LONDON)
    assert found is not None
    ours = Money(micros=int(wanted.after), currency="GBP").label()
    said = overwrite_in_words(wanted, found)
    assert said == f"overwritten on 2026-06-16 by colleague@shop.example: {ours} → £9"


def test_a_removed_resource_has_no_value_any_more(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    keyword, start = ads.names("ad_group_criterion")[0], clock.now()
    made = [
        change(AdChangeKind.PAUSE_KEYWORD, keyword, "ENABLED", "PAUSED"),
        change(AdChangeKind.SET_BID, keyword, "500000", "600000"),
    ]
    ads.mutate("AdGroupCriteria", ads.remove("AdGroupCriterion", keyword))
    clock.sleep(600)
    for edits in client.edits(CUSTOMER, made, start):
        assert [edit.after for edit in edits] == [None]


def test_the_history_is_read_as_far_back_as_google_keeps_it(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    wanted = budget_change(ads)
    client.apply(wanted)
    clock.sleep(40 * 86_400)
    assert client.edits(CUSTOMER, [wanted], clock.now() - timedelta(days=29)) == ((),)


@pytest.mark.parametrize("most", [1, 2, 3, 10_000])
def test_a_history_that_is_cut_short_is_read_on(ads: Ads, client: AdsClient, clock: SteppedClock, most: int) -> None:
    wanted, start = budget_change(ads), clock.now()
    amounts = [7_000_000 + number * 10_000 for number in range(5)]
    for amount in amounts:
        ads.sandbox.edit_elsewhere(wanted.resource, {"amount_micros": amount})
        clock.sleep(60)
    clock.sleep(600)
    rows = all_events(lambda query: client.rows(CUSTOMER, query), start, clock.now(), LONDON, most)
    assert [row.change_event.new_resource.campaign_budget.amount_micros for row in rows] == amounts
