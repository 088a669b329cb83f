"""How much of its budget a campaign spends on a day.

Documented: a day may cost up to twice the average daily budget, a calendar month up to 30.4 times it. Assumed: on a
busy day a budget is stretched and on a quiet one held back, in step with demand; when a budget changes, each day of the
month counts with the budget that it had.
"""

from calendar import monthrange
from datetime import date

import numpy as np

from marketing_pipeline.sandbox.google_ads.chance import Floats
from marketing_pipeline.sandbox.google_ads.serving import Serving

DAYS_OF_A_MONTH = 30.4
MOST_A_DAY = 2.0


class Purse:
    """What each budget has spent this month. Days must be given in order."""

    def __init__(self) -> None:
        self._month = (0, 0)
        self._spent: dict[str, float] = {}
        self._granted: dict[str, float] = {}

    def copy(self) -> "Purse":
        """The same purse, to try a day that is not over."""
        other = Purse()
        other._month, other._spent, other._granted = self._month, dict(self._spent), dict(self._granted)
        return other

    def spend(self, day: date, part: float, serving: Serving, demand: Floats) -> Floats:
        """The micros that each campaign spends in a `part` (0 to 1) of the day, given its demand factor on that day."""
        if (day.year, day.month) != self._month:
            self._month, self._spent, self._granted = (day.year, day.month), {}, {}
        wanted = self._wanted(serving, demand) * part
        spent = np.zeros(len(serving.campaigns))
        for budget in dict.fromkeys(campaign.budget for campaign in serving.campaigns):
            places = [at for at, campaign in enumerate(serving.campaigns) if campaign.budget == budget]
            total = float(wanted[places].sum())
            amount = serving.campaigns[places[0]].amount
            busy = total / part / max(float(self._wanted(serving, np.ones_like(demand))[places].sum()), 1e-9)
            allowed = min(amount * part * min(max(busy, 0.5), MOST_A_DAY), self._left(budget, amount, day, part))
            granted = max(min(total, allowed), 0.0)
            if total > 0:
                spent[places] = wanted[places] * granted / total
            self._spent[budget] = self._spent.get(budget, 0.0) + granted
            self._granted[budget] = self._granted.get(budget, 0.0) + amount * part
        return spent

    def _left(self, budget: str, amount: int, day: date, part: float) -> float:
        days = monthrange(day.year, day.month)[1]
        rest = days - day.day + part
        month = (self._granted.get(budget, 0.0) + amount * rest) * DAYS_OF_A_MONTH / days
        return month - self._spent.get(budget, 0.0)

    @staticmethod
    def _wanted(serving: Serving, demand: Floats) -> Floats:
        """What each campaign would spend in a day if money were no object."""
        full = np.array([campaign.traits.demand * campaign.reach for campaign in serving.campaigns])
        return full * serving.widths * demand
