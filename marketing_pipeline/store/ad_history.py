"""The account that the analysis works on, read from the warehouse's ad tables."""

from datetime import date, timedelta
from typing import Any

from marketing_pipeline.domain.ad_account import (
    AdAccountHistory,
    AdGroupSetting,
    AdSetting,
    BudgetSetting,
    CampaignSetting,
    KeywordSetting,
    NegativeKeyword,
)
from marketing_pipeline.domain.ad_figures import AdDay, CampaignDay, KeywordDay, TermDay
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import MICROS, Currency
from marketing_pipeline.store.ad_facts import AdFacts

LOOK_BACK = 190
_FIGURES = "impressions, clicks, cost_micros, conversions, conversions_value"
_METRICS = f"""
    SELECT level, campaign_id, ad_group_id, item_id, day, {_FIGURES} FROM ad_metrics
    WHERE brand = $brand AND customer_id = $customer AND level IN ('campaign', 'keyword', 'ad')
        AND day >= $first AND day < $today AND clicks + impressions > 0
    ORDER BY day, campaign_id, ad_group_id, item_id
"""  # noqa: S608
_TERMS = """
    SELECT campaign_id, ad_group_id, search_term, day, sum(impressions)::BIGINT AS impressions,
        sum(clicks)::BIGINT AS clicks, sum(cost_micros)::BIGINT AS cost_micros, sum(conversions) AS conversions,
        sum(conversions_value) AS conversions_value
    FROM search_terms
    WHERE brand = $brand AND customer_id = $customer AND day >= $first AND day < $today
    GROUP BY ALL HAVING sum(clicks) > 0 ORDER BY day, campaign_id, ad_group_id, search_term
"""
_RESOURCES = """
    SELECT kind, resource, status, campaign_id, campaign, ad_group_id, ad_group, item_id, item, match_type, negative,
        bidding_strategy, bidding_status, target_cpa_micros, target_roas, cpc_bid_micros, budget, budget_micros,
        budget_campaigns
    FROM ad_resources WHERE brand = $brand AND customer_id = $customer ORDER BY resource
"""


def account_history(
    facts: AdFacts,
    brand: BrandId,
    customer_id: str,
    currency: Currency,
    today: date,
    *,
    monthly_budget: float | None = None,
    changed: dict[str, date] | None = None,
) -> AdAccountHistory | None:
    """The account with its last half year, as of the day `today` in its time zone; None where it was never read.

    `monthly_budget` is in units of the currency. Raises what Warehouse does.
    """
    whose: dict[str, Any] = {"brand": brand, "customer": customer_id}
    span = {**whose, "first": today - timedelta(days=LOOK_BACK), "today": today}
    resources = facts.rows(_RESOURCES, whose)
    if not resources:
        return None
    metrics, terms = facts.rows(_METRICS, span), facts.rows(_TERMS, span)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in resources:
        by_kind.setdefault(row["kind"], []).append(row)
    campaigns = by_kind.get("campaign", [])
    budgets = {row["budget"]: row for row in campaigns if row["budget"] and row["budget_micros"]}
    return AdAccountHistory(
        customer_id=customer_id,
        currency=currency,
        today=today,
        month_budget_micros=None if monthly_budget is None else round(monthly_budget * MICROS),
        budgets=tuple(
            BudgetSetting(resource=name, amount_micros=row["budget_micros"], users=row["budget_campaigns"] or 1)
            for name, row in sorted(budgets.items())
        ),
        campaigns=tuple(
            CampaignSetting(
                id=row["campaign_id"],
                name=row["campaign"],
                status=row["status"],
                bidding_status=row["bidding_status"] or "",
                budget=row["budget"] or "",
                bidding_strategy=row["bidding_strategy"] or "",
                target_cpa_micros=row["target_cpa_micros"] or None,
                target_roas=row["target_roas"] or None,
            )
            for row in campaigns
        ),
        ad_groups=tuple(
            AdGroupSetting(
                campaign=row["campaign_id"],
                id=row["ad_group_id"],
                name=row["ad_group"] or "",
                status=row["status"],
                cpc_bid_micros=row["cpc_bid_micros"] or None,
            )
            for row in by_kind.get("ad_group", [])
        ),
        keywords=tuple(_keyword(row) for row in by_kind.get("keyword", []) if not row["negative"]),
        ads=tuple(
            AdSetting(
                campaign=row["campaign_id"],
                ad_group=row["ad_group_id"],
                ad=row["item_id"],
                label=row["item"] or "",
                status=row["status"],
            )
            for row in by_kind.get("ad", [])
        ),
        negatives=tuple(
            NegativeKeyword(campaign=row["campaign_id"], text=row["item"], match_type=row["match_type"])
            for row in by_kind.get("negative_keyword", [])
            if row["item"] and row["status"] != "REMOVED"
        ),
        campaign_days=tuple(
            CampaignDay(campaign=row["campaign_id"], **_figures(row)) for row in metrics if row["level"] == "campaign"
        ),
        keyword_days=tuple(
            KeywordDay(
                campaign=row["campaign_id"], ad_group=row["ad_group_id"], criterion=row["item_id"], **_figures(row)
            )
            for row in metrics
            if row["level"] == "keyword"
        ),
        ad_days=tuple(
            AdDay(campaign=row["campaign_id"], ad_group=row["ad_group_id"], ad=row["item_id"], **_figures(row))
            for row in metrics
            if row["level"] == "ad"
        ),
        term_days=tuple(
            TermDay(campaign=row["campaign_id"], ad_group=row["ad_group_id"], term=row["search_term"], **_figures(row))
            for row in terms
        ),
        changed=changed or {},
    )


def _keyword(row: dict[str, Any]) -> KeywordSetting:
    return KeywordSetting(
        campaign=row["campaign_id"],
        ad_group=row["ad_group_id"],
        criterion=row["item_id"],
        text=row["item"] or "",
        match_type=row["match_type"] or "",
        status=row["status"],
        cpc_bid_micros=row["cpc_bid_micros"] or None,
    )


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "day": row["day"],
        "impressions": row["impressions"],
        "clicks": row["clicks"],
        "cost_micros": row["cost_micros"],
        "conversions": row["conversions"] or 0.0,
        "conversions_value": row["conversions_value"] or 0.0,
    }
