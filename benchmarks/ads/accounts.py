"""Seeded accounts of the sandbox, and what a report would show of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from marketing_pipeline.domain.ad_account import (
    AdAccountHistory,
    AdGroupSetting,
    AdSetting,
    BudgetSetting,
    CampaignSetting,
    KeywordSetting,
)
from marketing_pipeline.domain.ad_figures import AdDay, CampaignDay, KeywordDay, TermDay
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import enum_name
from marketing_pipeline.sandbox.google_ads.serving import Pair

HISTORY_DAYS = 182
OPENED = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
_CURRENCIES = ("GBP", "EUR", "USD", "JPY")


def live_account(seed: int, **changes: Any) -> LiveAccount:
    """A seeded account of the sandbox with half a year behind it."""
    plan = AdsAccount(
        customer_id=f"{seed + 1_000_000_000:010d}",
        currency=_CURRENCIES[seed % len(_CURRENCIES)],
        history_days=HISTORY_DAYS,
        campaigns=3 + seed % 3,
        removed_campaigns=0,
        **changes,
    )
    return LiveAccount(seed, plan, OPENED)


def history_of(account: LiveAccount, now: datetime = OPENED) -> AdAccountHistory:
    """The account as the reports show it at `now`."""
    kinds: dict[str, list[Any]] = {}
    for resource in account.resources.values():
        kinds.setdefault(resource.DESCRIPTOR.name, []).append(resource)
    campaigns = kinds["Campaign"]
    users = Counter(campaign.campaign_budget for campaign in campaigns if enum_name(campaign, "status") == "ENABLED")
    groups = {group.resource_name: group for group in kinds["AdGroup"]}
    ids = {campaign.resource_name: campaign.id for campaign in campaigns}
    return AdAccountHistory(
        customer_id=account.plan.customer_id,
        currency=account.plan.currency,
        today=account.today(now),
        budgets=tuple(
            BudgetSetting(
                resource=item.resource_name, amount_micros=item.amount_micros, users=users[item.resource_name]
            )
            for item in kinds["CampaignBudget"]
        ),
        campaigns=tuple(
            CampaignSetting(
                id=item.id,
                name=item.name,
                status=enum_name(item, "status"),
                bidding_status="ENABLED",
                budget=item.campaign_budget,
                bidding_strategy=enum_name(item, "bidding_strategy_type"),
                target_cpa_micros=item.maximize_conversions.target_cpa_micros or None,
                target_roas=item.maximize_conversion_value.target_roas or None,
            )
            for item in campaigns
        ),
        ad_groups=tuple(
            AdGroupSetting(
                campaign=ids[item.campaign],
                id=item.id,
                name=item.name,
                status=enum_name(item, "status"),
                cpc_bid_micros=item.cpc_bid_micros or None,
            )
            for item in groups.values()
        ),
        keywords=tuple(
            KeywordSetting(
                campaign=ids[groups[item.ad_group].campaign],
                ad_group=groups[item.ad_group].id,
                criterion=item.criterion_id,
                text=item.keyword.text,
                match_type=enum_name(item.keyword, "match_type"),
                status=enum_name(item, "status"),
            )
            for item in kinds["AdGroupCriterion"]
            if not item.negative
        ),
        ads=tuple(
            AdSetting(
                campaign=ids[groups[item.ad_group].campaign],
                ad_group=groups[item.ad_group].id,
                ad=item.ad.id,
                status=enum_name(item, "status"),
            )
            for item in kinds["AdGroupAd"]
        ),
        campaign_days=tuple(
            CampaignDay(campaign=key[0], day=day, **figures)
            for key, day, figures in rows_of(account, now, lambda pair: (pair.campaign,))
        ),
        keyword_days=tuple(
            KeywordDay(campaign=key[0], ad_group=key[1], criterion=key[2], day=day, **figures)
            for key, day, figures in rows_of(account, now, lambda pair: (pair.campaign, pair.ad_group, pair.criterion))
        ),
        term_days=tuple(
            TermDay(campaign=key[0], ad_group=key[1], term=key[2], day=day, **figures)
            for key, day, figures in rows_of(
                account, now, lambda pair: (pair.campaign, pair.ad_group, pair.term) if pair.term else None
            )
        ),
        ad_days=tuple(
            AdDay(campaign=key[0], ad_group=key[1], ad=key[2], day=day, **figures)
            for key, day, figures in rows_of(account, now, lambda pair: (pair.campaign, pair.ad_group, pair.ad))
        ),
    )


def rows_of(
    account: LiveAccount, now: datetime, entity: Callable[[Pair], tuple[Any, ...] | None]
) -> Iterator[tuple[tuple[Any, ...], date, dict[str, Any]]]:
    """Key, day and figures of each day, by whatever `entity` says."""
    for key, label, figures in account.figures(now, entity, lambda day: (day,)):
        if not figures.nothing:
            yield (
                key,
                label[0],
                {
                    "impressions": figures.impressions,
                    "clicks": figures.clicks,
                    "cost_micros": figures.cost_micros,
                    "conversions": figures.conversions,
                    "conversions_value": figures.conversions_value,
                },
            )
