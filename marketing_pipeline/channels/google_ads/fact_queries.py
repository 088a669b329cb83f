"""What is read of an account: figures a day on five levels, and what stands in it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_METRICS = {
    "day": "segments.date",
    "impressions": "metrics.impressions",
    "clicks": "metrics.clicks",
    "cost_micros": "metrics.cost_micros",
    "conversions": "metrics.conversions",
    "conversions_value": "metrics.conversions_value",
}
_CAMPAIGN = {"campaign_id": "campaign.id", "campaign": "campaign.name"}
_AD_GROUP = {**_CAMPAIGN, "ad_group_id": "ad_group.id", "ad_group": "ad_group.name"}


@dataclass(frozen=True)
class FactQuery:
    """A query by the names of its result: column to field."""

    resource: str
    columns: Mapping[str, str]
    where: str = ""

    def text(self) -> str:
        """The query."""
        return f"SELECT {', '.join(self.columns.values())} FROM {self.resource}{self.where}"

    def during(self, first: date, last: date) -> "FactQuery":
        """The same for the days from `first` to `last`, both included, by the account's own time zone."""
        return FactQuery(self.resource, self.columns, f" WHERE segments.date BETWEEN '{first}' AND '{last}'")


ACCOUNT = FactQuery(
    "customer",
    {"customer_id": "customer.id", "currency": "customer.currency_code", "time_zone": "customer.time_zone"},
)
METRICS: Mapping[str, FactQuery] = {
    "campaign": FactQuery("campaign", {**_CAMPAIGN, **_METRICS}),
    "ad_group": FactQuery("ad_group", {**_AD_GROUP, **_METRICS}),
    "keyword": FactQuery(
        "keyword_view",
        {
            **_AD_GROUP,
            "item_id": "ad_group_criterion.criterion_id",
            "item": "ad_group_criterion.keyword.text",
            "match_type": "ad_group_criterion.keyword.match_type",
            **_METRICS,
        },
    ),
    "ad": FactQuery("ad_group_ad", {**_AD_GROUP, "item_id": "ad_group_ad.ad.id", **_METRICS}),
}
"""Figures a day, by level."""
SEARCH_TERMS = FactQuery(
    "search_term_view",
    {
        **_AD_GROUP,
        "search_term": "search_term_view.search_term",
        "status": "search_term_view.status",
        "keyword": "segments.keyword.info.text",
        "match_type": "segments.keyword.info.match_type",
        **_METRICS,
    },
)
RESOURCES: Mapping[str, FactQuery] = {
    "campaign": FactQuery(
        "campaign",
        {
            "resource": "campaign.resource_name",
            **_CAMPAIGN,
            "status": "campaign.status",
            "bidding_strategy": "campaign.bidding_strategy_type",
            "bidding_status": "campaign.bidding_strategy_system_status",
            "target_cpa_micros": "campaign.maximize_conversions.target_cpa_micros",
            "target_roas": "campaign.maximize_conversion_value.target_roas",
            "budget": "campaign.campaign_budget",
            "budget_micros": "campaign_budget.amount_micros",
            "budget_campaigns": "campaign_budget.reference_count",
        },
    ),
    "ad_group": FactQuery(
        "ad_group",
        {
            "resource": "ad_group.resource_name",
            **_AD_GROUP,
            "status": "ad_group.status",
            "cpc_bid_micros": "ad_group.cpc_bid_micros",
        },
    ),
    "keyword": FactQuery(
        "ad_group_criterion",
        {
            "resource": "ad_group_criterion.resource_name",
            **_AD_GROUP,
            "item_id": "ad_group_criterion.criterion_id",
            "item": "ad_group_criterion.keyword.text",
            "match_type": "ad_group_criterion.keyword.match_type",
            "negative": "ad_group_criterion.negative",
            "status": "ad_group_criterion.status",
            "cpc_bid_micros": "ad_group_criterion.cpc_bid_micros",
        },
        " WHERE ad_group_criterion.type = 'KEYWORD'",
    ),
    "ad": FactQuery(
        "ad_group_ad",
        {
            "resource": "ad_group_ad.resource_name",
            **_AD_GROUP,
            "item_id": "ad_group_ad.ad.id",
            "status": "ad_group_ad.status",
        },
    ),
    "negative_keyword": FactQuery(
        "campaign_criterion",
        {
            "resource": "campaign_criterion.resource_name",
            **_CAMPAIGN,
            "item_id": "campaign_criterion.criterion_id",
            "item": "campaign_criterion.keyword.text",
            "match_type": "campaign_criterion.keyword.match_type",
            "negative": "campaign_criterion.negative",
            "status": "campaign_criterion.status",
        },
        " WHERE campaign_criterion.type = 'KEYWORD' AND campaign_criterion.negative = TRUE",
    ),
}
"""What stands in the account now, removed things included, by kind."""
