"""Targets of bidding (cost of a conversion, or value for the cost) that what really came about is surely off.

Dearer than the target while money is left: the target is tightened towards what was wanted, which saves money. Cheaper
while money is left: it is loosened, so that more auctions are entered. Where the budget is used up it, not the target,
decides how much is bought: then the budget is the thing to move, and the target stays.

A target goes half of the way, and on from there only after the last step was judged an improvement: a market that does
not answer would else draw it further and further.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketing_pipeline.domain.ad_account import AdAccountHistory, CampaignSetting
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, RiskClass
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, Figures, total
from marketing_pipeline.domain.ad_move import (
    DRAWS,
    LARGEST_STEP,
    AdMove,
    cost_per_conversion,
    forecast_of,
    luck,
    rates,
    setting,
    stepped,
)
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_response import ResponseCurve
from marketing_pipeline.domain.money import MICROS, Money

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_CONVERSIONS = 30
"""Conversions of the days looked at before a target is judged; about what Google asks for such bidding in a month."""
LOOK_BACK = 42
TOLERANCE = 0.1
"""Within a tenth of its target bidding does what it is asked to."""
_DRAW_OF_TARGET = (math.log(0.7), 0.4)
"""Mean and deviation of log(spend's change over the target's): assumed, as no report says it."""
_VALUE_SCATTER = 0.6
"""Relative deviation of the value of one conversion; assumed, it widens the interval of a return."""


@dataclass(frozen=True, slots=True)
class TargetGap:
    """How far a campaign is from its target: cost wanted over cost come about, with a 90 % interval.

    Above 1 conversions are cheaper (or worth more) than was asked for.
    """

    figures: Figures
    low: float
    expected: float
    high: float

    @property
    def way(self) -> int:
        """1: loosen, -1: tighten, 0: near enough, or luck may explain it."""
        return int(self.low > 1 + TOLERANCE) - int(self.high < 1 / (1 + TOLERANCE))


def target_moves(
    account: AdAccountHistory, curves: Mapping[str, ResponseCurve], policy: AdPolicy, *, spend_more: bool
) -> Iterator[AdMove]:
    """Targets to move, one for each campaign. `spend_more` False: the month has no money for loosened ones."""
    for campaign in account.campaigns:
        curve = curves.get(campaign.budget)
        alone = len(account.spending_from(campaign.budget)) == 1
        if not campaign.runs or curve is None or curve.limited or not alone:
            continue
        if account.resting(campaign, policy.cool_down_days) or _unanswered(account, campaign):
            continue
        gap = target_gap(account, campaign)
        if gap is None or gap.way == 0 or (gap.way > 0 and not spend_more):
            continue
        move = _move(account, campaign, gap, curve, policy)
        if move is not None:
            yield move


def _unanswered(account: AdAccountHistory, campaign: CampaignSetting) -> bool:
    """Whether our last step of this target led to nothing that could be told."""
    kinds, name = (AdChangeKind.SET_TARGET_CPA, AdChangeKind.SET_TARGET_ROAS), account.name("campaigns", campaign.id)
    steps = [past for past in account.experience.verdicts if past.payload.resource == name]
    last = [past.state for past in steps if past.payload.change_kind in kinds][-1:]
    return last == [AdChangeState.INCONCLUSIVE]


def target_gap(account: AdAccountHistory, campaign: CampaignSetting) -> TargetGap | None:
    """None where the campaign has no target of its own, or too few conversions to hold against it."""
    import numpy as np

    until = account.today - timedelta(days=MATURE_DAYS)
    since = until - timedelta(days=LOOK_BACK)
    seen = total(row for row in account.days_of(campaign.id) if since <= row.day < until)
    if seen.conversions < LEAST_CONVERSIONS or not seen.cost_micros:
        return None
    chance = luck(campaign.id, 2)
    if campaign.bidding_strategy == "MAXIMIZE_CONVERSIONS" and campaign.target_cpa_micros:
        wanted = rates(seen.conversions, seen.cost_micros, chance) * campaign.target_cpa_micros
    elif campaign.bidding_strategy == "MAXIMIZE_CONVERSION_VALUE" and campaign.target_roas:
        worth = seen.conversions_value * MICROS / seen.conversions
        scatter = 1 + chance.normal(0, _VALUE_SCATTER / math.sqrt(seen.conversions), DRAWS)
        wanted = rates(seen.conversions, seen.cost_micros, chance) * worth * scatter / campaign.target_roas
    else:
        return None
    low, high = (float(end) for end in np.quantile(wanted, (0.05, 0.95)))
    return TargetGap(seen, low, float(wanted.mean()), high)


def _move(
    account: AdAccountHistory, campaign: CampaignSetting, gap: TargetGap, curve: ResponseCurve, policy: AdPolicy
) -> AdMove | None:
    changed = _changed(account, campaign, gap, policy)
    if changed is None:
        return None
    before, after, strength = changed
    of_cost = campaign.target_cpa_micros is not None and campaign.bidding_strategy == "MAXIMIZE_CONVERSIONS"
    spend, gain = _effect(campaign, curve, strength)
    days, looser = policy.outcome_days, strength > 1
    kind = AdChangeKind.SET_TARGET_CPA if of_cost else AdChangeKind.SET_TARGET_ROAS
    came_about = _said(account, campaign, gap, of_cost=of_cost)
    return AdMove(
        payload=setting(
            account,
            kind,
            account.name("campaigns", campaign.id),
            "target_cpa_micros" if of_cost else "target_roas",
            before,
            after,
        ),
        label=f"{'Target cost of a conversion' if of_cost else 'Target return'} of {campaign.name}"[:200],
        finding=(
            f"{campaign.name}: {came_about}. Its budget is not used up, so the target decides how much is bought; "
            f"a {'looser' if looser else 'tighter'} one "
            f"{'enters more auctions' if looser else 'saves the dearest clicks'}."
        ),
        evidence=(
            {
                "figure": "what was asked for over what came about (above 1: better than asked for)",
                "value": round(gap.expected, 3),
                "low": round(gap.low, 3),
                "high": round(gap.high, 3),
            },
            {"figure": "conversions", "value": round(gap.figures.conversions, 2), "days": LOOK_BACK},
            {"figure": "cost", "value": round(gap.figures.cost_micros / MICROS, 2), "days": LOOK_BACK},
            {"figure": "share of the daily budget that is spent", "value": round(curve.spend / curve.budget, 3)},
        ),
        forecast=forecast_of("conversions", days, gain) if looser else forecast_of("cost_micros", days, spend),
        risk=RiskClass.HIGH if looser else RiskClass.MEDIUM,
        money_micros=abs(round(float(spend.mean()) * days)),
    )


def _changed(
    account: AdAccountHistory, campaign: CampaignSetting, gap: TargetGap, policy: AdPolicy
) -> tuple[str, str, float] | None:
    """The target before and after, and how much looser it becomes (below 1: tighter); None where no step is left."""
    if campaign.bidding_strategy == "MAXIMIZE_CONVERSIONS" and campaign.target_cpa_micros:
        now = campaign.target_cpa_micros
        after = stepped(now, now * math.sqrt(gap.expected), policy.caps, account.unit, policy.caps.bid_ceiling)
        return None if after == now or now % account.unit else (str(now), str(after), after / now)
    reach, ratio = min(policy.caps.change_percent / 100, LARGEST_STEP), campaign.target_roas or 0.0
    aim = min(max(ratio / math.sqrt(gap.expected), ratio * (1 - reach)), ratio * (1 + reach))
    # Hundredths, rounded towards what stands there: a step is never larger than it may be.
    hundredths = math.ceil(aim * 100 - 1e-9) if aim < ratio else math.floor(aim * 100 + 1e-9)
    if hundredths <= 0 or abs(hundredths / 100 - ratio) < 0.005:
        return None
    return _plain(ratio), _plain(hundredths / 100), ratio / (hundredths / 100)


def _plain(ratio: float) -> str:
    return format(Decimal(str(ratio)).normalize(), "f")


def _effect(campaign: CampaignSetting, curve: ResponseCurve, strength: float) -> "tuple[Floats, Floats]":
    """Draws of what a day's spend and conversions change by."""
    import numpy as np

    ceilings, halves = np.array(curve.ceilings), np.array(curve.halves)
    draw = np.exp(luck(campaign.id, 3).normal(*_DRAW_OF_TARGET, len(ceilings)))
    after = np.minimum(curve.spend * strength**draw, curve.budget)
    gain = ceilings * after / (after + halves) - ceilings * curve.spend / (curve.spend + halves)
    return after - curve.spend, gain


def _said(account: AdAccountHistory, campaign: CampaignSetting, gap: TargetGap, *, of_cost: bool) -> str:
    if of_cost:
        micros = round(cost_per_conversion(gap.figures) / account.unit) * account.unit
        cost = Money(micros=micros, currency=account.currency)
        wanted = Money(micros=campaign.target_cpa_micros or 0, currency=account.currency)
        return (
            f"a conversion cost {cost.label()} in the last {LOOK_BACK} mature days, and {wanted.label()} is asked for"
        )
    came = gap.figures.conversions_value * MICROS / gap.figures.cost_micros
    return f"the return was {came:.2f} in the last {LOOK_BACK} mature days, and {campaign.target_roas:g} is asked for"
