"""A change to an ad account that a person asked for in a conversation: within the policy, with figures behind it.

What the figures suggest themselves is proposed with their evidence. Beyond that a budget may be asked for where its
response is known, and a keyword or an ad may be asked to be paused. Everything else is refused here, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from marketing_pipeline.domain.ad_account import AdAccountHistory, CampaignSetting
from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_authorize import SHARED_BY
from marketing_pipeline.domain.ad_candidate import AdCandidate, candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, Forecast, RiskClass
from marketing_pipeline.domain.ad_figures import AdDay, KeywordDay, total
from marketing_pipeline.domain.ad_move import rows_of, setting
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.money import MICROS

LOOKED_BACK_DAYS = 28
T = TypeVar("T")


class NotProposable(MarketingError):
    """The change that was asked for cannot be put before people. Nothing was stored."""


@dataclass(frozen=True)
class AdWish:
    """What a person asks for: a kind of change, the name of what it is about, and how much.

    `target` is a campaign's, keyword's or ad's name or id. `amount` is the new daily budget in units of the currency,
    `percent` a step from the present one.
    """

    kind: AdChangeKind
    target: str
    amount: float | None = None
    percent: float | None = None


def candidate_of(wish: AdWish, analysis: AdAnalysis, policy: AdPolicy) -> AdCandidate:
    """The change as it can be proposed. Raises NotProposable, and Unauthorized for one outside of the caps."""
    suggested = [item for item in candidates(analysis, policy, most=None) if item.payload.change_kind is wish.kind]
    named = [item for item in suggested if _same(wish.target, item.id)]
    if named and wish.amount is None and wish.percent is None:
        found = named[0]
    elif wish.kind is AdChangeKind.SET_BUDGET:
        found = _budget(wish, analysis, policy, suggested)
    elif wish.kind in (AdChangeKind.PAUSE_KEYWORD, AdChangeKind.PAUSE_AD):
        found = _pause(wish, analysis, policy, suggested)
    else:
        found = _suggested(wish, suggested)
    if analysis.account.cooling(found.payload.resource, policy.cool_down_days):
        raise NotProposable("It was changed lately and rests.", f"Ask again {policy.cool_down_days} days after that.")
    require_bounds(found.payload, policy.caps)
    return found


def _suggested(wish: AdWish, suggested: Sequence[AdCandidate]) -> AdCandidate:
    """The only suggestion that the target names."""
    words = wish.target.strip().casefold()
    found = [item for item in suggested if words and words in item.label.casefold()]
    if len(found) != 1:
        raise NotProposable(
            f"The figures do not speak for {wish.kind} of {wish.target!r}.",
            "Look at what they suggest with ads_overview, and name one of its candidates.",
        )
    return found[0]


def _budget(wish: AdWish, analysis: AdAnalysis, policy: AdPolicy, suggested: Sequence[AdCandidate]) -> AdCandidate:
    account = analysis.account
    campaign = _one(wish.target, [(item.name, str(item.id), item) for item in account.campaigns], "campaign")
    of_it = [item for item in suggested if item.payload.resource == campaign.budget]
    if of_it and wish.amount is None and wish.percent is None:
        return of_it[0]
    setting_now, curve = account.budget(campaign.budget), analysis.curves.get(campaign.budget)
    if setting_now is None or curve is None:
        held = {item.subject: item.why for item in analysis.held}
        why = held.get(campaign.name, "too little is known of how it responds to money")
        raise NotProposable(
            f"Nothing can be forecast for {campaign.name}: {why}.",
            "It needs five weeks with spend and twenty conversions. A person can change it in Google Ads meanwhile.",
        )
    now, days = setting_now.amount_micros, policy.outcome_days
    after = _amount(wish, now, account.unit)
    gain = curve.gain(after)
    payload = setting(account, AdChangeKind.SET_BUDGET, campaign.budget, "amount_micros", str(now), str(after))
    names = [item.name for item in account.spending_from(campaign.budget)]
    evidence: list[dict[str, Any]] = [
        {"figure": "conversions a day to expect from the change", "value": round(gain.expected, 3),
         "low": round(gain.low, 3), "high": round(gain.high, 3)},
        {"figure": "mean daily spend under this budget, 28 days at most", "value": round(curve.spend / MICROS, 2)},
        {"figure": "weeks behind the curve", "value": curve.weeks},
        *({"figure": "campaigns that spend from it", SHARED_BY: names} for _ in names[1:2]),
    ]  # fmt: skip
    ends = sorted((gain.low * days, gain.high * days))
    forecast = Forecast(
        metric="conversions",
        days=days,
        expected=round(gain.expected * days, 3),
        low=round(min(ends[0], gain.expected * days), 3),
        high=round(max(ends[1], gain.expected * days), 3),
    )
    finding = f"{' and '.join(names)}: another daily budget was asked for."
    label = f"Daily budget of {' and '.join(names)}"
    return _candidate(payload, label, finding, evidence, forecast, RiskClass.HIGH, abs(after - now) * days)


def _amount(wish: AdWish, now: int, unit: int) -> int:
    if (wish.amount is None) == (wish.percent is None):
        raise NotProposable("How much is not clear.", "Give the new amount a day, or a step in per cent; one of them.")
    aim = wish.amount * MICROS if wish.amount is not None else now * (1 + (wish.percent or 0.0) / 100)
    after = round(aim / unit) * unit
    if after == now or after <= 0:
        raise NotProposable("Nothing would change, or nothing would be left.", "Give another amount.")
    return after


def _pause(wish: AdWish, analysis: AdAnalysis, policy: AdPolicy, suggested: Sequence[AdCandidate]) -> AdCandidate:
    account, days = analysis.account, policy.outcome_days
    words = wish.kind is AdChangeKind.PAUSE_KEYWORD
    campaign, resource, name, rows = _keyword(account, wish.target) if words else _ad(account, wish.target)
    if of_it := [item for item in suggested if item.payload.resource == resource]:
        return of_it[0]
    figures = total(row for row in rows if 0 < (account.today - row.day).days <= LOOKED_BACK_DAYS)
    payload = setting(account, wish.kind, resource, "status", "ENABLED", "PAUSED")
    saved = figures.cost_micros * days / LOOKED_BACK_DAYS
    # Clicks come by chance, and a click's price scatters about as much as it is.
    band = min(1.645 * saved * (2 / max(figures.clicks * days / LOOKED_BACK_DAYS, 1)) ** 0.5, saved)
    forecast = Forecast(
        metric="cost_micros",
        days=days,
        expected=round(-saved, 3),
        low=round(-saved - band, 3),
        high=round(-saved + band, 3),
    )
    told = f"{name} in {campaign.name}"
    finding = f"{told} was asked to be paused; it had {figures.conversions:g} conversions in {LOOKED_BACK_DAYS} days."
    evidence = rows_of(figures, "it", LOOKED_BACK_DAYS)
    return _candidate(payload, told, finding, evidence, forecast, RiskClass.MEDIUM, round(saved))


def _keyword(account: AdAccountHistory, target: str) -> tuple[CampaignSetting, str, str, list[KeywordDay]]:
    running = [item for item in account.keywords if item.status == "ENABLED"]
    found = _one(target, [(item.text, str(item.criterion), item) for item in running], "running keyword")
    rows = [row for row in account.keyword_days if (row.ad_group, row.criterion) == (found.ad_group, found.criterion)]
    resource = account.name("adGroupCriteria", f"{found.ad_group}~{found.criterion}")
    return _campaign(account, found.campaign), resource, f"The keyword '{found.text}'", rows


def _ad(account: AdAccountHistory, target: str) -> tuple[CampaignSetting, str, str, list[AdDay]]:
    running = [item for item in account.ads if item.status == "ENABLED"]
    found = _one(target, [(item.label or str(item.ad), str(item.ad), item) for item in running], "running ad")
    rows = [row for row in account.ad_days if (row.ad_group, row.ad) == (found.ad_group, found.ad)]
    resource = account.name("adGroupAds", f"{found.ad_group}~{found.ad}")
    return _campaign(account, found.campaign), resource, f"The ad {found.label or found.ad}", rows


def _campaign(account: AdAccountHistory, number: int) -> CampaignSetting:
    found = account.campaign(number)
    if found is None:
        raise NotProposable("Its campaign is not known.", "Wait for the next reading of the account.")
    return found


def _one(target: str, known: Sequence[tuple[str, str, T]], what: str) -> T:
    """What the target names: by id or whole name, else by the only name that holds it."""
    exact = [item for name, number, item in known if _same(target, name) or target == number]
    found = exact or [item for name, _, item in known if target.strip() and target.casefold() in name.casefold()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted({name for name, _, _ in known})[:12]) or "none"
    word = "no" if not found else "more than one"
    raise NotProposable(f"{target[:60]!r} names {word} {what}.", f"Name one of: {names}.")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _candidate(
    payload: ApplyAdChange,
    label: str,
    finding: str,
    evidence: Sequence[dict[str, Any]],
    forecast: Forecast,
    risk: RiskClass,
    money_micros: int,
) -> AdCandidate:
    return AdCandidate(
        id=f"c-{short_hash(payload.model_dump_json(), length=8)}",
        payload=payload,
        label=label[:200],
        finding=finding,
        evidence=tuple(evidence),
        forecast=forecast,
        risk=risk,
        money_micros=money_micros,
    )
