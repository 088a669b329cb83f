"""Changes that the findings suggest, complete with figures: the closed list that the ads analyst may choose from."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_authorize import SHARED_BY
from marketing_pipeline.domain.ad_change import (
    AdChangeKind,
    AdChangeProposal,
    ApplyAdChange,
    Forecast,
    RiskClass,
    change_id,
)
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_waste import Waste, WasteKind
from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.domain.money import MICROS, Money

MOST = 20
"""Candidates of one analysis, the most money first: more than people decide on in a week."""
_LONGEST_NEGATIVE = 80
_Z90 = 1.645
_MATCH = {WasteKind.SEARCH_TERM: "EXACT", WasteKind.PHRASE: "PHRASE"}
_PAUSES = {WasteKind.KEYWORD: AdChangeKind.PAUSE_KEYWORD, WasteKind.AD: AdChangeKind.PAUSE_AD}
_WORDS = {
    WasteKind.SEARCH_TERM: "the search term '{}'",
    WasteKind.PHRASE: "searches with '{}'",
    WasteKind.KEYWORD: "the keyword '{}'",
    WasteKind.AD: "the ad {}",
}


@dataclass(frozen=True)
class AdCandidate:
    """A change that may be proposed. `finding` is the plain sentence that its figures come to."""

    id: str
    payload: ApplyAdChange
    label: str
    finding: str
    evidence: tuple[dict[str, Any], ...]
    forecast: Forecast
    risk: RiskClass
    money_micros: int
    """What is at stake in `forecast.days`, to rank by."""

    def proposal(self, brand: BrandId, week: str, reason: str, now: datetime, policy: AdPolicy) -> AdChangeProposal:
        """As it is put before people, with words for the reason."""
        return AdChangeProposal(
            id=change_id(brand, self.payload, now.isoformat()),
            brand=brand,
            week=week,
            payload=self.payload,
            label=self.label[:200],
            reason=reason,
            evidence=self.evidence,
            forecast=self.forecast,
            risk=self.risk,
            proposed_at=now,
            expires_at=now + timedelta(hours=policy.proposal_hours),
        )


def candidates(analysis: AdAnalysis, policy: AdPolicy | None, *, most: int | None = MOST) -> tuple[AdCandidate, ...]:
    """What may be proposed under the policy, the most money first, `most` of it. No policy: nothing."""
    if policy is None:
        return ()
    found = [*_budgets(analysis, policy), *_wastes(analysis, policy), *_moves(analysis)]
    return tuple(sorted(found, key=lambda item: (-item.money_micros, item.id))[:most])


def _budgets(analysis: AdAnalysis, policy: AdPolicy) -> Iterator[AdCandidate]:
    account, plan = analysis.account, analysis.reallocation
    if plan is None:
        return
    for resource, after in plan.budgets.items():
        curve = analysis.curves[resource]
        names = [campaign.name for campaign in account.spending_from(resource)]
        name = " and ".join(names)
        gain, marginal = curve.gain(after), curve.marginal(curve.spend)
        days = policy.outcome_days
        payload = ApplyAdChange(
            change_kind=AdChangeKind.SET_BUDGET,
            customer_id=account.customer_id,
            resource=resource,
            field="amount_micros",
            before=str(curve.budget),
            after=str(after),
            currency=account.currency,
        )
        before_label, after_label = _money(curve.budget, account.currency), _money(after, account.currency)
        yield AdCandidate(
            id=_id(payload),
            payload=payload,
            label=f"Daily budget of {name}"[:200],
            finding=(
                f"{name}: from {before_label} to {after_label} a day. One more {account.currency} a day brings "
                f"{marginal.expected:.3f} conversions there ({marginal.low:.3f} to {marginal.high:.3f})."
            ),
            evidence=(
                {
                    "figure": "conversions from one more unit of money a day",
                    "value": round(marginal.expected, 4),
                    "low": round(marginal.low, 4),
                    "high": round(marginal.high, 4),
                },
                {
                    "figure": "mean daily spend under this budget, 28 days at most",
                    "value": round(curve.spend / MICROS, 2),
                },
                {"figure": "weeks behind the curve", "value": curve.weeks},
                {
                    "figure": "conversions a day gained by all budget moves together",
                    "value": round(plan.gain.expected, 3),
                    "low": round(plan.gain.low, 3),
                    "high": round(plan.gain.high, 3),
                },
                {"figure": "certainty that all moves together gain", "value": round(plan.certainty, 3)},
                *({"figure": "campaigns that spend from it", SHARED_BY: names} for _ in names[1:2]),
            ),
            forecast=_forecast("conversions", days, gain.low * days, gain.expected * days, gain.high * days),
            risk=RiskClass.HIGH,
            money_micros=abs(after - curve.budget) * days,
        )


def _moves(analysis: AdAnalysis) -> Iterator[AdCandidate]:
    for move in analysis.moves:
        yield AdCandidate(
            id=_id(move.payload),
            payload=move.payload,
            label=move.label,
            finding=move.finding,
            evidence=move.evidence,
            forecast=move.forecast,
            risk=move.risk,
            money_micros=move.money_micros,
        )


def _wastes(analysis: AdAnalysis, policy: AdPolicy) -> Iterator[AdCandidate]:
    account = analysis.account
    phrases = {(item.campaign, item.subject) for item in analysis.waste if item.kind is WasteKind.PHRASE}
    for item in analysis.waste:
        campaign = account.campaign(item.campaign)
        if item.conflict or item.wasted_micros <= 0 or campaign is None or campaign.learns:
            continue
        covered = any(where == item.campaign and f" {phrase} " in f" {item.subject} " for where, phrase in phrases)
        payload = None if item.kind is WasteKind.SEARCH_TERM and covered else _payload(analysis, item)
        if payload is None or account.cooling(payload.resource, policy.cool_down_days):
            continue
        yield _waste_candidate(analysis, item, payload, campaign.name, policy)


def _waste_candidate(
    analysis: AdAnalysis, item: Waste, payload: ApplyAdChange, campaign: str, policy: AdPolicy
) -> AdCandidate:
    account, days = analysis.account, policy.outcome_days
    seen = max(min(item.days, _days_seen(analysis)), 1)
    saved = item.figures.cost_micros * days / seen
    clicks = item.figures.clicks * days / seen
    # Clicks come by chance, and a click's price scatters about as much as it is.
    band = min(_Z90 * saved * math.sqrt(2 / max(clicks, 1)), saved)
    what = _WORDS[item.kind].format(_subject(analysis, item))
    cost = _money(item.figures.cost_micros, account.currency)
    return AdCandidate(
        id=_id(payload),
        payload=payload,
        label=f"{what[:1].upper()}{what[1:]} in {campaign}"[:200],
        finding=(
            f"{what[:1].upper()}{what[1:]} in {campaign} cost {cost} for {item.figures.clicks} clicks and "
            f"{item.figures.conversions:g} conversions; at the rate of the others it would have had "
            f"{item.expected_conversions:.1f}."
        ),
        evidence=(
            {"figure": "cost", "value": round(item.figures.cost_micros / MICROS, 2)},
            {"figure": "clicks", "value": item.figures.clicks},
            {"figure": "conversions", "value": round(item.figures.conversions, 2)},
            {"figure": "conversions to expect at the rate of the others", "value": round(item.expected_conversions, 1)},
            {"figure": "p-value", "value": float(f"{item.p_value:.2g}")},
            {"figure": "days looked at", "value": seen},
        ),
        forecast=_forecast("cost_micros", days, -saved - band, -saved, -saved + band),
        risk=RiskClass.LOW if item.kind in _MATCH else RiskClass.MEDIUM,
        money_micros=round(saved),
    )


def _payload(analysis: AdAnalysis, item: Waste) -> ApplyAdChange | None:
    """The change that ends the waste; None for words that are no keyword."""
    account = analysis.account
    common: dict[str, Any] = {"customer_id": account.customer_id, "currency": account.currency}
    if item.kind in _MATCH:
        words = f"{_MATCH[item.kind]}:{item.subject}"
        if len(item.subject) > _LONGEST_NEGATIVE or len(item.subject.split()) > 10:
            return None
        return ApplyAdChange(
            change_kind=AdChangeKind.ADD_NEGATIVE_KEYWORD,
            resource=account.name("campaigns", item.campaign),
            field="negative_keyword",
            before="",
            after=words,
            **common,
        )
    collection = "adGroupCriteria" if item.kind is WasteKind.KEYWORD else "adGroupAds"
    return ApplyAdChange(
        change_kind=_PAUSES[item.kind],
        resource=account.name(collection, f"{item.ad_group}~{item.subject}"),
        field="status",
        before="ENABLED",
        after="PAUSED",
        **common,
    )


def _subject(analysis: AdAnalysis, item: Waste) -> str:
    account = analysis.account
    if item.kind is WasteKind.KEYWORD:
        return next((word.text for word in account.keywords if str(word.criterion) == item.subject), item.subject)
    if item.kind is WasteKind.AD:
        return next((ad.label for ad in account.ads if str(ad.ad) == item.subject and ad.label), item.subject)
    return item.subject


def _days_seen(analysis: AdAnalysis) -> int:
    first = min((row.day for row in analysis.account.campaign_days), default=analysis.account.today)
    return (analysis.account.today - first).days


def _forecast(metric: Any, days: int, low: float, expected: float, high: float) -> Forecast:
    ends = sorted((low, high))
    return Forecast(
        metric=metric,
        days=days,
        expected=round(expected, 3),
        low=round(min(ends[0], expected), 3),
        high=round(max(ends[1], expected), 3),
    )


def _money(micros: int, currency: str) -> str:
    return Money(micros=micros, currency=currency).label()


def _id(payload: ApplyAdChange) -> str:
    return f"c-{short_hash(payload.model_dump_json(), length=8)}"
