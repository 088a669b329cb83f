"""Small ad accounts, made by hand, for tests of the analysis."""

from datetime import date, timedelta
from typing import Any

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting, CampaignSetting, KeywordSetting
from marketing_pipeline.domain.ad_figures import CampaignDay, TermDay
from marketing_pipeline.domain.ad_policy import AdCaps, AdPolicy
from marketing_pipeline.domain.ad_response import ResponseCurve
from marketing_pipeline.domain.money import MICROS

CUSTOMER = "1234567890"
TODAY = date(2026, 10, 15)
BUDGET = f"customers/{CUSTOMER}/campaignBudgets/1"
WAVE = (0, 3, -2, 1, -3, 2, -1, 4, -4, 0)
CAPS = AdCaps(
    change_percent=20,
    change_amount=50,
    raise_per_day=100,
    account_daily_budget=1000,
    budget_floor=5,
    budget_ceiling=500,
    bid_ceiling=5,
)
POLICY = AdPolicy(caps=CAPS)


def campaign_day(back: int, **changes: Any) -> CampaignDay:
    """A usual day, `back` days ago, with a little scatter."""
    wobble = WAVE[back % len(WAVE)]
    values: dict[str, Any] = {
        "campaign": 1,
        "day": TODAY - timedelta(days=back),
        "impressions": 1000 + 20 * wobble,
        "clicks": 50 + wobble,
        "cost_micros": (40 + wobble) * MICROS,
        "conversions": 4.0,
    }
    return CampaignDay(**{**values, **changes})


def campaign_days(days: int = 90, odd: dict[int, dict[str, Any]] | None = None) -> tuple[CampaignDay, ...]:
    """Usual days, but for those named by how long ago they were."""
    return tuple(campaign_day(back, **(odd or {}).get(back, {})) for back in range(days, 0, -1))


def term_days(term: str, clicks: int, conversions: float, days: int = 30, campaign: int = 1) -> tuple[TermDay, ...]:
    """A term with so many clicks, at 0.80 each, and conversions in all, over mature days."""
    return tuple(
        TermDay(
            campaign=campaign,
            ad_group=11,
            term=term,
            day=TODAY - timedelta(days=20 + back),
            impressions=clicks,
            clicks=clicks // days,
            cost_micros=clicks // days * 800_000,
            conversions=conversions / days,
        )
        for back in range(days)
    )


def account(**changes: Any) -> AdAccountHistory:
    """An account with one campaign and one keyword."""
    values: dict[str, Any] = {
        "customer_id": CUSTOMER,
        "currency": "GBP",
        "today": TODAY,
        "budgets": (BudgetSetting(resource=BUDGET, amount_micros=40 * MICROS),),
        "campaigns": (CampaignSetting(id=1, name="Search", status="ENABLED", bidding_status="ENABLED", budget=BUDGET),),
        "keywords": (KeywordSetting(campaign=1, ad_group=11, criterion=111, text="art prints", match_type="BROAD"),),
        "campaign_days": campaign_days(),
    }
    return AdAccountHistory(**{**values, **changes})


def curve(campaign: int, budget: int, ceiling: float, half: float, draws: int = 20) -> ResponseCurve:
    """A curve that is known but for a little."""
    spread = [1 + (at - draws / 2) / 500 for at in range(draws)]
    return ResponseCurve(
        campaign=campaign,
        spend=float(budget),
        budget=budget,
        limited=True,
        weeks=20,
        ceilings=tuple(ceiling * some for some in spread),
        halves=tuple(half for _ in spread),
        most=tuple(budget * 10.0 for _ in spread),
    )
