"""Bids set by hand: raised where even the next unit of money brings more than the rest, lowered where all of it less.

A higher bid brings more clicks and makes each dearer, so the last unit of money that a bid spends brings a part of
what its money brings on average. That part is assumed. A bid is raised where the part still beats the rest of the
campaign on average. It is lowered where its whole average is below the part of the rest, and money is left over: that
saves money. Both by an exact test of cost per conversion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.ad_account import AdAccountHistory, CampaignSetting, KeywordSetting
from marketing_pipeline.domain.ad_change import AdChangeKind, RiskClass
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, Figures, KeywordDay, total, without
from marketing_pipeline.domain.ad_move import (
    DRAWS,
    LARGEST_STEP,
    AdMove,
    forecast_of,
    luck,
    rates,
    rows_of,
    setting,
    stepped,
)
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_response import LIMITED_FROM
from marketing_pipeline.domain.ad_significance import discoveries, fewer_than_usual
from marketing_pipeline.domain.money import Money

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOOK_BACK = 84
FALSE_DISCOVERIES = 0.05
"""Of all bids named, the share expected to be named in error (Benjamini and Hochberg)."""
_LAST_UNIT = 2 / 3
"""What the last unit of money of a bid brings, over what its money brings on average; assumed."""
_CLICKS, _PRICE = (0.6, 0.2), (0.3, 0.1)
"""By which power of the bid clicks and their price grow, with deviations; assumed."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid that counts somewhere: of a keyword with one of its own, or of an ad group for all the others."""

    campaign: CampaignSetting
    resource: str
    number: int
    words: str
    micros: int
    figures: Figures
    rest: Figures
    """The rest of its campaign."""

    def p_value(self, way: int) -> float:
        """Against raising it (way 1): the money of the rest brings at least what the last unit of this one brings.

        Against lowering it (-1): its money brings at least what the last unit of the rest brings.
        """
        one, other = (self.rest, self.figures) if way > 0 else (self.figures, self.rest)
        return fewer_than_usual(
            one.conversions, one.cost_micros, other.conversions, other.cost_micros, ratio=_LAST_UNIT
        )


def bid_moves(account: AdAccountHistory, policy: AdPolicy, *, spend_more: bool) -> Iterator[AdMove]:
    """Bids to move, at most one of a campaign, so that what it does can be told afterwards.

    `spend_more` False: where money is left none is raised, since the month has none.
    """
    bids = [
        bid
        for campaign in account.campaigns
        if campaign.runs and campaign.bidding_strategy == "MANUAL_CPC"
        if not account.resting(campaign, policy.cool_down_days)
        for bid in bids_of(account, campaign)
        if _enough(bid)
    ]
    tests = sorted(((bid.p_value(way), at, way) for at, bid in enumerate(bids) for way in (1, -1)))
    found = discoveries([chance for chance, _, _ in tests], FALSE_DISCOVERIES)
    moved: set[int] = set()
    for _, at, way in (tests[place] for place in sorted(found)):
        bid, limited = bids[at], is_limited(account, bids[at].campaign)
        # Where all the money is spent, what a lower bid frees goes elsewhere: what it brings there was not measured.
        allowed = limited or spend_more if way > 0 else not limited
        aim = bid.micros * (1 + way * LARGEST_STEP)
        after = stepped(bid.micros, aim, policy.caps, account.unit, policy.caps.bid_ceiling)
        if allowed and after != bid.micros and bid.campaign.id not in moved:
            moved.add(bid.campaign.id)
            yield _move(account, bid, after, policy, limited=limited)


