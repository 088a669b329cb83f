"""Paused keywords and ads that should run again: they did well while they ran, or our own pause was judged worse.

Did well: the test shows that their money brought at least three quarters of what that of the others brought meanwhile.
What this system paused itself is left alone unless the pause was judged worse: it is not switched to and fro.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_pipeline.domain.ad_account import AdAccountHistory, AdSetting, CampaignSetting, KeywordSetting
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, RiskClass
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, AdDay, Figures, KeywordDay, total, without
from marketing_pipeline.domain.ad_move import AdMove, forecast_of, luck, rates, rows_of, setting
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_significance import discoveries, fewer_than_usual

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AS_GOOD = 0.75
"""Share of the others' conversions for the money that counts as doing well."""
FALSE_DISCOVERIES = 0.05
"""Of all named, the share expected to be named in error (Benjamini and Hochberg)."""
LEAST_DAYS = 7
"""Days with clicks before what ran is judged."""
_PAUSES = (AdChangeKind.PAUSE_KEYWORD, AdChangeKind.PAUSE_AD)
_UNDONE = AdChangeState.WORSE


@dataclass(frozen=True, slots=True)
class Paused:
    """A paused keyword or ad with its figures while it ran, and those of the others (of its campaign) meanwhile."""

    campaign: CampaignSetting
    kind: AdChangeKind
    resource: str
    number: int
    words: str
    figures: Figures
    others: Figures
    days: int
    verdict: AdChangeState | None
    """Of our own pause; None where this system did not pause it."""

    @property
    def p_value(self) -> float:
        """Against: its money brought less than AS_GOOD of what the others' money brought."""
        own, rest = self.figures, self.others
        return fewer_than_usual(rest.conversions, rest.cost_micros, own.conversions, own.cost_micros, ratio=1 / AS_GOOD)


def enable_moves(account: AdAccountHistory, policy: AdPolicy) -> Iterator[AdMove]:
    """What to let run again, where campaign and ad group run and nothing in it was changed of late."""
    found = [item for item in paused_things(account) if item.days >= LEAST_DAYS and item.figures.cost_micros]
    found = [item for item in found if not account.resting(item.campaign, policy.cool_down_days)]
    regretted = [item for item in found if item.verdict is _UNDONE]
    judged = [item for item in found if item.verdict is None and item.others.conversions > 0]
    good = discoveries([item.p_value for item in judged], FALSE_DISCOVERIES)
    for item in (*regretted, *(judged[at] for at in sorted(good))):
        yield _move(account, item, policy)


def own_pauses(past: Sequence[PastAdChange]) -> dict[str, AdChangeState]:
    """By resource, where our pause of it stands, if that was the last thing we did to it. `past` is in order."""
    last = {change.payload.resource: change for change in past}
    return {name: change.state for name, change in last.items() if change.payload.change_kind in _PAUSES}


def paused_things(account: AdAccountHistory) -> Iterator[Paused]:
    """Paused keywords and ads of running ad groups that have ever spent, with their figures."""
    groups = {group.id for group in account.ad_groups if group.status == "ENABLED"}
    for word in account.keywords:
        campaign = account.campaign(word.campaign)
        if word.status == "PAUSED" and word.ad_group in groups and campaign is not None and campaign.runs:
            yield _paused_keyword(account, campaign, word)
    for ad in account.ads:
        campaign = account.campaign(ad.campaign)
        if ad.status == "PAUSED" and ad.ad_group in groups and campaign is not None and campaign.runs:
            yield _paused_ad(account, campaign, ad)


def _paused_keyword(account: AdAccountHistory, campaign: CampaignSetting, word: KeywordSetting) -> Paused:
    rows = [row for row in account.keyword_days if row.campaign == campaign.id]
    own = [row for row in rows if (row.ad_group, row.criterion) == (word.ad_group, word.criterion)]
    resource = account.name("adGroupCriteria", f"{word.ad_group}~{word.criterion}")
    words = f"the keyword '{word.text}'"
    return _paused(account, campaign, AdChangeKind.ENABLE_KEYWORD, resource, word.criterion, words, own, rows)


def _paused_ad(account: AdAccountHistory, campaign: CampaignSetting, ad: AdSetting) -> Paused:
    rows = [row for row in account.ad_days if row.ad_group == ad.ad_group]
    own = [row for row in rows if row.ad == ad.ad]
    resource = account.name("adGroupAds", f"{ad.ad_group}~{ad.ad}")
    return _paused(account, campaign, AdChangeKind.ENABLE_AD, resource, ad.ad, f"the ad {ad.label or ad.ad}", own, rows)


def _paused(
    account: AdAccountHistory,
    campaign: CampaignSetting,
    kind: AdChangeKind,
    resource: str,
    number: int,
    words: str,
    own: Sequence[KeywordDay | AdDay],
    rows: Sequence[KeywordDay | AdDay],
) -> Paused:
    days = {row.day for row in own if row.clicks and (account.today - row.day).days >= MATURE_DAYS}
    figures = total(row for row in own if row.day in days)
    whole = total(row for row in rows if row.day in days)
    return Paused(
        campaign=campaign,
        kind=kind,
        resource=resource,
        number=number,
        words=words,
        figures=figures,
        others=without(whole, figures),
        days=len(days),
        verdict=account.experience.paused.get(resource),
    )


def _move(account: AdAccountHistory, item: Paused, policy: AdPolicy) -> AdMove:
    days, gain = policy.outcome_days, _gain(item)
    why = (
        "our own pause of it was judged worse"
        if item.verdict is _UNDONE
        else f"while it ran, its money brought conversions at least at {AS_GOOD:.0%} of the rate of the others"
    )
    evidence = (
        *rows_of(item.figures, "it while it ran", item.days),
        *rows_of(item.others, "the others meanwhile", item.days),
        {"figure": "p-value", "value": float(f"{item.p_value:.2g}")},
    )
    return AdMove(
        payload=setting(account, item.kind, item.resource, "status", "PAUSED", "ENABLED"),
        label=f"{item.words[:1].upper()}{item.words[1:]} in {item.campaign.name}"[:200],
        finding=f"{item.words[:1].upper()}{item.words[1:]} in {item.campaign.name} is paused; {why}.",
        evidence=evidence,
        forecast=forecast_of("conversions", days, gain),
        risk=RiskClass.MEDIUM,
        money_micros=round(item.figures.cost_micros / item.days * days),
    )


def _gain(item: Paused) -> "Floats":
    """Draws of what a day's conversions gain: what it brought, less what its money brought at the others' rate.

    An ad takes its clicks from the others of its group, a keyword much of its money from its campaign; so only the
    difference counts, and it may be a loss.
    """
    chance = luck(item.number, 7)
    own = rates(item.figures.conversions, item.days, chance)
    if not item.others.cost_micros:
        return own
    return own - rates(item.others.conversions, item.others.cost_micros, chance) * item.figures.cost_micros / item.days
