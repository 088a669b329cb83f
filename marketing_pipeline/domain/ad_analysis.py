"""What an ad account's figures say: pacing, odd days, waste, response curves and a better split of the budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_anomaly import Anomaly, anomalies
from marketing_pipeline.domain.ad_pacing import MonthPacing, Pace, month_pacing
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_reallocation import Reallocation, bounds_of, reallocate
from marketing_pipeline.domain.ad_response import ResponseCurve, response
from marketing_pipeline.domain.ad_waste import Waste, losing_ads, losing_keywords, wasted_phrases, wasted_terms

NEWS_DAYS = 14
"""Odd days are told for so long."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something left alone, and why."""

    subject: str
    why: str


@dataclass(frozen=True)
class AdAnalysis:
    """All findings about one account. `curves` and `reallocation` are by budget resource."""

    account: AdAccountHistory
    pacing: MonthPacing | None
    anomalies: tuple[Anomaly, ...]
    waste: tuple[Waste, ...]
    curves: Mapping[str, ResponseCurve]
    reallocation: Reallocation | None
    held: tuple[Held, ...]


def analyse(account: AdAccountHistory, policy: AdPolicy | None) -> AdAnalysis:
    """Everything that the figures say. Without a policy no reallocation is looked for, since it has no bounds."""
    odd = {
        campaign.id: anomalies(account.days_of(campaign.id), account.today)
        for campaign in account.campaigns
        if campaign.runs
    }
    pacing = month_pacing(account)
    curves, held = _curves(account, {number: {item.day for item in found} for number, found in odd.items()}, policy)
    waste = (*wasted_phrases(account), *wasted_terms(account), *losing_keywords(account), *losing_ads(account))
    if sum(row.conversions for row in account.campaign_days) <= 0:
        held.append(Held("account", "no conversion was ever counted, so nothing can be called waste or effective"))
    return AdAnalysis(
        account=account,
        pacing=pacing,
        anomalies=tuple(
            item for found in odd.values() for item in found if (account.today - item.day).days <= NEWS_DAYS
        ),
        waste=waste,
        curves=curves,
        reallocation=None if policy is None else _split(account, curves, pacing, policy),
        held=tuple(held),
    )


def _curves(
    account: AdAccountHistory, odd: Mapping[int, set[date]], policy: AdPolicy | None
) -> tuple[dict[str, ResponseCurve], list[Held]]:
    """Curves of the budgets that may be moved now; the others are held, with the reason."""
    curves: dict[str, ResponseCurve] = {}
    held: list[Held] = []
    for campaign in account.campaigns:
        budget = account.budget(campaign.budget)
        if not campaign.runs or budget is None:
            continue
        why = _why_held(account, campaign.learns, budget.users, budget.resource, policy)
        curve = None
        if not why:
            days = account.days_of(campaign.id)
            curve = response(campaign.id, budget.amount_micros, days, account.today, odd=odd.get(campaign.id, set()))
            why = "" if curve is not None else "too few weeks or conversions to know how it responds to money"
        if curve is not None:
            curves[budget.resource] = curve
        else:
            held.append(Held(campaign.name, why))
    return curves, held


def _why_held(account: AdAccountHistory, learns: bool, users: int, budget: str, policy: AdPolicy | None) -> str:
    if learns:
        return "its bidding is learning"
    if users > 1:
        return "its budget is shared with other campaigns"
    if policy is not None and account.cooling(budget, policy.cool_down_days):
        return f"its budget was changed less than {policy.cool_down_days} days ago"
    return ""


def _split(
    account: AdAccountHistory, curves: Mapping[str, ResponseCurve], pacing: MonthPacing | None, policy: AdPolicy
) -> Reallocation | None:
    running = {campaign.budget for campaign in account.campaigns if campaign.runs}
    bounds = [
        bounds_of(item.resource, item.amount_micros, policy.caps, account.currency)
        for item in account.budgets
        if item.resource in running
    ]
    allowed = pacing.daily_allowance if pacing is not None and pacing.pace is Pace.OVER else None
    return reallocate(curves, bounds, policy.caps, account.currency, daily_total=allowed)