def bids_of(account: AdAccountHistory, campaign: CampaignSetting) -> Iterator[Bid]:
    """Every bid of a campaign with the figures of what it counts for, over mature days."""
    until = account.today - timedelta(days=MATURE_DAYS)
    since = until - timedelta(days=LOOK_BACK)
    rows = [row for row in account.keyword_days if row.campaign == campaign.id and since <= row.day < until]
    whole = total(rows)
    own = {(word.ad_group, word.criterion): word for word in account.keywords if word.cpc_bid_micros}
    for (group, criterion), word in own.items():
        if word.campaign == campaign.id and word.status == "ENABLED" and word.cpc_bid_micros:
            figures = total(row for row in rows if (row.ad_group, row.criterion) == (group, criterion))
            resource = account.name("adGroupCriteria", f"{group}~{criterion}")
            words = f"the keyword '{word.text}'"
            yield Bid(campaign, resource, criterion, words, word.cpc_bid_micros, figures, without(whole, figures))
    for group in account.ad_groups:
        if group.campaign == campaign.id and group.status == "ENABLED" and group.cpc_bid_micros:
            figures = total(_of_group(rows, group.id, own))
            resource = account.name("adGroups", group.id)
            words = f"the ad group '{group.name}'"
            yield Bid(campaign, resource, group.id, words, group.cpc_bid_micros, figures, without(whole, figures))


def is_limited(account: AdAccountHistory, campaign: CampaignSetting) -> bool:
    """Whether the campaigns of its budget spend it, so that money is only moved within."""
    budget = account.budget(campaign.budget)
    if budget is None:
        return True
    sharing = {item.id for item in account.spending_from(budget.resource)}
    since = account.today - timedelta(days=28)
    rows = [row for row in account.campaign_days if row.campaign in sharing and since <= row.day < account.today]
    days = len({row.day for row in rows})
    return days > 0 and sum(row.cost_micros for row in rows) >= LIMITED_FROM * budget.amount_micros * days


def _of_group(rows: list[KeywordDay], group: int, own: dict[tuple[int, int], KeywordSetting]) -> Iterator[KeywordDay]:
    return (row for row in rows if row.ad_group == group and (row.ad_group, row.criterion) not in own)


def _enough(bid: Bid) -> bool:
    """Whether it has cost a usual conversion of the rest, and the rest converts at all."""
    own, rest = bid.figures, bid.rest
    return own.cost_micros > 0 and rest.conversions > 0 and own.cost_micros * rest.conversions >= rest.cost_micros > 0


def _move(account: AdAccountHistory, bid: Bid, after: int, policy: AdPolicy, *, limited: bool) -> AdMove:
    spend, gain = _effect(bid, after / bid.micros, limited=limited)
    higher, days = after > bid.micros, policy.outcome_days
    now, then = (Money(micros=micros, currency=account.currency).label() for micros in (bid.micros, after))
    return AdMove(
        payload=setting(account, AdChangeKind.SET_BID, bid.resource, "cpc_bid_micros", str(bid.micros), str(after)),
        label=f"Bid of {bid.words} in {bid.campaign.name}"[:200],
        finding=(
            f"{bid.words[:1].upper()}{bid.words[1:]} in {bid.campaign.name}: its money brings "
            f"{'more' if higher else 'fewer'} conversions than the rest of the campaign by more than luck explains. "
            f"The bid goes from {now} to {then}."
        ),
        evidence=(
            *rows_of(bid.figures, "what the bid counts for", LOOK_BACK),
            *rows_of(bid.rest, "the rest of the campaign", LOOK_BACK),
            {"figure": "p-value", "value": float(f"{bid.p_value(1 if higher else -1):.2g}")},
            {"figure": "the campaign spends its whole budget, so money is moved within it", "value": limited},
        ),
        forecast=forecast_of("conversions", days, gain) if higher else forecast_of("cost_micros", days, spend),
        risk=RiskClass.MEDIUM,
        money_micros=abs(round(float(spend.mean()) * days)),
    )


def _effect(bid: Bid, ratio: float, *, limited: bool) -> "tuple[Floats, Floats]":
    """Draws of what a day's cost of this bid, and the campaign's conversions, change by.

    In a campaign that spends its whole budget the money comes from the rest.
    """
    import numpy as np

    chance = luck(bid.number, 5)
    clicks = np.maximum(chance.normal(*_CLICKS, DRAWS), 0.05)
    price = np.maximum(chance.normal(*_PRICE, DRAWS), 0.0)
    own, rest = bid.figures, bid.rest
    spend = own.cost_micros / LOOK_BACK * (ratio ** (clicks + price) - 1)
    gain = rates(own.conversions, LOOK_BACK, chance) * (ratio**clicks - 1)
    elsewhere = _LAST_UNIT * rates(rest.conversions, rest.cost_micros, chance) * spend if limited else 0.0
    return spend, gain - elsewhere
