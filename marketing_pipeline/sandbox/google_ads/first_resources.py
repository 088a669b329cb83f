"""The campaigns, budgets, ad groups, keywords and ads of an account on the day it is opened."""

from collections.abc import Iterator
from typing import Any

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, from_fields, resource_type
from marketing_pipeline.sandbox.google_ads.chance import seeded
from marketing_pipeline.sandbox.google_ads.kinds import BY_MESSAGE
from marketing_pipeline.sandbox.google_ads.serving import usual_target
from marketing_pipeline.sandbox.google_ads.traits import campaign_traits

_MODIFIERS = ("", "buy", "best", "large", "vintage", "modern", "cheap", "a2", "personalised", "minimalist")
_MATCH_TYPES = ("EXACT", "PHRASE", "BROAD")
_TEN_DIGITS = 10_000_000_000
_PLURALS = ("", " set", " collection", " shop", " gifts")


class _Opening:
    """Counts the ids while an account is made."""

    def __init__(self, seed: int, account: AdsAccount) -> None:
        self.seed = seed
        self.account = account
        self._made = 0

    def id(self, kind: str) -> int:
        """The next id for that type; no two things of an account share their last digits."""
        self._made += 1
        return BY_MESSAGE[kind].series * _TEN_DIGITS + self.account.first_id + self._made

    def message(self, kind: str, collection: str, tail: str, /, **fields: Any) -> Proto:
        """A resource of that type."""
        fields["resource_name"] = f"customers/{self.account.customer_id}/{collection}/{tail}"
        return from_fields(resource_type(kind), fields)


def first_resources(seed: int, account: AdsAccount) -> list[Proto]:
    """Everything the account starts with, each with its full set of fields. Removed campaigns are among them."""
    opening = _Opening(seed, account)
    return list(_resources(opening))


def _resources(opening: _Opening) -> Iterator[Proto]:
    account = opening.account
    shared: Proto | None = None
    for place in range(account.campaigns + account.removed_campaigns):
        removed = place >= account.campaigns
        number = opening.id("Campaign")
        traits = campaign_traits(opening.seed, account, number)
        if shared is not None and place == 1 and not removed:
            budget = shared
            budget.amount_micros += traits.budget
        else:
            is_shared = account.shared_budget and place == 0
            budget = _budget(opening, place, traits.budget, shared=is_shared, removed=removed)
            shared = budget if is_shared else shared
            yield budget
        yield _campaign(opening, number, place, budget.resource_name, removed=removed)
        for group in range(account.ad_groups):
            yield from _ad_group(opening, number, place, group)


def _budget(opening: _Opening, place: int, amount: int, *, shared: bool, removed: bool) -> Proto:
    number = opening.id("CampaignBudget")
    return opening.message(
        "CampaignBudget",
        "campaignBudgets",
        str(number),
        id=number,
        name=f"Shared budget {place + 1}" if shared else f"Budget {place + 1}",
        amount_micros=amount,
        status="REMOVED" if removed else "ENABLED",
        delivery_method="STANDARD",
        period="DAILY",
        type="STANDARD",
        explicitly_shared=shared,
    )


def _campaign(opening: _Opening, number: int, place: int, budget: str, *, removed: bool) -> Proto:
    account = opening.account
    traits = campaign_traits(opening.seed, account, number)
    cost = usual_target(traits)
    kind = (0, 1, 2)[place % 3] if account.measures_conversions else 0
    strategies: tuple[dict[str, Any], ...] = (
        {"manual_cpc": {}, "bidding_strategy_type": "MANUAL_CPC"},
        {
            "maximize_conversions": {"target_cpa_micros": round(cost / account.unit) * account.unit},
            "bidding_strategy_type": "MAXIMIZE_CONVERSIONS",
        },
        {
            "maximize_conversion_value": {"target_roas": round(traits.value / cost, 2)},
            "bidding_strategy_type": "MAXIMIZE_CONVERSION_VALUE",
        },
    )
    return opening.message(
        "Campaign",
        "campaigns",
        str(number),
        id=number,
        name=f"Search | {account.themes[place % len(account.themes)].capitalize()} | {place + 1}",
        status="REMOVED" if removed else "ENABLED",
        advertising_channel_type="SEARCH",
        campaign_budget=budget,
        contains_eu_political_advertising="DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
        network_settings={"target_google_search": True, "target_search_network": False},
        start_date_time="2020-01-01 00:00:00",
        **strategies[kind],
    )


