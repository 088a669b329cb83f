"""Campaigns: names, budgets, bidding targets."""

import math

from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, set_enum
from marketing_pipeline.sandbox.google_ads.bids import check_bid
from marketing_pipeline.sandbox.google_ads.campaign_budgets import users
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind, may_go
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.status import check_status, default_status, is_removed

_STRATEGIES = {
    "manual_cpc": "MANUAL_CPC",
    "maximize_conversions": "MAXIMIZE_CONVERSIONS",
    "maximize_conversion_value": "MAXIMIZE_CONVERSION_VALUE",
}
_LOWEST_RETURN, _HIGHEST_RETURN = 0.01, 1000.0


def strategy(campaign: Proto) -> str:
    """The field of the bidding strategy that a campaign has; empty for none."""
    return next((field for field in _STRATEGIES if campaign.HasField(field)), "")


def _complete(draft: Draft, campaign: Proto) -> None:
    default_status(campaign)
    if enum_name(campaign, "advertising_channel_type") != "SEARCH":
        raise Refusal("field_error.REQUIRED", "This sandbox has search campaigns only.", "advertising_channel_type")
    # Documented: every new campaign must declare it.
    if campaign.contains_eu_political_advertising == 0:
        path = "contains_eu_political_advertising"
        raise Refusal("field_error.REQUIRED", "Say whether the campaign has EU political advertising.", path)
    field = strategy(campaign)
    if not field:
        raise Refusal("field_error.REQUIRED", "A campaign needs a bidding strategy.", "campaign_bidding_strategy")
    set_enum(campaign, "bidding_strategy_type", _STRATEGIES[field])


def _check(draft: Draft, before: Proto | None, after: Proto) -> None:
    check_status(after)
    if not after.name.strip():
        raise Refusal("campaign_error.INVALID_CAMPAIGN_NAME", "A campaign needs a name.", "name")
    for other in draft.of_type("Campaign"):
        if other.name == after.name and other.resource_name != after.resource_name and not is_removed(other):
            raise Refusal("campaign_error.DUPLICATE_CAMPAIGN_NAME", f"'{after.name}' is taken.", "name")
    if before is not None and strategy(before) != strategy(after):
        raise Refusal(
            "bidding_error.BIDDING_STRATEGY_TRANSITION_NOT_ALLOWED", "This sandbox does not switch bidding strategies."
        )
    _check_target(draft, after)
    if before is None or before.campaign_budget != after.campaign_budget:
        _check_budget(draft, after)


def _check_target(draft: Draft, campaign: Proto) -> None:
    field = strategy(campaign)
    if field == "maximize_conversions" and campaign.maximize_conversions.target_cpa_micros:
        path = "maximize_conversions.target_cpa_micros"
        check_bid(draft.account, campaign.maximize_conversions.target_cpa_micros, path)
    if field == "maximize_conversion_value" and campaign.maximize_conversion_value.target_roas:
        target, path = campaign.maximize_conversion_value.target_roas, "maximize_conversion_value.target_roas"
        if math.isnan(target) or target < _LOWEST_RETURN:
            raise Refusal("range_error.TOO_LOW", f"The target must be at least {_LOWEST_RETURN}.", path)
        if target > _HIGHEST_RETURN:
            raise Refusal("range_error.TOO_HIGH", f"The target must be at most {_HIGHEST_RETURN:.0f}.", path)


def _check_budget(draft: Draft, campaign: Proto) -> None:
    if not campaign.campaign_budget:
        raise Refusal("field_error.REQUIRED", "A campaign needs a budget.", "campaign_budget")
    budget = draft.find(campaign.campaign_budget)
    if budget is None or is_removed(budget):
        raise Refusal("mutate_error.RESOURCE_NOT_FOUND", f"There is no {campaign.campaign_budget}.", "campaign_budget")
    others = [other for other in users(draft, budget.resource_name) if other.resource_name != campaign.resource_name]
    if others and not budget.explicitly_shared:
        raise Refusal(
            "campaign_budget_error.CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS",
            "This budget is another campaign's own.",
            "campaign_budget",
        )


_TARGETS = frozenset({"maximize_conversions.target_cpa_micros", "maximize_conversion_value.target_roas"})
_SETTINGS = frozenset({"name", "status", "campaign_budget", "tracking_url_template", "final_url_suffix"})

KIND = Kind(
    message="Campaign",
    collection="campaigns",
    series=2,
    service="CampaignService",
    method="MutateCampaigns",
    id_path="id",
    parent="",
    mutable=_SETTINGS | _TARGETS,
    creatable=_SETTINGS
    | frozenset(_STRATEGIES)
    | {"advertising_channel_type", "contains_eu_political_advertising", "network_settings", "start_date_time"},
    removed="operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE",
    complete=_complete,
    check=_check,
    let_go=may_go,
)
