"""The analysis of one account held against its truth."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from benchmarks.ads.accounts import HISTORY_DAYS, OPENED, rows_of
from benchmarks.ads.tally import Tally
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_anomaly import account_anomalies
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_losers import losing_ads, losing_keywords
from marketing_pipeline.domain.ad_outage import LEAST_HISTORY
from marketing_pipeline.domain.ad_pacing import DAYS_OF_A_MONTH, month_pacing
from marketing_pipeline.domain.ad_response import ResponseCurve, response
from marketing_pipeline.domain.ad_wasted_terms import wasted_phrases, wasted_terms
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.truth import Truth


def study_anomalies(tally: Tally, history: AdAccountHistory, known: Truth) -> dict[int, set[date]]:
    """Hold the alarms against the planted days; returns the days with an alarm by campaign."""
    found = account_anomalies(history)
    alarms: dict[int, set[date]] = {}
    planted = {(item.campaign, item.day): item.kind.value for item in known.anomalies}
    for campaign in history.campaigns:
        judged = {row.day for row in history.days_of(campaign.id)[LEAST_HISTORY:]}
        own = [item for item in found if item.campaign in (None, campaign.id)]
        alarms[campaign.id] = {day for item in own for day in item.dates}
        tally.months += len([day for day in judged if (campaign.id, day) not in planted]) / DAYS_OF_A_MONTH
        for (number, day), kind in planted.items():
            if number == campaign.id and day in judged:
                tally.planted[kind] += 1
                tally.found[kind] += day in alarms[campaign.id]
    whose = {campaign.id for campaign in history.campaigns}
    for item in found:
        true = any((number, day) in planted for number in ({item.campaign} & whose or whose) for day in item.dates)
        tally.false_alarms += not true
    return alarms


def study_waste(tally: Tally, history: AdAccountHistory, known: Truth) -> None:
    """Share of the wasted spend found, and findings that are no waste."""
    wasting = {(item.campaign, item.term.casefold()) for item in known.wasted_terms}
    bad_groups = {
        (row.campaign, row.term.casefold())
        for row in history.term_days
        for keyword in history.keywords
        if keyword.criterion in known.losing_keywords
        and keyword.ad_group == row.ad_group
        and row.term.casefold().startswith(keyword.text.casefold())
    }
    since = history.today - timedelta(days=HISTORY_DAYS)
    spent: Counter[tuple[int, str]] = Counter()
    for row in history.term_days:
        if row.day >= since:
            spent[row.campaign, row.term.casefold()] += row.cost_micros
    phrases = {(item.campaign, item.subject) for item in wasted_phrases(history) if not item.conflict}
    found = {(item.campaign, item.subject) for item in wasted_terms(history) if not item.conflict}
    found |= {
        (campaign, term)
        for campaign, term in spent
        if any(where == campaign and f" {phrase} " in f" {term} " for where, phrase in phrases)
    }
    scale = sum(spent.values()) or 1
    tally.money["wasted"] += round(1e9 * sum(spent[item] for item in wasting) / scale)
    tally.money["wasted found"] += round(1e9 * sum(spent[item] for item in wasting & found) / scale)
    tally.things["terms found"] += len(found)
    tally.things["terms found in error"] += len(found - wasting - bad_groups)
    _study_losers(tally, "keywords", {int(item.subject) for item in losing_keywords(history)}, known.losing_keywords)
    shown = {item.ad for item in history.ads}
    _study_losers(tally, "ads", {int(item.subject) for item in losing_ads(history)}, known.losing_ads & shown)


def _study_losers(tally: Tally, name: str, found: set[int], losing: frozenset[int]) -> None:
    tally.things[f"{name} losing"] += len(losing)
    tally.things[f"{name} found"] += len(found)
    tally.things[f"{name} found in error"] += len(found - losing)


def study_responses(
    tally: Tally, history: AdAccountHistory, known: Truth, alarms: dict[int, set[date]]
) -> dict[int, ResponseCurve]:
    """Coverage of the intervals of the curves: marginal return, and the effect of a fifth more or less budget."""
    curves: dict[int, ResponseCurve] = {}
    for campaign in known.campaigns:
        tally.campaigns += 1
        days = history.days_of(campaign.id)
        curve = response(campaign.id, campaign.budget_micros, days, history.today, odd=alarms[campaign.id])
        if curve is None:
            continue
        curves[campaign.id] = curve
        factors = [factor for day, factor in known.day_factors[campaign.id] if 0 < (history.today - day).days <= 28]
        factor = sum(factors) / len(factors)
        marginal = curve.marginal(curve.spend)
        tally.cover("marginal return", marginal.low, campaign.marginal(curve.spend, factor), marginal.high)

        def reached(budget: float, campaign: Any = campaign, factor: float = factor) -> float:
            return float(campaign.conversions(min(budget, campaign.demand_micros * factor), factor))

        for share in (0.8, 1.2):
            gain = curve.gain(curve.budget * share)
            real = reached(curve.budget * share) - reached(curve.budget)
            tally.cover(f"effect of {share:.0%} budget", gain.low - 1e-9, real, gain.high + 1e-9)
    return curves


def study_pacing(tally: Tally, account: LiveAccount, history: AdAccountHistory) -> None:
    """Coverage of the projection of the month, made on three of its days, at what the month really came to."""
    later = OPENED + timedelta(days=25)
    rows = tuple(
        CampaignDay(campaign=key[0], day=day, **figures)
        for key, day, figures in rows_of(account, later, lambda pair: (pair.campaign,))
    )
    month = {"2026-10"}
    real = sum(row.cost_micros for row in rows if f"{row.day:%Y-%m}" in month)
    for ahead in (0, 5, 10):
        today = history.today + timedelta(days=ahead)
        pacing = month_pacing(replace(history, today=today, campaign_days=rows))
        if pacing is not None:
            tally.cover("cost of the month", pacing.projected.low, real, pacing.projected.high)
            tally.width += (pacing.projected.high - pacing.projected.low) / real
