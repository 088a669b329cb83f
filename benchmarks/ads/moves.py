"""Proposed targets and bids, made in the account's truth: what they would really do, held against their forecasts."""

from typing import Any

from benchmarks.ads.accounts import live_account
from benchmarks.ads.tally import Tally
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_move import AdMove
from marketing_pipeline.domain.ad_policy import AdCaps, AdPolicy
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.truth import Truth, campaign_truths

_AMPLE = 1e9
POLICY = AdPolicy(
    caps=AdCaps(
        change_percent=20,
        change_amount=_AMPLE,
        raise_per_day=_AMPLE,
        account_daily_budget=_AMPLE,
        budget_floor=0.01,
        budget_ceiling=_AMPLE,
        bid_ceiling=_AMPLE,
    )
)
"""A fifth at once, and no bound in money: the currencies differ."""
_TARGETS = (AdChangeKind.SET_TARGET_CPA, AdChangeKind.SET_TARGET_ROAS)


def study_moves(tally: Tally, seed: int, history: AdAccountHistory, known: Truth) -> None:
    """Coverage of the forecasts of target and bid moves, and the share that does good."""
    for move in analyse(history, POLICY).moves:
        name = "target" if move.payload.change_kind in _TARGETS else move.payload.change_kind.value
        real = _daily_effect(seed, history, known, move) * move.forecast.days
        tally.things[f"{name} moves"] += 1
        tally.things[f"{name} moves that do good"] += real < 0 if move.forecast.metric == "cost_micros" else real > 0
        tally.cover(f"{name} moves", move.forecast.low, real, move.forecast.high)


def _daily_effect(seed: int, history: AdAccountHistory, known: Truth, move: AdMove) -> float:
    """What the move changes in its own metric on a usual day of the last four weeks, over all campaigns."""
    before, after = live_account(seed), live_account(seed)
    _set(after, move)
    return _daily(after, history, known, move.forecast.metric) - _daily(before, history, known, move.forecast.metric)


def _set(account: LiveAccount, move: AdMove) -> None:
    resource: Any = account.resources[move.payload.resource]
    changed = type(resource)()
    changed.CopyFrom(resource)
    kind, value = move.payload.change_kind, move.payload.after
    if kind is AdChangeKind.SET_TARGET_CPA:
        changed.maximize_conversions.target_cpa_micros = int(value)
    elif kind is AdChangeKind.SET_TARGET_ROAS:
        changed.maximize_conversion_value.target_roas = float(value)
    else:
        changed.cpc_bid_micros = int(value)
    account.take([changed], account.opened_at)


def _daily(account: LiveAccount, history: AdAccountHistory, known: Truth, metric: str) -> float:
    whole = 0.0
    for campaign in campaign_truths(account):
        factors = [factor for day, factor in known.day_factors[campaign.id] if 0 < (history.today - day).days <= 28]
        factor = sum(factors) / len(factors)
        spend = min(float(campaign.budget_micros), campaign.demand_micros * factor)
        whole += spend if metric == "cost_micros" else campaign.conversions(spend, factor)
    return whole