def _ad_group(opening: _Opening, campaign: int, place: int, group: int) -> Iterator[Proto]:
    account = opening.account
    number = opening.id("AdGroup")
    name = f"customers/{account.customer_id}/adGroups/{number}"
    theme = account.themes[(place + group) % len(account.themes)] + _PLURALS[group % len(_PLURALS)]
    bid = campaign_traits(opening.seed, account, campaign).usual_bid
    yield opening.message(
        "AdGroup",
        "adGroups",
        str(number),
        id=number,
        name=f"{theme.capitalize()} {group + 1}",
        status="ENABLED",
        type="SEARCH_STANDARD",
        campaign=f"customers/{account.customer_id}/campaigns/{campaign}",
        cpc_bid_micros=bid,
    )
    chance = seeded(opening.seed, account.customer_id, "keywords", number)
    for keyword in range(account.keywords):
        modifier = _MODIFIERS[keyword % len(_MODIFIERS)]
        again = f" {keyword // len(_MODIFIERS) + 1}" if keyword >= len(_MODIFIERS) else ""
        yield _keyword(opening, number, name, f"{modifier} {theme}{again}".strip(), chance.choice(_MATCH_TYPES))
    for _ in range(account.ads):
        yield _ad(opening, number, name, theme)


def _keyword(opening: _Opening, group: int, group_name: str, text: str, match_type: str) -> Proto:
    number = opening.id("AdGroupCriterion")
    return opening.message(
        "AdGroupCriterion",
        "adGroupCriteria",
        f"{group}~{number}",
        criterion_id=number,
        ad_group=group_name,
        status="ENABLED",
        type="KEYWORD",
        negative=False,
        keyword={"text": text, "match_type": match_type},
    )


def _ad(opening: _Opening, group: int, group_name: str, theme: str) -> Proto:
    number = opening.id("AdGroupAd")
    words = [f"{theme.capitalize()} online", "Made to order", "Free returns", f"Shop {theme}"]
    return opening.message(
        "AdGroupAd",
        "adGroupAds",
        f"{group}~{number}",
        ad_group=group_name,
        status="ENABLED",
        ad_strength="GOOD",
        ad={
            "resource_name": f"customers/{opening.account.customer_id}/ads/{number}",
            "id": number,
            "type": "RESPONSIVE_SEARCH_AD",
            "final_urls": ["https://shop.example/"],
            "responsive_search_ad": {
                "headlines": [{"text": text[:30]} for text in words],
                "descriptions": [{"text": "Printed on heavy paper."}, {"text": "Sent within two days."}],
            },
        },
        policy_summary={"approval_status": "APPROVED", "review_status": "REVIEWED"},
    )


def customer(account: AdsAccount) -> Proto:
    """The account itself, as a resource."""
    return from_fields(
        resource_type("Customer"),
        {
            "resource_name": f"customers/{account.customer_id}",
            "id": int(account.customer_id),
            "descriptive_name": account.name,
            "currency_code": account.currency,
            "time_zone": account.time_zone,
            "manager": False,
            "test_account": True,
            "auto_tagging_enabled": True,
            "status": "ENABLED" if account.enabled else "SUSPENDED",
            "conversion_tracking_setting": {
                "conversion_tracking_status": "CONVERSION_TRACKING_MANAGED_BY_SELF"
                if account.measures_conversions
                else "NOT_CONVERSION_TRACKED"
            },
        },
    )
