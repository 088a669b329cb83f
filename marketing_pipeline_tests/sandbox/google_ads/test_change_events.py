"""The change history: who changed what, a little late, and only for those who ask properly."""

from typing import Any

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.sandbox.google_ads.served import Ads, refused

SELECT = (
    "SELECT change_event.change_date_time, change_event.change_resource_name, change_event.change_resource_type,"
    " change_event.resource_change_operation, change_event.client_type, change_event.user_email,"
    " change_event.changed_fields, change_event.old_resource, change_event.new_resource, change_event.campaign"
    " FROM change_event WHERE "
)
TIME = "change_event.change_date_time"
THIS_WEEK = f"{SELECT}{TIME} >= '2026-06-15' AND {TIME} <= '2026-06-20' LIMIT 100"


def events(ads: Ads) -> list[Any]:
    return [row.change_event for row in ads.rows(THIS_WEEK)]


def test_a_change_appears_late_with_old_and_new_values(ads: Ads, clock: SteppedClock) -> None:
    [budget, *_] = ads.budgets()
    before = ads.budgets()[budget]
    ads.set_budget(budget, 5_000_000, validate_only=True)
    ads.set_budget(budget, 5_000_000)
    clock.sleep(119)
    assert events(ads) == []
    clock.sleep(1)
    [event] = events(ads)
    assert event.change_date_time == "2026-06-15 12:00:00.000000"
    assert event.change_resource_name == budget
    assert list(event.changed_fields.paths) == ["amount_micros"]
    assert event.old_resource.campaign_budget.amount_micros == before
    assert event.new_resource.campaign_budget.amount_micros == 5_000_000
    assert event.new_resource.campaign_budget.name == ""
    enums = ads.client.enums
    assert event.change_resource_type == enums.ChangeEventResourceTypeEnum.CAMPAIGN_BUDGET
    assert event.resource_change_operation == enums.ResourceChangeOperationEnum.UPDATE
    assert event.client_type == enums.ChangeClientTypeEnum.GOOGLE_ADS_API


def test_other_writers_are_told_apart(ads: Ads, clock: SteppedClock) -> None:
    [campaign, *_] = ads.names("campaign")
    ads.sandbox.edit_elsewhere(campaign, {"status": "PAUSED"})
    clock.sleep(200)
    [event] = events(ads)
    assert event.client_type == ads.client.enums.ChangeClientTypeEnum.GOOGLE_ADS_WEB_CLIENT
    assert event.user_email == "colleague@shop.example"
    assert event.campaign == campaign


def test_what_changed_nothing_is_no_event(ads: Ads, clock: SteppedClock) -> None:
    budget, amount = next(iter(ads.budgets().items()))
    ads.set_budget(budget, amount)
    clock.sleep(200)
    assert events(ads) == []
    assert len(ads.sandbox.applied()) == 1


def test_creations_and_removals_of_keywords_name_their_campaign(ads: Ads, clock: SteppedClock) -> None:
    [row, *_] = ads.rows("SELECT ad_group.resource_name, ad_group.campaign FROM ad_group")
    [made] = ads.mutate("AdGroupCriteria", ads.keyword(row.ad_group.resource_name, "linen prints")).results
    clock.sleep(1)
    ads.mutate("AdGroupCriteria", ads.remove("AdGroupCriterion", made.resource_name))
    clock.sleep(200)
    created, removed = events(ads)
    operations = ads.client.enums.ResourceChangeOperationEnum
    assert [event.resource_change_operation for event in (created, removed)] == [operations.CREATE, operations.REMOVE]
    assert created.new_resource.ad_group_criterion.keyword.text == "linen prints"
    assert {created.campaign, removed.campaign} == {row.ad_group.campaign}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("change_event.campaign != ''  LIMIT 5", "CHANGE_DATE_RANGE_INFINITE"),
        (f"{TIME} >= '2026-06-10' LIMIT 5", "CHANGE_DATE_RANGE_INFINITE"),
        (f"{TIME} BETWEEN '2026-05-10' AND '2026-06-10' LIMIT 5", "START_DATE_TOO_OLD"),
        (f"{TIME} BETWEEN '2026-06-10' AND '2026-06-12'", "LIMIT_NOT_SPECIFIED"),
        (f"{TIME} DURING LAST_7_DAYS LIMIT 10001", "INVALID_LIMIT_CLAUSE"),
    ],
)
def test_a_careless_question_is_refused(ads: Ads, where: str, code: str) -> None:
    with refused(f"change_event_error.{code}"):
        ads.rows(SELECT + where)
