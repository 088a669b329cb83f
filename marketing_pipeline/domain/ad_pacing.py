"""Whether the month's money will last: spend so far, what the rest of the month will cost, and how sure that is.

Google's rules (documented): a day may cost up to twice the average daily budget, a calendar month up to 30.4 times it.
So a month is the unit to pace by, and a day at twice the budget is no fault.

The days left are drawn from the account's own late days: the usual cost of each weekday times the ratio of some late
day to its own weekday (a residual bootstrap), times how far the level is unsure and drifts, and never more than the
30.4 rule leaves of each budget. The interval is that of the sums over all budgets.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_response import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAYS_OF_A_MONTH = 30.4
MOST_A_DAY = 2.0
_DRAWS = 1_000
_LEAST_DAYS = 7
_LOOK_BACK = 28
_LIMIT_REACHED = (0.992, 1.0)
"""Between which shares of its limit a month ends that meets it: amounts are whole units, and the last click does not
fit. Fixed on training accounts."""
_LAST_DAYS = 3
"""The last days of a past month are no yardstick: the month's money may simply have been gone."""
_UNEVEN = 1.4
"""How far above its even share a budget may have spent before an earlier, larger budget is the likelier reason."""
_DRIFT = 0.08
"""Relative deviation of the level of the days left that late days do not show. Fixed on training accounts."""


class Pace(StrEnum):
    """Against the month's budget: `over` and `under` are said only when the whole 90 % interval lies there."""

    OVER = "over"
    UNDER = "under"
    ON_PACE = "on_pace"
    NO_BUDGET = "no_budget"


@dataclass(frozen=True, slots=True)
class MonthPacing:
    """The month that `today` lies in. Micros. `projected` is the whole month's cost; `spent` is until yesterday."""

    month: str
    days_left: int
    spent: int
    projected: Interval
    limit: int
    """What the daily budgets allow in the month: 30.4 times their sum."""
    month_budget: int | None
    pace: Pace

    @property
    def daily_allowance(self) -> int | None:
        """What may be spent a day from today on without passing the month's budget; 0 when it is gone."""
        return None if self.month_budget is None else max(self.month_budget - self.spent, 0) // max(self.days_left, 1)


def month_pacing(account: AdAccountHistory) -> MonthPacing | None:
    """Pacing of the account's month; None where no running campaign has seven days of figures."""
    import numpy as np

    first = account.today.replace(day=1)
    days_left = monthrange(first.year, first.month)[1] - account.today.day + 1
    spent = sum(row.cost_micros for row in account.campaign_days if first <= row.day < account.today)
    chance = np.random.default_rng([int(account.customer_id), account.today.toordinal()])
    # Demand moves for all budgets of an account together.
    drift = np.exp(chance.normal(0, _DRIFT, _DRAWS))
    rests = [_rest(account, budget, days_left, drift, chance) for budget in account.budgets]
    known = [rest for rest in rests if rest is not None]
    if not known:
        return None
    whole = spent + np.sum(known, axis=0)
    low, high = np.quantile(whole, (0.05, 0.95))
    projected = Interval(float(low), float(whole.mean()), float(high))
    running = {campaign.budget for campaign in account.campaigns if campaign.runs}
    return MonthPacing(
        month=f"{first:%Y-%m}",
        days_left=days_left,
        spent=spent,
        projected=projected,
        limit=round(DAYS_OF_A_MONTH * sum(item.amount_micros for item in account.budgets if item.resource in running)),
        month_budget=account.month_budget_micros,
        pace=_pace(projected, account.month_budget_micros),
    )


def _rest(
    account: AdAccountHistory, budget: BudgetSetting, days_left: int, drift: "Floats", chance: "np.random.Generator"
) -> "Floats | None":
    """Draws of what one budget will cost in the days left, never above what the 30.4 rule allows."""
    import numpy as np

    campaigns = {item.id for item in account.campaigns if item.runs and item.budget == budget.resource}
    rows = [row for row in account.campaign_days if row.campaign in campaigns and row.day < account.today]
    first = account.today.replace(day=1)
    spent = sum(row.cost_micros for row in rows if row.day >= first)
    series = _daily(account, budget, rows)
    if len(series) < _LEAST_DAYS:
        return None
    limit, spent = _limit(budget.amount_micros, spent, account.today, days_left)
    room = limit * chance.uniform(*_LIMIT_REACHED, _DRAWS) - spent
    return np.clip(drift * _drawn(series, account.today, days_left, chance), 0, np.maximum(room, 0))


def _pace(projected: Interval, month_budget: int | None) -> Pace:
    if month_budget is None:
        return Pace.NO_BUDGET
    if projected.low > month_budget:
        return Pace.OVER
    return Pace.UNDER if projected.high < month_budget else Pace.ON_PACE


def _daily(account: AdAccountHistory, budget: BudgetSetting, rows: Sequence[CampaignDay]) -> list[tuple[date, int]]:
    """Cost by day since the last known change of the budget, at most four weeks."""
    since = account.today - timedelta(days=_LOOK_BACK)
    changed = account.changed.get(budget.resource, since)
    if changed <= account.today - timedelta(days=_LEAST_DAYS + 1):
        since = max(since, changed + timedelta(days=1))
    by_day: dict[date, int] = {}
    for row in rows:
        if row.day >= since and not _may_be_spent(row.day, account.today):
            by_day[row.day] = by_day.get(row.day, 0) + row.cost_micros
    return sorted(by_day.items())


def _drawn(series: Sequence[tuple[date, int]], today: date, days_left: int, chance: "np.random.Generator") -> "Floats":
    """Draws of the days left as if no month had a limit."""
    import numpy as np

    usual = _usual(series)
    ratios = np.array([cost / usual[day.weekday()] for day, cost in series if usual[day.weekday()] > 0] or [1.0])
    coming = np.array([usual[(today + timedelta(days=number)).weekday()] for number in range(days_left)])
    days = chance.choice(ratios, size=(_DRAWS, days_left)) @ coming
    # The level is itself estimated from so many days.
    unsure = chance.choice(ratios, size=(_DRAWS, len(ratios))).mean(axis=1) / ratios.mean()
    return days * unsure


def _usual(series: Sequence[tuple[date, int]]) -> list[float]:
    """Usual cost by weekday, at the level of late."""
    level = fmean(cost for _, cost in series)
    by_weekday: list[list[int]] = [[] for _ in range(7)]
    for day, cost in series:
        by_weekday[day.weekday()].append(cost)
    # Two weeks' worth of 'no difference' keep a weekday seen once from counting fully.
    return [(sum(costs) + 2 * level) / (len(costs) + 2) for costs in by_weekday]


def _limit(amount: int, spent: int, today: date, days_left: int) -> tuple[float, float]:
    """What the 30.4 rule allows a budget, and what of that is spent.

    A month that began under a larger budget has spent more than this one allows; each day counts with its own budget,
    so then only the days left are counted.
    """
    share_left = days_left / monthrange(today.year, today.month)[1]
    whole = DAYS_OF_A_MONTH * amount
    if spent > _UNEVEN * whole * (1 - share_left):
        return whole * share_left, 0.0
    return whole, float(spent)


def _may_be_spent(day: date, today: date) -> bool:
    """Whether the limit of the month before alone may have made the day quiet."""
    return day.month != today.month and (day + timedelta(days=_LAST_DAYS)).month != day.month
