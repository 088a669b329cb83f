"""Accounts with targets, bids and paused words in which something is worth moving."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from marketing_pipeline.domain.ad_account import (
    AdAccountHistory,
    AdGroupSetting,
    AdSetting,
    BudgetSetting,
    CampaignSetting,
    KeywordSetting,
)
from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_figures import AdDay, KeywordDay
from marketing_pipeline.domain.ad_move import AdMove
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CAPS, CUSTOMER, TODAY, account, campaign_days

CAMPAIGN = CampaignSetting(id=1, name="Search", status="ENABLED", bidding_status="ENABLED", budget=BUDGET)
AMPLE = (BudgetSetting(resource=BUDGET, amount_micros=80 * MICROS),)
POLICY = AdPolicy(caps=CAPS.model_copy(update={"bid_ceiling": 100.0}))
_K = AdChangeKind


def by_cost(target: float, **changes: Any) -> CampaignSetting:
    """A campaign that aims at a cost of a conversion; really one costs about 10 pounds."""
    micros = round(target * MICROS)
    return replace(CAMPAIGN, bidding_strategy="MAXIMIZE_CONVERSIONS", target_cpa_micros=micros, **changes)


def by_return(target: float) -> CampaignSetting:
    """A campaign that aims at a return; really it is about 4."""
    return replace(CAMPAIGN, bidding_strategy="MAXIMIZE_CONVERSION_VALUE", target_roas=target)


def advertiser(campaign: CampaignSetting, **changes: Any) -> AdAccountHistory:
    """An account that spends half of its budget; each conversion costs 10 and is worth 40."""
    rows = tuple(replace(row, conversions_value=40 * row.conversions) for row in campaign_days())
    content: dict[str, Any] = {"budgets": AMPLE, "campaigns": (campaign,), "campaign_days": rows}
    return account(**{**content, **changes})


def moves(history: AdAccountHistory, policy: AdPolicy = POLICY) -> tuple[AdMove, ...]:
    """What the analysis would move; every one keeps the caps and has an interval around its expectation."""
    found = analyse(history, policy).moves
    for move in found:
        require_bounds(move.payload, policy.caps)
        assert move.forecast.low < move.forecast.high
        assert move.evidence and move.label and len(move.finding) > 20
    return found


def past_change(kind: AdChangeKind, resource: str, state: AdChangeState, before: str, after: str) -> PastAdChange:
    field = "status" if kind is _K.PAUSE_KEYWORD else "target_cpa_micros"
    payload = ApplyAdChange(
        change_kind=kind,
        customer_id=CUSTOMER,
        resource=resource,
        field=field,
        before=before,
        after=after,
        currency="GBP",
    )
    forecast = Forecast(metric="conversions", days=14, expected=1, low=0, high=2)
    return PastAdChange("one", "it", payload, forecast, state, TODAY - timedelta(days=40), None)


def keyword_days(
    group: int, criterion: int, conversions: float, days: int = 60, cost: int = 10 * MICROS
) -> tuple[KeywordDay, ...]:
    """Mature days of one keyword."""
    return tuple(
        KeywordDay(
            campaign=1,
            ad_group=group,
            criterion=criterion,
            day=TODAY - timedelta(days=10 + back),
            impressions=200,
            clicks=12,
            cost_micros=cost,
            conversions=conversions,
        )
        for back in range(days)
    )


BY_HAND = replace(CAMPAIGN, bidding_strategy="MANUAL_CPC")
GROUPS = tuple(
    AdGroupSetting(campaign=1, id=number, name=f"Group {number}", cpc_bid_micros=MICROS) for number in (11, 12)
)
UNEQUAL = (*keyword_days(11, 111, 2.0), *keyword_days(12, 121, 0.5))
WORDS = tuple(
    KeywordSetting(campaign=1, ad_group=group, criterion=number, text=f"prints {number}", match_type="EXACT")
    for group, number in ((11, 111), (12, 121))
)


def bidder(**changes: Any) -> AdAccountHistory:
    """A campaign whose bids are set by hand: the money of group 11 brings four times what that of 12 does."""
    content: dict[str, Any] = {"ad_groups": GROUPS, "keywords": WORDS, "keyword_days": UNEQUAL}
    return advertiser(changes.pop("campaign", BY_HAND), **{**content, **changes})


FULL = (BudgetSetting(resource=BUDGET, amount_micros=41 * MICROS),)
OWN_BID = tuple(replace(word, cpc_bid_micros=2 * MICROS) if word.criterion == 111 else word for word in WORDS)


KEYWORD, AD = f"customers/{CUSTOMER}/adGroupCriteria/12~121", f"customers/{CUSTOMER}/adGroupAds/11~7"
PAUSED = tuple(replace(word, status="PAUSED") if word.criterion == 121 else word for word in WORDS)


def ad_days(ad: int, conversions: float) -> tuple[AdDay, ...]:
    return tuple(
        AdDay(
            campaign=1,
            ad_group=11,
            ad=ad,
            day=row.day,
            impressions=200,
            clicks=12,
            cost_micros=10 * MICROS,
            conversions=conversions,
        )
        for row in keyword_days(11, 111, 1.0)
    )


ADS = (
    AdSetting(campaign=1, ad_group=11, ad=7, label="Prints | Posters", status="PAUSED"),
    AdSetting(campaign=1, ad_group=11, ad=8),
)
GOOD = (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 1.2))
BAD = (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 0.2))
