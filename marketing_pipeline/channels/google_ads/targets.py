"""What each kind of change touches: the query that reads the field, and the operation that sets it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure


class UnsupportedChange(AdPlatformFailure):
    """A change whose kind and resource do not go together, or that the campaign's bidding does not know. Never sent."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(AdFailureClass.REFUSED, message, mend, code="change.UNSUPPORTED")


@dataclass(frozen=True)
class Target:
    """Where a field stands. `resource` is GAQL's name of the resource, `path` leads from it to the field."""

    resource: str
    path: str

    def query(self, name: str) -> str:
        """The query for the one field, and whether the resource still stands."""
        more = ", campaign.bidding_strategy_type" if self.resource == "campaign" else ""
        return (
            f"SELECT {self.resource}.resource_name, {self.resource}.status, {self.resource}.{self.path}{more}"
            f" FROM {self.resource} WHERE {self.resource}.resource_name = '{name}'"
        )


_STATUS = {"adGroupCriteria": Target("ad_group_criterion", "status"), "adGroupAds": Target("ad_group_ad", "status")}
_BIDS = {
    "adGroupCriteria": Target("ad_group_criterion", "cpc_bid_micros"),
    "adGroups": Target("ad_group", "cpc_bid_micros"),
}
_RESOURCES = {
    "campaigns": "campaign",
    "adGroups": "ad_group",
    "adGroupCriteria": "ad_group_criterion",
    "adGroupAds": "ad_group_ad",
}
_TARGETS: dict[AdChangeKind, dict[str, Target]] = {
    AdChangeKind.SET_BUDGET: {"campaignBudgets": Target("campaign_budget", "amount_micros")},
    AdChangeKind.SET_TARGET_CPA: {"campaigns": Target("campaign", "maximize_conversions.target_cpa_micros")},
    AdChangeKind.SET_TARGET_ROAS: {"campaigns": Target("campaign", "maximize_conversion_value.target_roas")},
    AdChangeKind.SET_BID: _BIDS,
    AdChangeKind.PAUSE_KEYWORD: {"adGroupCriteria": _STATUS["adGroupCriteria"]},
    AdChangeKind.ENABLE_KEYWORD: {"adGroupCriteria": _STATUS["adGroupCriteria"]},
    AdChangeKind.PAUSE_AD: {"adGroupAds": _STATUS["adGroupAds"]},
    AdChangeKind.ENABLE_AD: {"adGroupAds": _STATUS["adGroupAds"]},
}


_STRATEGIES = {
    AdChangeKind.SET_TARGET_CPA: "MAXIMIZE_CONVERSIONS",
    AdChangeKind.SET_TARGET_ROAS: "MAXIMIZE_CONVERSION_VALUE",
}


def target_of(change: ApplyAdChange) -> Target:
    """Where a change sets its field. Raises UnsupportedChange for a resource of another kind."""
    collection = change.resource.split("/")[2]
    found = _TARGETS[change.change_kind].get(collection)
    if found is None:
        raise UnsupportedChange(
            f"{change.change_kind} does not go with {collection}.",
            f"It takes one of {', '.join(_TARGETS[change.change_kind])}.",
        )
    return found


def require_own_target(kind: AdChangeKind, campaign: Any, name: str) -> None:
    """Raise UnsupportedChange for a target of another bidding strategy: setting it would change the whole strategy."""
    wanted = _STRATEGIES.get(kind)
    if wanted is not None and campaign.bidding_strategy_type.name != wanted:
        raise UnsupportedChange(
            f"{name} bids by {campaign.bidding_strategy_type.name}, which has no target of that kind.",
            f"Propose it only for campaigns that bid by {wanted}.",
        )


def text_of(value: Any) -> str:
    """A number as changes write it: whole micros in digits, a return as a plain decimal."""
    return format(Decimal(str(value)).normalize(), "f") if isinstance(value, float) else str(int(value))


def campaigns_concerned(change: ApplyAdChange) -> str:
    """FROM and WHERE of a query for the campaigns that a change is about."""
    collection = change.resource.split("/")[2]
    if collection == "campaignBudgets":
        return f"campaign WHERE campaign.campaign_budget = '{change.resource}'"
    resource = _RESOURCES[collection]
    return f"{resource} WHERE {resource}.resource_name = '{change.resource}'"


def keyword_of(text: str) -> tuple[str, str]:
    """Match type and words of "EXACT:the words". Raises UnsupportedChange."""
    match_type, _, words = text.partition(":")
    if match_type not in ("EXACT", "PHRASE") or not words.strip():
        raise UnsupportedChange(f"{text!r} is no negative keyword.", 'Write "EXACT:the words" or "PHRASE:the words".')
    return match_type, words


def set_field(operation: Any, enums: Any, change: ApplyAdChange, target: Target) -> None:
    """Write the absolute value of a change into an update operation, its mask naming this field alone."""
    update = operation.update
    update.resource_name = change.resource
    operation.update_mask.paths.append(target.path)
    *parents, last = target.path.split(".")
    for parent in parents:
        update = getattr(update, parent)
    if last == "status":
        name = "AdGroupAdStatusEnum" if target.resource == "ad_group_ad" else "AdGroupCriterionStatusEnum"
        setattr(update, last, getattr(getattr(enums, name), change.after))
    else:
        number = float if change.change_kind is AdChangeKind.SET_TARGET_ROAS else int
        setattr(update, last, number(change.after))
