"""Whether the month's money will last: spend so far, what the rest of the month will cost, and how sure that is.

Google's rules (documented): a day may cost up to twice the average daily budget, a calendar month up to 30.4 times it.
So a month is the unit to pace by, and a day at twice the budget is no fault.
"""

import math
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import fmean, variance

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_response import Interval

DAYS_OF_A_MONTH = 30.4
MOST_A_DAY = 2.0
_LEAST_DAYS = 7
_LOOK_BACK = 28
_Z90 = 1.645
_LIMIT_REACHED = 0.99
"""A limit is met to within a hundredth: amounts are whole units, and the last click does not fit."""
_UNEVEN = 1.4
"""How far above its even share a budget may have spent before an earlier, larger budget is the likelier reason."""
_BETWEEN_WEEKS = 0.05
"""Relative deviation of a week's mean demand that daily scatter does not show; assumed."""


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
    first = account.today.replace(day=1)
    days_left = monthrange(first.year, first.month)[1] - account.today.day + 1
    spent = sum(row.cost_micros for row in account.campaign_days if first <= row.day < account.today)
    projections = [found for budget in account.budgets if (found := _projection(account, budget, days_left))]
    if not projections:
        return None
    rest = sum(expected for expected, _, _ in projections)
    band = _Z90 * math.sqrt(sum(spread for _, spread, _ in projections))
    room = sum(most for _, _, most in projections)
    low = max(min(rest - band, _LIMIT_REACHED * rest), 0.0)
    projected = Interval(spent + low, spent + rest, spent + max(min(rest + band, room), rest))
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


def _projection(account: AdAccountHistory, budget: BudgetSetting, days_left: int) -> tuple[float, float, float] | None:
    """Of one budget: expected cost of the days left, its variance, and the most that the 30.4 rule allows."""
    campaigns = {item.id for item in account.campaigns if item.runs and item.budget == budget.resource}
    rows = [row for row in account.campaign_days if row.campaign in campaigns and row.day < account.today]
    first = account.today.replace(day=1)
    room = _room(
        budget.amount_micros, sum(row.cost_micros for row in rows if row.day >= first), account.today, days_left
    )
    series = _daily(account, budget, rows)
    if len(series) < _LEAST_DAYS:
        return None
    expected, spread = _rest(series, account.today, days_left)
    return min(expected, room), spread, room


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
        if row.day >= since:
            by_day[row.day] = by_day.get(row.day, 0) + row.cost_micros
    return sorted(by_day.items())


def _rest(series: Sequence[tuple[date, int]], today: date, days_left: int) -> tuple[float, float]:
    """Cost of the days left at the level of late, weekday by weekday, and its variance."""
    level = fmean(cost for _, cost in series)
    by_weekday: list[list[int]] = [[] for _ in range(7)]
    for day, cost in series:
        by_weekday[day.weekday()].append(cost)
    # Two weeks' worth of 'no difference' keep a weekday seen once from counting fully.
    usual = [(sum(costs) + 2 * level) / (len(costs) + 2) for costs in by_weekday]
    coming = [usual[(today + timedelta(days=number)).weekday()] for number in range(days_left)]
    scatter = variance([cost - usual[day.weekday()] for day, cost in series])
    spread = scatter * (days_left + days_left**2 / len(series)) + (_BETWEEN_WEEKS * level * days_left) ** 2
    return sum(coming), spread


def _room(amount: int, spent: int, today: date, days_left: int) -> float:
    """What a budget may still spend this month by the 30.4 rule.

    A month that began under a larger budget has spent more than this one allows; each day counts with its own budget,
    so then only the days left are counted.
    """
    share_left = days_left / monthrange(today.year, today.month)[1]
    usual = DAYS_OF_A_MONTH * amount * (1 - share_left)
    return DAYS_OF_A_MONTH * amount * share_left + (usual - spent if spent <= _UNEVEN * usual else 0.0)
