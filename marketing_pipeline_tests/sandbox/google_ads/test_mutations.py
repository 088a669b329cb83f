"""Changes: each service does what it is asked, all or nothing, and the journal tells."""

from typing import Any

import grpc
import pytest

from marketing_pipeline.sandbox.google_ads.journal import Outcome
from marketing_pipeline_tests.sandbox.google_ads.served import (
    CUSTOMER,
    SECONDS,
    Ads,
    partial_codes,
    partial_failure_of,
    refused,
)

PENCE = 10_000


def responsive_ad(ads: Ads, group: str, *headlines: str) -> Any:
    operation = ads.client.get_type("AdGroupAdOperation")
    operation.create.ad_group = group
    operation.create.ad.final_urls.append("https://shop.example/new")
    for text in headlines or ("One", "Two", "Three"):
        operation.create.ad.responsive_search_ad.headlines.add(text=text)
    for text in ("First line.", "Second line."):
        operation.create.ad.responsive_search_ad.descriptions.add(text=text)
    return operation


def test_a_budget_is_set_and_read_back(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    before = ads.budgets()[name]
    response = ads.set_budget(name, before + PENCE)
    assert [result.resource_name for result in response.results] == [name]
    assert ads.budgets()[name] == before + PENCE
    [entry] = ads.sandbox.applied()
    assert entry.before is not None and entry.after is not None
    assert (entry.before["amount_micros"], entry.after["amount_micros"]) == (before, before + PENCE)
    assert (entry.method, entry.operation, entry.resource) == ("MutateCampaignBudgets", "update", name)


class RequestIds(grpc.UnaryUnaryClientInterceptor):
    """Keeps the ids that come in the metadata of each answer."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        call = continuation(client_call_details, request)
        self.seen.append(dict(call.initial_metadata())["request-id"])
        return call


def test_the_request_id_of_a_success_is_that_of_the_journal(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    ids = RequestIds()
    service = ads.client.get_service("CampaignBudgetService", interceptors=[ids])
    operation = ads.update("CampaignBudget", name, {"amount_micros": 7_000_000})
    service.mutate_campaign_budgets(request=ads.request("CampaignBudgets", [operation]), timeout=SECONDS)
    [entry] = ads.sandbox.applied()
    assert ids.seen == [entry.request_id] == [ads.sandbox.calls()[-1].request_id]


def test_a_dry_run_changes_nothing_and_is_in_the_journal(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    before = ads.budgets()
    response = ads.set_budget(name, before[name] + PENCE, validate_only=True)
    assert len(response.results) == 0
    assert ads.budgets() == before
    assert ads.sandbox.applied() == []
    [entry] = ads.sandbox.journal()
    assert (entry.outcome, entry.validate_only) == (Outcome.VALIDATED, True)


def test_a_dry_run_is_refused_as_the_real_one_would_be(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    with refused("campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"):
        ads.set_budget(name, 1_234_567, validate_only=True)


def test_all_or_nothing_and_every_error_is_told(ads: Ads) -> None:
    first, second = ads.budgets()
    before = ads.budgets()
    operations = [
        ads.update("CampaignBudget", first, {"amount_micros": 5_000_000}),
        ads.update("CampaignBudget", second, {"amount_micros": 1}),
        ads.remove("CampaignBudget", f"customers/{CUSTOMER}/campaignBudgets/9"),
    ]
    with refused("campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT", "mutate_error.RESOURCE_NOT_FOUND"):
        ads.mutate("CampaignBudgets", *operations)
    assert ads.budgets() == before
    assert [entry.outcome for entry in ads.sandbox.journal()] == [Outcome.REFUSED] * 3


@pytest.mark.parametrize("validate_only", [False, True])
def test_partial_failure_keeps_positions(ads: Ads, validate_only: bool) -> None:
    first, second = ads.budgets()
    operations = [
        ads.update("CampaignBudget", first, {"amount_micros": 1}),
        ads.update("CampaignBudget", second, {"amount_micros": 5_000_000}),
    ]
    response = ads.mutate("CampaignBudgets", *operations, partial_failure=True, validate_only=validate_only)
    assert partial_codes(response) == [(0, "campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT")]
    assert [result.resource_name for result in response.results] == ([] if validate_only else ["", second])
    assert (ads.budgets()[second] == 5_000_000) is not validate_only
    done = Outcome.VALIDATED if validate_only else Outcome.APPLIED
    assert [entry.outcome for entry in ads.sandbox.journal()] == [Outcome.REFUSED, done]


def test_an_error_says_where_it_is(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    response = ads.set_budget(name, -PENCE, partial_failure=True)
    failure = partial_failure_of(response)
    path = [element.field_name for element in failure.errors[0].location.field_path_elements]
    assert path == ["operations", "update", "amount_micros"]
    assert failure.request_id == ads.sandbox.journal()[-1].request_id


def test_campaigns_pause_and_run_again(ads: Ads) -> None:
    [name, *_] = ads.names("campaign")
    paused = ads.client.enums.CampaignStatusEnum.PAUSED
    ads.mutate("Campaigns", ads.update("Campaign", name, {"status": paused}))
    assert [
        row.campaign.resource_name
        for row in ads.rows("SELECT campaign.id FROM campaign WHERE campaign.status = 'PAUSED'")
    ] == [name]


def test_targets_are_set(ads: Ads) -> None:
    names = {
        row.campaign.bidding_strategy_type: row.campaign.resource_name
        for row in ads.rows("SELECT campaign.bidding_strategy_type FROM campaign WHERE campaign.status = 'ENABLED'")
    }
    name = names[ads.client.enums.BiddingStrategyTypeEnum.MAXIMIZE_CONVERSIONS]
    ads.mutate("Campaigns", ads.update("Campaign", name, {"maximize_conversions.target_cpa_micros": 9_500_000}))
    query = (
        "SELECT campaign.maximize_conversions.target_cpa_micros, campaign.bidding_strategy_system_status FROM campaign"
        f" WHERE campaign.resource_name = '{name}'"
    )
    [row] = ads.rows(query)
    assert row.campaign.maximize_conversions.target_cpa_micros == 9_500_000
    learning = ads.client.enums.BiddingStrategySystemStatusEnum.LEARNING_SETTING_CHANGE
    assert row.campaign.bidding_strategy_system_status == learning


def test_ad_groups_bid(ads: Ads) -> None:
    [name, *_] = ads.names("ad_group")
    ads.mutate("AdGroups", ads.update("AdGroup", name, {"cpc_bid_micros": 770_000}))
    [row] = ads.rows(f"SELECT ad_group.effective_cpc_bid_micros FROM ad_group WHERE ad_group.resource_name = '{name}'")
    assert row.ad_group.effective_cpc_bid_micros == 770_000


def test_ads_are_made_paused_and_removed(ads: Ads) -> None:
    [group, *_] = ads.names("ad_group")
    [made] = ads.mutate("AdGroupAds", responsive_ad(ads, group)).results
    paused = ads.client.enums.AdGroupAdStatusEnum.PAUSED
    ads.mutate("AdGroupAds", ads.update("AdGroupAd", made.resource_name, {"status": paused}))
    ads.mutate("AdGroupAds", ads.remove("AdGroupAd", made.resource_name))
    assert made.resource_name not in ads.names("ad_group_ad")
    with refused("ad_group_ad_error.CANNOT_OPERATE_ON_REMOVED_ADGROUPAD"):
        ads.mutate("AdGroupAds", ads.update("AdGroupAd", made.resource_name, {"status": paused}))


def test_keywords_are_added_bid_and_removed(ads: Ads) -> None:
    [group, *_] = ads.names("ad_group")
    [made] = ads.mutate("AdGroupCriteria", ads.keyword(group, "linen prints")).results
    ads.mutate("AdGroupCriteria", ads.update("AdGroupCriterion", made.resource_name, {"cpc_bid_micros": 900_000}))
    [row] = ads.rows(
        "SELECT ad_group_criterion.effective_cpc_bid_micros, ad_group_criterion.keyword.text FROM ad_group_criterion"
        f" WHERE ad_group_criterion.resource_name = '{made.resource_name}'"
    )
    assert row.ad_group_criterion.effective_cpc_bid_micros == 900_000
    ads.mutate("AdGroupCriteria", ads.remove("AdGroupCriterion", made.resource_name))
    with refused("mutate_error.RESOURCE_NOT_FOUND"):
        ads.mutate("AdGroupCriteria", ads.remove("AdGroupCriterion", made.resource_name))


def test_negative_keywords_are_added_and_removed(ads: Ads) -> None:
    [campaign, *_] = ads.names("campaign")
    operation = ads.keyword(campaign, "free download", negative=True)
    [made] = ads.mutate("CampaignCriteria", operation).results
    assert ads.names("campaign_criterion") == [made.resource_name]
    with refused("mutate_error.RESOURCE_ALREADY_EXISTS"):
        ads.mutate("CampaignCriteria", operation)
    ads.mutate("CampaignCriteria", ads.remove("CampaignCriterion", made.resource_name))
    assert ads.names("campaign_criterion") == []
    assert ads.applied() == [("create", "CampaignCriterion"), ("remove", "CampaignCriterion")]


def test_one_request_makes_a_budget_and_a_campaign_that_spends_it(ads: Ads) -> None:
    budget, campaign, group = (ads.client.get_type("MutateOperation") for _ in range(3))
    made = budget.campaign_budget_operation.create
    made.resource_name, made.name, made.amount_micros = f"customers/{CUSTOMER}/campaignBudgets/-1", "New", 8_000_000
    new = campaign.campaign_operation.create
    new.resource_name, new.name = f"customers/{CUSTOMER}/campaigns/-2", "New campaign"
    new.campaign_budget = made.resource_name
    new.advertising_channel_type = ads.client.enums.AdvertisingChannelTypeEnum.SEARCH
    declared = ads.client.enums.EuPoliticalAdvertisingStatusEnum.DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING
    new.contains_eu_political_advertising = declared
    new.manual_cpc.SetInParent()
    group.ad_group_operation.create.name = "New group"
    group.ad_group_operation.create.campaign = new.resource_name
    request = ads.client.get_type("MutateGoogleAdsRequest")
    request.customer_id = CUSTOMER
    request.mutate_operations.extend([budget, campaign, group])
    answer = ads.service.mutate(request=request, timeout=SECONDS)
    names = [
        answer.mutate_operation_responses[0].campaign_budget_result.resource_name,
        answer.mutate_operation_responses[1].campaign_result.resource_name,
        answer.mutate_operation_responses[2].ad_group_result.resource_name,
    ]
    [row] = ads.rows(
        "SELECT campaign.campaign_budget, campaign_budget.explicitly_shared, campaign_budget.reference_count,"
        f" campaign.status FROM campaign WHERE campaign.resource_name = '{names[1]}'"
    )
    assert row.campaign.campaign_budget == names[0]
    assert (row.campaign_budget.explicitly_shared, row.campaign_budget.reference_count) == (True, 1)
    assert names[2] in ads.names("ad_group")


def test_the_whole_resource_comes_back_where_it_is_asked_for(ads: Ads) -> None:
    [name, *_] = ads.budgets()
    operation = ads.update("CampaignBudget", name, {"amount_micros": 6_000_000})
    request = ads.request("CampaignBudgets", [operation])
    request.response_content_type = ads.client.enums.ResponseContentTypeEnum.MUTABLE_RESOURCE
    service = ads.client.get_service("CampaignBudgetService")
    [result] = service.mutate_campaign_budgets(request=request, timeout=SECONDS).results
    assert (result.campaign_budget.amount_micros, result.campaign_budget.name) == (6_000_000, "Budget 1")


def test_a_masked_field_without_a_value_is_cleared(ads: Ads) -> None:
    [group, *_] = ads.names("ad_group")
    operation = ads.update("AdGroup", group, {})
    operation.update_mask.paths.append("cpc_bid_micros")
    ads.mutate("AdGroups", operation)
    [row] = ads.rows(f"SELECT ad_group.cpc_bid_micros FROM ad_group WHERE ad_group.resource_name = '{group}'")
    assert not row.ad_group.HasField("cpc_bid_micros")
