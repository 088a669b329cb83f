"""What an ad account's figures say: pacing, odd days, waste, response curves and a better split of the budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_anomaly import Anomaly, account_anomalies
from marketing_pipeline.domain.ad_bid import bid_moves
from marketing_pipeline.domain.ad_budget_curves import Held, budget_curves
from marketing_pipeline.domain.ad_budget_ways import within_experience
from marketing_pipeline.domain.ad_enable import enable_moves
from marketing_pipeline.domain.ad_losers import losing_ads, losing_keywords
from marketing_pipeline.domain.ad_move import AdMove
from marketing_pipeline.domain.ad_pacing import MonthPacing, Pace, month_pacing
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_reallocation import Reallocation, bounds_of, reallocate
from marketing_pipeline.domain.ad_response import ResponseCurve
from marketing_pipeline.domain.ad_target import target_moves
from marketing_pipeline.domain.ad_waste import Waste
from marketing_pipeline.domain.ad_wasted_terms import wasted_phrases, wasted_terms

NEWS_DAYS = 14
"""Odd days are told for so long."""


@dataclass(frozen=True)
class AdAnalysis:
    """All findings about one account. `curves` and `reallocation` are by budget resource.

    `moves` are targets, bids and paused things; without a policy there are none.
    """

    account: AdAccountHistory
    pacing: MonthPacing | None
    anomalies: tuple[Anomaly, ...]
    waste: tuple[Waste, ...]
    curves: Mapping[str, ResponseCurve]
    reallocation: Reallocation | None
    moves: tuple[AdMove, ...]
    held: tuple[Held, ...]


def analyse(account: AdAccountHistory, policy: AdPolicy | None) -> AdAnalysis:
    """Everything that the figures say. Without a policy no change is looked for, since it has no bounds."""
    odd, pacing = account_anomalies(account), month_pacing(account)
    curves, held = budget_curves(account, _odd_days(account, odd), policy)
    waste = (*wasted_phrases(account), *wasted_terms(account), *losing_keywords(account), *losing_ads(account))
    if sum(row.conversions for row in account.campaign_days) <= 0:
        held.append(Held("account", "no conversion was ever counted, so nothing can be called waste or effective"))
    return AdAnalysis(
        account=account,
        pacing=pacing,
        anomalies=tuple(item for item in odd if (account.today - max(item.dates)).days <= NEWS_DAYS),
        waste=waste,
        curves=curves,
        reallocation=None if policy is None else _split(account, curves, pacing, policy),
        moves=() if policy is None else _moves(account, curves, pacing, policy),
        held=tuple(held),
    )


def _odd_days(account: AdAccountHistory, found: tuple[Anomaly, ...]) -> dict[int, frozenset[date]]:
    """By campaign, the days that say nothing about how it responds to money."""
    return {
        campaign.id: frozenset(day for item in found if item.campaign in (None, campaign.id) for day in item.dates)
        for campaign in account.campaigns
    }


def _moves(
    account: AdAccountHistory, curves: Mapping[str, ResponseCurve], pacing: MonthPacing | None, policy: AdPolicy
) -> tuple[AdMove, ...]:
    spend_more = pacing is None or pacing.pace is not Pace.OVER
    return (
        *target_moves(account, curves, policy, spend_more=spend_more),
        *bid_moves(account, policy, spend_more=spend_more),
        *enable_moves(account, policy),
    )


def _split(
    account: AdAccountHistory, curves: Mapping[str, ResponseCurve], pacing: MonthPacing | None, policy: AdPolicy
) -> Reallocation | None:
    running = {campaign.budget for campaign in account.campaigns if campaign.runs}
    bounds = [
        within_experience(
            account.experience, bounds_of(item.resource, item.amount_micros, policy.caps, account.currency)
        )
        for item in account.budgets
        if item.resource in running
    ]
    allowed = pacing.daily_allowance if pacing is not None and pacing.pace is Pace.OVER else None
    return reallocate(curves, bounds, policy.caps, account.currency, daily_total=allowed)
