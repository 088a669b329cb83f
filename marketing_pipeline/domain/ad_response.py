"""How a campaign's conversions respond to its spend: a curve that flattens, with what is not known about it.

`conversions a day = ceiling * x / (x + half)` for a spend of x, at the demand of the last weeks. The curve is fitted to
whole weeks: within a week demand moves spend and conversions together, and would make money look more effective than it
is; between weeks it is mostly the budget that moved. A slow trend of demand is estimated along. The posterior is worked
out on a grid (a log-normal prior on `half` over the mean spend, a normal one on the trend), the scale follows in closed
form (Poisson counts, widened by the dispersion seen), and draws from it carry the uncertainty into every figure.

A budget only matters as far as there is demand: each draw also has a spend that the campaign cannot pass.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.ad_figures import MATURE_DAYS, CampaignDay
from marketing_pipeline.domain.ad_significance import quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 400
LEAST_WEEKS = 5
LEAST_CONVERSIONS = 20
_LONGEST_WEEKS = 26
_LEAST_DAYS = 4
_HALF_PRIOR = (0.0, 0.7)
"""Mean and deviation of log(half / mean spend); assumed, checked against training accounts."""
_PRIOR_CONVERSIONS = 0.5
"""Added to those seen (Jeffreys' prior of a Poisson rate), so that none seen is not taken for none ever."""
_TREND_PRIOR = 0.12
"""Deviation of the log of how demand moved over the weeks used; assumed."""
LIMITED_FROM = 0.93
"""A campaign that spends at least this share of its budget is taken as limited by it."""
_UNLIMITED_BELOW = 0.75
"""One that spends less than this share surely is not; in between a quiet season may have kept a limited one below its
budget, and the chance that it is limited grows in proportion. Fixed on training accounts."""
_SPARE_DEMAND = 0.45
"""Mean of the log of demand over budget where the budget limits; assumed, as no report says it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What to expect, and the ends of the 90 % interval."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True)
class ResponseCurve:
    """Draws of one campaign's curve. Spends are micros a day; `spend` is that of the last weeks, at `budget`."""

    campaign: int
    spend: float
    budget: int
    limited: bool
    weeks: int
    ceilings: tuple[float, ...]
    halves: tuple[float, ...]
    most: tuple[float, ...]
    """By draw, the spend that demand allows."""

    def conversions(self, budget: float) -> Interval:
        """Conversions a day under a daily budget."""
        return self._summary(lambda at: self._at(at, budget))

    def gain(self, budget: float) -> Interval:
        """How many more conversions a day another budget brings than the present one."""
        return self._summary(lambda at: self._at(at, budget) - self._at(at, self.budget))

    def gains(self, budget: float) -> list[float]:
        """`gain` draw by draw: those of several campaigns may be added."""
        return [self._at(at, budget) - self._at(at, self.budget) for at in range(len(self.halves))]

    def mean(self, budget: float) -> float:
        """The expectation of `conversions`; concave in the budget."""
        return sum(self._at(at, budget) for at in range(len(self.halves))) / len(self.halves)

    def marginal(self, spend: float) -> Interval:
        """Conversions that one more unit of the currency (1,000,000 micros) brings where `spend` is really spent."""
        return self._summary(
            lambda at: self.ceilings[at] * self.halves[at] / (spend + self.halves[at]) ** 2 * 1_000_000
        )

    def _at(self, at: int, budget: float) -> float:
        spend = min(budget, self.most[at])
        return self.ceilings[at] * spend / (spend + self.halves[at])

    def _summary(self, figure: Callable[[int], float]) -> Interval:
        values = sorted(figure(at) for at in range(len(self.halves)))
        return Interval(quantile(values, 0.05), math.fsum(values) / len(values), quantile(values, 0.95))


def response(
    campaign: int,
    budget: int,
    rows: Sequence[CampaignDay],
    today: date,
    *,
    odd: Collection[date] = (),
    changed: date | None = None,
    usual: float = 0.0,
) -> ResponseCurve | None:
    """The curve of one campaign from its days, without the `odd` ones. None where too little is known to say anything.

    Too little: fewer than LEAST_WEEKS weeks with spend, or nothing spent lately, or LEAST_CONVERSIONS neither counted
    nor to be expected of its spend at `usual`, the account's conversions per micro: few for much money are knowledge.
    `changed` is the day on which the budget became what it is: what was spent before says nothing of its limit.
    """
    days = [row for row in rows if row.day < today and row.day not in odd]
    late = [row for row in days if (today - row.day).days <= 28]
    recent = [row.cost_micros for row in _under_budget(late, changed)]
    weeks = _weeks(days, today)
    counted = max(
        sum(conversions for _, _, conversions, _ in weeks), usual * sum(mean * number for _, mean, _, number in weeks)
    )
    if len(weeks) < LEAST_WEEKS or counted < LEAST_CONVERSIONS or len(late) < 7 or not sum(recent):
        return None
    halves, ceilings = _posterior(campaign, weeks)
    spend = sum(recent) / len(recent)
    peak = max(mean for _, mean, _, _ in weeks)
    return ResponseCurve(
        campaign=campaign,
        spend=spend,
        budget=budget,
        limited=spend >= LIMITED_FROM * budget,
        weeks=len(weeks),
        ceilings=ceilings,
        halves=halves,
        most=_reachable(campaign, spend, budget, peak),
    )


def _under_budget(late: Sequence[CampaignDay], changed: date | None) -> Sequence[CampaignDay]:
    """The days under the present budget; all of them where those are too few."""
    own = [row for row in late if changed is None or row.day > changed]
    return own if len(own) >= _LEAST_DAYS else late


def _weeks(rows: Sequence[CampaignDay], today: date) -> list[tuple[float, float, float, int]]:
    """Time (0 now, -1 the oldest possible), mean spend, conversions and number of days of each week, oldest first."""
    end = today - timedelta(days=MATURE_DAYS)
    groups: dict[int, list[CampaignDay]] = {}
    for row in rows:
        if row.day < end:
            groups.setdefault((end - row.day - timedelta(days=1)).days // 7, []).append(row)
    return [
        (
            -back / _LONGEST_WEEKS,
            sum(row.cost_micros for row in groups[back]) / len(groups[back]),
            sum(row.conversions for row in groups[back]),
            len(groups[back]),
        )
        for back in sorted(groups, reverse=True)
        if back < _LONGEST_WEEKS and len(groups[back]) >= _LEAST_DAYS and any(row.cost_micros for row in groups[back])
    ]


def _posterior(
    campaign: int, weeks: Sequence[tuple[float, float, float, int]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Draws of half (micros a day) and ceiling (conversions a day)."""
    import numpy as np

    time, spend, seen, days = (np.array(column, dtype=np.float64) for column in zip(*weeks, strict=True))
    mean = float(spend.mean())
    logs = np.linspace(-2.2, 2.2, 45)
    trends = np.linspace(-2.5, 2.5, 21) * _TREND_PRIOR
    half = (mean * np.exp(_HALF_PRIOR[0] + logs))[:, np.newaxis, np.newaxis]
    demand = np.exp(trends[np.newaxis, :, np.newaxis] * (time - time.min()) / max(float(np.ptp(time)), 1e-9))
    demand = demand / demand[:, :, -1:]
    shape = days * demand * spend / (spend + half * demand)
    scale = shape.sum(axis=2)
    fit = (seen * np.log(shape)).sum(axis=2) - seen.sum() * np.log(scale)
    widening = _dispersion(seen, shape, fit)
    prior = -0.5 * ((logs / _HALF_PRIOR[1]) ** 2)[:, np.newaxis] - 0.5 * ((trends / _TREND_PRIOR) ** 2)[np.newaxis, :]
    log_weight = fit / widening + prior
    weight = np.exp(log_weight - log_weight.max()).ravel()
    chance = np.random.default_rng(campaign)
    cells = chance.choice(weight.size, size=DRAWS, p=weight / weight.sum())
    ceilings = chance.gamma(seen.sum() / widening + _PRIOR_CONVERSIONS, size=DRAWS) / (scale.ravel()[cells] / widening)
    halves = np.repeat(half.ravel(), len(trends))[cells]
    return tuple(halves.tolist()), tuple(ceilings.tolist())


def _dispersion(seen: "Floats", shape: "Floats", fit: "Floats") -> float:
    """Variance over mean of the weeks around the best curve; at least 1, as Poisson counts have."""
    import numpy as np

    row, column = np.unravel_index(int(np.argmax(fit)), fit.shape)
    best = shape[row, column]
    expected = best * max(seen.sum(), _PRIOR_CONVERSIONS) / best.sum()
    return max(1.0, float(((seen - expected) ** 2 / expected).sum()) / max(len(seen) - 2, 1))


def _reachable(campaign: int, spend: float, budget: int, peak: float) -> tuple[float, ...]:
    """Draws of the spend that demand allows, the present one at least."""
    import numpy as np

    chance = np.random.default_rng([campaign, 1])
    unlimited = spend * np.exp(chance.normal(0, 0.05, DRAWS))
    least = max(budget, min(peak, 2 * budget))
    ample = least * np.exp(chance.exponential(_SPARE_DEMAND, DRAWS))
    likely = (spend / budget - _UNLIMITED_BELOW) / (LIMITED_FROM - _UNLIMITED_BELOW)
    return tuple(np.where(chance.uniform(size=DRAWS) < likely, ample, unlimited).tolist())
