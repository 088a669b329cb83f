"""How often verdicts on applied budget changes are false, in seeded sandbox accounts whose truth is known. No network.

Run it with `make bench NAME=ad_outcomes`. In each account one budget is raised by 30 %, left alone, or cut by 40 %,
while the same gain is forecast: what the raise really brings, with an interval from half to one and a half times that.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from marketing_pipeline.domain.ad_account import AdAccountHistory, CampaignSetting
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_comparison import outcome_of
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.truth import CampaignTruth, campaign_truths

ACCOUNTS = 200
FIRST_SEED = 8_000
OPENED = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
WINDOW = 14
LATER = OPENED + timedelta(days=WINDOW + 8)
RAISE = 1.3
TRUTHS = {"right": RAISE, "nothing": 1.0, "harm": 0.6}
FALSE = {"right": AdChangeState.WORSE, "nothing": AdChangeState.IMPROVED, "harm": AdChangeState.IMPROVED}


def verdict(seed: int, times: float) -> AdChangeState | None:
    """The verdict where the budget was really multiplied by `times`; None where more money would bring nothing."""
    plan = AdsAccount(
        customer_id=f"{seed + 1_000_000_000:010d}", history_days=30, campaigns=3 + seed % 3, removed_campaigns=0
    )
    account = LiveAccount(seed, plan, OPENED)
    chosen = max(campaign_truths(account), key=_gain)
    gain = _gain(chosen) * WINDOW
    if gain <= 0:
        return None
    budget: Any = account.resources[chosen.budget]
    changed = type(budget)()
    changed.CopyFrom(budget)
    changed.amount_micros = round(chosen.budget_micros * times / plan.unit) * plan.unit
    account.take([changed], OPENED)
    forecast = Forecast(metric="conversions", days=WINDOW, expected=gain, low=gain / 2, high=gain * 1.5)
    payload = ApplyAdChange(
        change_kind=AdChangeKind.SET_BUDGET,
        customer_id=plan.customer_id,
        resource=chosen.budget,
        field="amount_micros",
        before=str(chosen.budget_micros),
        after=str(round(chosen.budget_micros * RAISE)),
        currency=plan.currency,
    )
    day = account.today(OPENED)
    history = _history(account, chosen)
    return outcome_of(history, payload, forecast, day, day + timedelta(days=WINDOW), {chosen.id}).verdict


def _gain(campaign: CampaignTruth) -> float:
    """Conversions that the raise brings on an average day."""
    reached = [min(campaign.budget_micros * times, campaign.demand_micros) for times in (RAISE, 1.0)]
    return campaign.conversions(reached[0]) - campaign.conversions(reached[1])


def _history(account: LiveAccount, chosen: CampaignTruth) -> AdAccountHistory:
    """The campaigns' days as a report shows them when the verdict is due."""
    rows = account.figures(LATER, lambda pair: (pair.campaign,), lambda day: (day,))
    return AdAccountHistory(
        customer_id=account.plan.customer_id,
        currency=account.plan.currency,
        today=account.today(LATER),
        campaigns=(CampaignSetting(id=chosen.id, name="", status="ENABLED", bidding_status="", budget=chosen.budget),),
        campaign_days=tuple(
            CampaignDay(
                campaign=key[0],
                day=label[0],
                impressions=figures.impressions,
                clicks=figures.clicks,
                cost_micros=figures.cost_micros,
                conversions=figures.conversions,
            )
            for key, label, figures in rows
        ),
    )


def figures_of(seeds: Sequence[int]) -> dict[str, float]:
    """Shares of the verdicts for each truth, and of those that are false."""
    found: dict[str, float] = {}
    for truth, times in TRUTHS.items():
        counted = Counter(state for seed in seeds if (state := verdict(seed, times)) is not None)
        whole = sum(counted.values())
        for state in (AdChangeState.IMPROVED, AdChangeState.WORSE, AdChangeState.INCONCLUSIVE):
            found[f"{truth}_{state}"] = round(counted[state] / whole, 4)
        found[f"{truth}_false"] = round(counted[FALSE[truth]] / whole, 4)
        found[f"{truth}_judged"] = whole
    return found


def main() -> None:
    """Judge, print a table and the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    asked = parser.parse_args()
    figures = figures_of(range(FIRST_SEED, FIRST_SEED + asked.accounts))
    for name, value in figures.items():
        print(f"{name:28} {value:.4f}")
    print(json.dumps({"benchmark": "ad_outcomes", "figures": figures}))


if __name__ == "__main__":
    main()
