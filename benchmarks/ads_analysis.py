"""How right the ad analysis is, over seeded sandbox accounts whose truth is known. Without network.

Run it with `make bench NAME=ads_analysis`. The held-out seeds are reported; `ARGS=--training` shows those that the
constants were fixed on. For each account half a year is read as a report would show it, and held against the truth.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from marketing_pipeline.domain.ad_account import (
    AdAccountHistory,
    AdSetting,
    BudgetSetting,
    CampaignSetting,
    KeywordSetting,
)
from marketing_pipeline.domain.ad_anomaly import FALSE_ALARMS, LEAST_HISTORY, anomalies
from marketing_pipeline.domain.ad_figures import AdDay, CampaignDay, KeywordDay, TermDay
from marketing_pipeline.domain.ad_pacing import DAYS_OF_A_MONTH, month_pacing
from marketing_pipeline.domain.ad_response import ResponseCurve, response
from marketing_pipeline.domain.ad_waste import losing_ads, losing_keywords, wasted_phrases, wasted_terms
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import enum_name
from marketing_pipeline.sandbox.google_ads.serving import Pair
from marketing_pipeline.sandbox.google_ads.truth import Truth, truth

ACCOUNTS = 200
HELD_OUT_FROM = 5_000
TRAINING_FROM = 100
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
            )
            for item in campaigns
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
            for key, day, figures in _rows(account, now, lambda pair: (pair.campaign,))
        ),
        keyword_days=tuple(
            KeywordDay(campaign=key[0], ad_group=key[1], criterion=key[2], day=day, **figures)
            for key, day, figures in _rows(account, now, lambda pair: (pair.campaign, pair.ad_group, pair.criterion))
        ),
        term_days=tuple(
            TermDay(campaign=key[0], ad_group=key[1], term=key[2], day=day, **figures)
            for key, day, figures in _rows(
                account, now, lambda pair: (pair.campaign, pair.ad_group, pair.term) if pair.term else None
            )
        ),
        ad_days=tuple(
            AdDay(campaign=key[0], ad_group=key[1], ad=key[2], day=day, **figures)
            for key, day, figures in _rows(account, now, lambda pair: (pair.campaign, pair.ad_group, pair.ad))
        ),
    )


def _rows(
    account: LiveAccount, now: datetime, entity: Callable[[Pair], tuple[Any, ...] | None]
) -> Iterator[tuple[tuple[Any, ...], date, dict[str, Any]]]:
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


class Tally:
    """What was found, missed and covered over all accounts."""

    def __init__(self) -> None:
        self.months = 0.0
        self.false_alarms = 0
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.money: Counter[str] = Counter()
        self.things: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.curves = 0
        self.campaigns = 0

    def cover(self, name: str, low: float, value: float, high: float) -> None:
        """Count whether an interval held the truth."""
        self.asked[name] += 1
        self.inside[name] += low <= value <= high


def study_anomalies(tally: Tally, history: AdAccountHistory, known: Truth) -> dict[int, set[date]]:
    """Hold the alarms against the planted days; returns the days with an alarm by campaign."""
    alarms: dict[int, set[date]] = {}
    for campaign in history.campaigns:
        days = history.days_of(campaign.id)
        judged = {row.day for row in days[LEAST_HISTORY:]}
        planted = {item.day: item.kind.value for item in known.anomalies if item.campaign == campaign.id}
        alarms[campaign.id] = {item.day for item in anomalies(days, history.today)}
        tally.months += len(judged - planted.keys()) / DAYS_OF_A_MONTH
        tally.false_alarms += len((alarms[campaign.id] & judged) - planted.keys())
        for day, kind in planted.items():
            if day in judged:
                tally.planted[kind] += 1
                tally.found[kind] += day in alarms[campaign.id]
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
    """Coverage of the projection of the month, made on the day of opening, at what the month really came to."""
    pacing = month_pacing(history)
    if pacing is None:
        return
    later = OPENED + timedelta(days=25)
    month = {"2026-10"}
    real = sum(
        figures["cost_micros"]
        for _, day, figures in _rows(account, later, lambda pair: (pair.campaign,))
        if f"{day:%Y-%m}" in month
    )
    tally.cover("cost of the month", pacing.projected.low, real, pacing.projected.high)


def study(seeds: Sequence[int]) -> Tally:
    """Everything over all accounts."""
    tally = Tally()
    for seed in seeds:
        account = live_account(seed)
        history = history_of(account)
        known = truth(account, history.today - timedelta(days=HISTORY_DAYS), history.today)
        alarms = study_anomalies(tally, history, known)
        study_waste(tally, history, known)
        tally.curves += len(study_responses(tally, history, known, alarms))
        study_pacing(tally, account, history)
    return tally


def figures_of(tally: Tally) -> dict[str, float]:
    """The figures by name."""
    things = tally.things
    figures = {
        "false_alarms_per_campaign_month": tally.false_alarms / tally.months,
        "false_alarms_stated": FALSE_ALARMS,
        "anomalies_found": sum(tally.found.values()) / max(sum(tally.planted.values()), 1),
        **{f"found_{kind}": tally.found[kind] / count for kind, count in sorted(tally.planted.items())},
        "wasted_spend_found": tally.money["wasted found"] / max(tally.money["wasted"], 1),
        "terms_in_error": things["terms found in error"] / max(things["terms found"], 1),
        **{
            f"{name}_{word}": value
            for name in ("keywords", "ads")
            for word, value in (
                ("found", (things[f"{name} found"] - things[f"{name} found in error"]) / things[f"{name} losing"]),
                ("in_error", things[f"{name} found in error"] / max(things[f"{name} found"], 1)),
            )
        },
        "campaigns_with_a_curve": tally.curves / tally.campaigns,
        **{
            f"coverage_{name.replace(' ', '_').replace('%', '')}": tally.inside[name] / asked
            for name, asked in tally.asked.items()
        },
    }
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Study the accounts, print a table and the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--training", action="store_true", help="the seeds that the constants were fixed on")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    asked = parser.parse_args()
    first = TRAINING_FROM if asked.training else HELD_OUT_FROM
    tally = study(range(first, first + asked.accounts))
    figures = figures_of(tally)
    print(
        f"{asked.accounts} {'training' if asked.training else 'held-out'} accounts, {tally.months:.0f} campaign-months"
    )
    for name, value in figures.items():
        print(f"{name:40} {value:.4f}")
    print(json.dumps({"benchmark": "ads_analysis", "figures": figures}))


if __name__ == "__main__":
    main()
