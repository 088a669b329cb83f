"""Changes that are refused, one row for each reason; none of them changes anything."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import (
    CUSTOMER,
    SECONDS,
    SMALL,
    Ads,
    partial_failure_of,
    refused,
    serve,
)
from marketing_pipeline_tests.sandbox.google_ads.test_mutations import responsive_ad

Operation = Callable[[Ads], Any]
NOWHERE = f"customers/{CUSTOMER}/campaignBudgets/9"


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ads]:
    with serve(tmp_path_factory.mktemp("refusals"), SteppedClock(NOON), SMALL) as served:
        yield served


def budget(**fields: Any) -> Operation:
    return lambda ads: ads.update("CampaignBudget", next(iter(ads.budgets())), fields)


def new_budget(**fields: Any) -> Operation:
    def made(ads: Ads) -> Any:
        operation = ads.client.get_type("CampaignBudgetOperation")
        operation.create.name = "New"
        operation.create.amount_micros = 5_000_000
        for name, value in fields.items():
            setattr(operation.create, name, value)
        return operation

    return made


def campaign(place: int = 0, **fields: Any) -> Operation:
    return lambda ads: ads.update(
        "Campaign", ads.names("campaign")[place], {name.replace("__", "."): value for name, value in fields.items()}
    )


def keyword(text: str, match_type: str = "PHRASE") -> Operation:
    return lambda ads: ads.keyword(ads.names("ad_group")[0], text, match_type)


def named(name: str) -> Operation:
    return lambda ads: ads.update("CampaignBudget", name, {"amount_micros": 5_000_000})


def unmasked(ads: Ads) -> Any:
    operation = budget()(ads)
    operation.update.amount_micros = 5_000_000
    return operation


def masked(path: str) -> Operation:
    def made(ads: Ads) -> Any:
        operation = budget()(ads)
        operation.update_mask.paths.append(path)
        return operation

    return made


def removed_group(ads: Ads) -> Any:
    """An ad group of the removed campaign."""
    rows = ads.rows("SELECT ad_group.resource_name FROM ad_group WHERE campaign.status = 'REMOVED'")
    return ads.update("AdGroup", rows[0].ad_group.resource_name, {"name": "Again"})


def removed_campaign(ads: Ads) -> Any:
    [row] = ads.rows("SELECT campaign.resource_name FROM campaign WHERE campaign.status = 'REMOVED'")
    return ads.update("Campaign", row.campaign.resource_name, {"name": "Again"})


def removed_budget(ads: Ads) -> Any:
    [row] = ads.rows("SELECT campaign_budget.id FROM campaign_budget WHERE campaign_budget.status = 'REMOVED'")
    return ads.update("CampaignBudget", row.campaign_budget.resource_name, {"amount_micros": 5_000_000})


def borrowed_budget(ads: Ads) -> Any:
    own = list(ads.budgets())
    return ads.update("Campaign", ads.names("campaign")[0], {"campaign_budget": own[1]})


_BUDGET = "campaign_budget_error."
REFUSED: list[tuple[str, Operation, str]] = [
    ("CampaignBudgets", budget(amount_micros=0), _BUDGET + "BUDGET_BELOW_PER_DAY_MINIMUM"),
    ("CampaignBudgets", budget(amount_micros=-10_000), _BUDGET + "NEGATIVE_MONEY_AMOUNT"),
    ("CampaignBudgets", budget(amount_micros=10_001), _BUDGET + "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"),
    ("CampaignBudgets", budget(amount_micros=5_000_000_000_000), _BUDGET + "MONEY_AMOUNT_TOO_LARGE"),
    ("CampaignBudgets", budget(explicitly_shared=True), _BUDGET + "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_EXPLICITLY_SHARED"),
    ("CampaignBudgets", budget(name="Budget 2"), _BUDGET + "DUPLICATE_NAME"),
    ("CampaignBudgets", budget(delivery_method=3), _BUDGET + "CANNOT_USE_ACCELERATED_DELIVERY_MODE"),
    ("CampaignBudgets", budget(id=7), "field_error.IMMUTABLE_FIELD"),
    ("CampaignBudgets", budget(status=3), "field_error.IMMUTABLE_FIELD"),
    ("CampaignBudgets", unmasked, "field_mask_error.FIELD_MASK_MISSING"),
    ("CampaignBudgets", masked("amount"), "field_mask_error.FIELD_NOT_FOUND"),
    ("CampaignBudgets", removed_budget, _BUDGET + "CAMPAIGN_BUDGET_REMOVED"),
    (
        "CampaignBudgets",
        lambda ads: ads.remove("CampaignBudget", next(iter(ads.budgets()))),
        _BUDGET + "CAMPAIGN_BUDGET_IN_USE",
    ),
    ("CampaignBudgets", named(NOWHERE), "mutate_error.RESOURCE_NOT_FOUND"),
    ("CampaignBudgets", named("customers/2222222222/campaignBudgets/9"), "mutate_error.RESOURCE_NOT_FOUND"),
    ("CampaignBudgets", named("budget 9"), "request_error.RESOURCE_NAME_MALFORMED"),
    ("CampaignBudgets", named(f"customers/{CUSTOMER}/campaigns/9"), "request_error.RESOURCE_NAME_MALFORMED"),
    ("CampaignBudgets", named(""), "request_error.RESOURCE_NAME_MISSING"),
    (
        "CampaignBudgets",
        lambda ads: ads.client.get_type("CampaignBudgetOperation"),
        "request_error.OPERATION_REQUIRED",
    ),
    ("CampaignBudgets", new_budget(name=""), "field_error.REQUIRED"),
    ("CampaignBudgets", new_budget(name="Budget 1"), _BUDGET + "DUPLICATE_NAME"),
    ("CampaignBudgets", new_budget(total_amount_micros=9_000_000), "field_error.VALUE_MUST_BE_UNSET"),
    ("CampaignBudgets", new_budget(period=5), _BUDGET + "CAMPAIGN_BUDGET_PERIOD_NOT_AVAILABLE"),
    ("CampaignBudgets", new_budget(resource_name=NOWHERE), "new_resource_creation_error.CANNOT_SET_ID_FOR_CREATE"),
    ("Campaigns", campaign(name=""), "campaign_error.INVALID_CAMPAIGN_NAME"),
    ("Campaigns", campaign(name="Search | Framed posters | 2"), "campaign_error.DUPLICATE_CAMPAIGN_NAME"),
    ("Campaigns", campaign(status=4), "enum_error.ENUM_VALUE_NOT_PERMITTED"),
    ("Campaigns", campaign(status=77), "request_error.INVALID_ENUM_VALUE"),
    ("Campaigns", campaign(campaign_budget=NOWHERE), "mutate_error.RESOURCE_NOT_FOUND"),
    ("Campaigns", borrowed_budget, _BUDGET + "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS"),
    (
        "Campaigns",
        campaign(maximize_conversions__target_cpa_micros=5_000_000),
        "bidding_error.BIDDING_STRATEGY_TRANSITION_NOT_ALLOWED",
    ),
    ("Campaigns", campaign(1, maximize_conversions__target_cpa_micros=-10_000), "bidding_error.BID_TOO_SMALL"),
    (
        "Campaigns",
        campaign(1, maximize_conversions__target_cpa_micros=5_000_001),
        "bidding_error.BID_TOO_MANY_FRACTIONAL_DIGITS",
    ),
    ("Campaigns", campaign(advertising_channel_type=3), "field_error.IMMUTABLE_FIELD"),
    ("Campaigns", removed_campaign, "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"),
    ("AdGroups", removed_group, "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"),
    (
        "AdGroups",
        lambda ads: ads.update("AdGroup", ads.names("ad_group")[0], {"cpc_bid_micros": 10**13}),
        "bidding_error.BID_TOO_BIG",
    ),
    (
        "AdGroups",
        lambda ads: ads.update("AdGroup", ads.names("ad_group")[0], {"name": "Framed posters set 2"}),
        "ad_group_error.DUPLICATE_ADGROUP_NAME",
    ),
    ("AdGroupCriteria", keyword(""), "criterion_error.INVALID_KEYWORD_TEXT"),
    ("AdGroupCriteria", keyword("x" * 81), "criterion_error.KEYWORD_TEXT_TOO_LONG"),
    ("AdGroupCriteria", keyword("a b c d e f g h i j k"), "criterion_error.KEYWORD_HAS_TOO_MANY_WORDS"),
    ("AdGroupCriteria", keyword("prints @ home"), "criterion_error.KEYWORD_HAS_INVALID_CHARS"),
    ("AdGroupCriteria", keyword("prints", "UNSPECIFIED"), "field_error.REQUIRED"),
    (
        "CampaignCriteria",
        lambda ads: ads.keyword(ads.names("campaign")[0], "prints"),
        "criterion_error.CANNOT_ADD_CRITERIA_TYPE",
    ),
    (
        "AdGroupAds",
        lambda ads: responsive_ad(ads, ads.names("ad_group")[0], "One", "Two"),
        "field_error.REQUIRED",
    ),
    (
        "AdGroupAds",
        lambda ads: responsive_ad(ads, ads.names("ad_group")[0], "One", "Two", "x" * 31),
        "string_length_error.TOO_LONG",
    ),
    (
        "AdGroupAds",
        lambda ads: responsive_ad(ads, ads.names("ad_group")[0], "One", "Two", "two"),
        "distinct_error.DUPLICATE_ELEMENT",
    ),
    (
        "AdGroupAds",
        lambda ads: responsive_ad(ads, ads.names("ad_group")[0], "One", "Two", "A miracle"),
        "policy_finding_error.POLICY_FINDING",
    ),
    (
        "AdGroupAds",
        lambda ads: responsive_ad(ads, f"customers/{CUSTOMER}/adGroups/9"),
        "mutate_error.RESOURCE_NOT_FOUND",
    ),
]


@pytest.mark.parametrize(("kind", "operation", "code"), REFUSED, ids=[f"{row[0]}-{row[2]}" for row in REFUSED])
def test_a_bad_change_is_refused_with_its_code(ads: Ads, kind: str, operation: Operation, code: str) -> None:
    applied = ads.sandbox.applied()
    with refused(code):
        ads.mutate(kind, operation(ads))
    assert ads.sandbox.applied() == applied


def test_the_same_thing_twice_in_a_request_is_refused(ads: Ads) -> None:
    operation = budget(amount_micros=5_000_000)(ads)
    with refused("mutate_error.ID_EXISTS_IN_MULTIPLE_MUTATES"):
        ads.mutate("CampaignBudgets", operation, operation)


def test_a_request_for_nothing_is_refused(ads: Ads) -> None:
    with refused("request_error.OPERATION_REQUIRED"):
        ads.mutate("CampaignBudgets")


def test_a_negative_keyword_is_never_changed(ads: Ads) -> None:
    [made] = ads.mutate("CampaignCriteria", ads.keyword(ads.names("campaign")[0], "jobs", negative=True)).results
    operation = ads.update("CampaignCriterion", made.resource_name, {"negative": True})
    with refused("campaign_criterion_error.CANNOT_UPDATE_NEGATIVE_CRITERION"):
        ads.mutate("CampaignCriteria", operation)


def test_what_the_sandbox_does_not_do_is_refused_not_ignored(ads: Ads) -> None:
    operation = ads.client.get_type("MutateOperation")
    operation.label_operation.create.name = "x"
    request = ads.client.get_type("MutateGoogleAdsRequest")
    request.customer_id = CUSTOMER
    request.mutate_operations.append(operation)
    with refused("mutate_error.MUTATE_NOT_ALLOWED"):
        ads.service.mutate(request=request, timeout=SECONDS)


def test_a_policy_finding_names_its_topic(ads: Ads) -> None:
    operation = responsive_ad(ads, ads.names("ad_group")[0], "One", "Two", "Casino")
    response = ads.mutate("AdGroupAds", operation, partial_failure=True)
    failure = partial_failure_of(response)
    [entry] = failure.errors[0].details.policy_finding_details.policy_topic_entries
    assert entry.topic == "GAMBLING"
