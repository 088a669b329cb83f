"""Seeded ad accounts for the benchmark of budgets: what campaigns do with money, and what a report would tell of it.

Nothing here is known to the product. Money is in units of the account's currency, but for the rows of reports. A
campaign of market size m that spends x brings `level * m * shape(x / m)` conversions a day; the shapes are those of
`shape_of`. Pacing is that of the sandbox: a day follows demand between half and twice its budget, and a calendar month
ends at 30.4 budgets.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_pacing import DAYS_OF_A_MONTH, MOST_A_DAY
from marketing_pipeline.domain.money import MICROS

Array = NDArray[np.float64]
PAST_DAYS = 182
WEEKS = 8
OPENED = date(2026, 10, 12)
LATEST_DAYS = 30
"""A conversion counts for the day of its click, up to so many days later."""
BUDGETS = (25.0, 120.0)
STEPS = 240
"""Into how many parts the oracle divides the money."""


@dataclass(frozen=True)
class Kind:
    """One kind of market. `forms` are drawn from for each campaign; `last_forms` are those of its last campaigns.

    `moved` are the days before the opening at which the owner had other budgets, `drift` the deviation of a week's
    step of log quality, `luck` that of the log of a day's demand, `burst` the variance over mean squared that a day's
    conversions have above Poisson counts, `odd` the share of days that go wrong, `lag` the share of conversions at once
    and the mean delay of the others in days, `cost` the median cost of a conversion.
    """

    name: str
    forms: tuple[str, ...]
    last_forms: tuple[str, ...] = ()
    moved: tuple[int, ...] = (32, 60, 88)
    drift: float = 0.0
    luck: float = 0.12
    burst: float = 0.0
    odd: float = 0.0
    season: float = 0.08
    weekday: float = 0.08
    lag: tuple[float, float] = (0.6, 3.0)
    cost: float = 20.0
    unequal: float = 0.5


@dataclass(frozen=True)
class CampaignMarket:
    """One campaign: its response at quality 1, what it could spend a day, its weekdays and its season."""

    form: str
    level: float
    half: float
    bend: float
    demand: float
    price: float
    weekdays: tuple[float, ...]
    season: float
    peak: float

    def conversions(self, spend: Array, size: Array | float) -> Array:
        """Conversions to expect of days with that spend and market size."""
        return self.level * size * shape_of(self.form, self.half, self.bend)(spend / size)

    def usual_size(self, day: date) -> float:
        """Market size that season leads one to expect, weekdays aside."""
        return 1 + self.season * float(np.cos(2 * np.pi * (day.timetuple().tm_yday - self.peak) / 365))


def shape_of(form: str, half: float, bend: float) -> Callable[[Array], Array]:
    """Conversions as a function of spend, up to a factor, by the name of the form."""
    shapes: dict[str, Callable[[Array], Array]] = {
        "saturating": lambda x: x / (x + half),
        "hill": lambda x: x**bend / (x**bend + half**bend),
        "log": lambda x: np.log1p(x / half),
        "power": lambda x: x**bend,
        "exponential": lambda x: 1 - np.exp(-x / half),
    }
    return shapes[form]


class Account:
    """An account with half a year behind it. `live` one day after another; `rows` is what a report shows."""

    def __init__(self, kind: Kind, seed: int, campaigns: Sequence[CampaignMarket], budgets: Array) -> None:
        self.kind, self.seed = kind, seed
        self.campaigns, self.first_budgets = tuple(campaigns), budgets
        self.days = PAST_DAYS + 7 * WEEKS
        self.first_day = OPENED - timedelta(days=PAST_DAYS)
        dice = np.random.default_rng([seed, 11])
        walk = dice.normal(0, kind.drift, (self.days // 7 + 1, len(campaigns))).cumsum(0)
        self.quality: Array = np.exp(walk - walk[PAST_DAYS // 7])
        shared = dice.normal(0, kind.luck / 2, (self.days, 1))
        self.luck: Array = np.exp(shared + dice.normal(0, kind.luck, (self.days, len(campaigns))))
        self.strange: Array = dice.random((self.days, len(campaigns)))
        self.spent: list[Array] = []
        self.expected: list[Array] = []
        self._late: list[Array] = []
        self._month: tuple[int, Array, Array] = (0, np.zeros(len(campaigns)), np.zeros(len(campaigns)))
        for number in range(PAST_DAYS):
            self.live(self._past_budgets(PAST_DAYS - number))

    @cached_property
    def arrival(self) -> Array:
        """Share of a day's conversions that come in so many days later."""
        at_once, mean = self.kind.lag
        late = np.exp(-np.arange(LATEST_DAYS) / mean)
        return np.concatenate([[at_once], (1 - at_once) * late / late.sum()])

    def _past_budgets(self, back: int) -> Array:
        step = sum(back > ended for ended in self.kind.moved)
        if not step:
            return self.first_budgets
        chance = np.random.default_rng([self.seed, 12, step])
        return self.first_budgets * chance.uniform(0.55, 1.6, len(self.campaigns))

    @property
    def today(self) -> date:
        """The first day that has not been lived."""
        return self.first_day + timedelta(days=len(self.spent))

    def live(self, budgets: Array) -> None:
        """Let a day pass under these daily budgets."""
        number, day = len(self.spent), self.today
        chance = np.random.default_rng([self.seed, 13, number])
        wrong = self.strange[number] < self.kind.odd
        surge = np.where(wrong & (self.strange[number] < self.kind.odd / 2), 2.5, 1.0)
        counted = np.where(wrong & (surge == 1.0), 0.0, 1.0)
        weekday = np.array([campaign.weekdays[day.weekday()] for campaign in self.campaigns])
        usual = np.array([campaign.usual_size(day) for campaign in self.campaigns])
        size = usual * weekday * self.luck[number] * surge
        spend = self._paced(day, budgets, size)
        means = self._conversions(spend, size, number // 7)
        self.spent.append(spend)
        self.expected.append(means)
        burst = self.kind.burst
        rough = chance.gamma(1 / burst, burst, len(means)) if burst else np.ones(len(means))
        seen = chance.poisson(means * counted * rough)
        self._late.append(chance.multinomial(seen, self.arrival).astype(np.float64))

    def _conversions(self, spend: Array, size: Array, week: int) -> Array:
        shown = [
            campaign.conversions(spend[at : at + 1], size[at])[0] * self.quality[week, at]
            for at, campaign in enumerate(self.campaigns)
        ]
        return np.array(shown, dtype=np.float64)

    def _paced(self, day: date, budgets: Array, size: Array) -> Array:
        month, spent, granted = self._month
        if month != day.month:
            spent, granted = np.zeros(len(budgets)), np.zeros(len(budgets))
        length = monthrange(day.year, day.month)[1]
        left = (granted + budgets * (length - day.day + 1)) * DAYS_OF_A_MONTH / length - spent
        wanted = np.array([campaign.demand for campaign in self.campaigns]) * size
        spend: Array = np.clip(np.minimum(budgets * np.clip(size, 0.5, MOST_A_DAY), left), 0.01, wanted)
        self._month = (day.month, spent + spend, granted + budgets)
        return spend

    def rows(self) -> tuple[CampaignDay, ...]:
        """Every day of every campaign as a report shows it this morning: late conversions are not in yet."""
        found: list[CampaignDay] = []
        for number, (spend, late) in enumerate(zip(self.spent, self._late, strict=True)):
            arrived = late[:, : len(self.spent) - number].sum(1)
            for at, campaign in enumerate(self.campaigns):
                clicks = max(round(spend[at] / campaign.price), 1)
                found.append(
                    CampaignDay(
                        campaign=at + 1,
                        day=self.first_day + timedelta(days=number),
                        impressions=clicks * 20,
                        clicks=clicks,
                        cost_micros=round(spend[at] * 100) * MICROS // 100,
                        conversions=float(arrived[at]),
                    )
                )
        return tuple(found)

    def worth(self, day: date) -> list[Callable[[Array], Array]]:
        """Each campaign's conversions on an average day of that week as a function of its spend."""
        week = (day - self.first_day).days // 7
        return [self._worth_of(at, day, week) for at in range(len(self.campaigns))]

    def _worth_of(self, at: int, day: date, week: int) -> Callable[[Array], Array]:
        campaign, quality = self.campaigns[at], float(self.quality[week, at])
        size = campaign.usual_size(day)

        def conversions(spend: Array) -> Array:
            return campaign.conversions(np.minimum(spend, campaign.demand * size), size) * quality

        return conversions


def best_split(
    worth: Sequence[Callable[[Array], Array]], total: float, low: Sequence[float], high: Sequence[float]
) -> Array:
    """The best split of a sum within bounds, to one part in STEPS: exact on that grid whatever the shapes.

    By dynamic programming, one campaign after another; what the grid leaves of the sum goes to the last campaign.
    """
    room = total - sum(low)
    grid = np.arange(STEPS + 1) * room / STEPS
    best, chosen = np.zeros(1), list[NDArray[np.int64]]()
    for at, function in enumerate(worth):
        own = function(low[at] + grid)
        own[low[at] + grid > high[at] + 1e-9] = -np.inf
        table = np.full((STEPS + 1, STEPS + 1), -np.inf)
        for spent in range(STEPS + 1):
            before = best[: spent + 1] if at else np.where(np.arange(spent + 1) == 0, 0.0, -np.inf)
            table[spent, : spent + 1] = before + own[spent::-1]
        choice = table.argmax(1)
        best = table.max(1)
        chosen.append(np.arange(STEPS + 1) - choice)
    spent, split = STEPS if np.isfinite(best[-1]) else int(np.isfinite(best).nonzero()[0].max()), np.array(low, float)
    for at in range(len(worth) - 1, -1, -1):
        split[at] += grid[chosen[at][spent]]
        spent -= int(chosen[at][spent])
    return split
