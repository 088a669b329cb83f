"""Moving budget to where the next unit of money brings most, within bounds, in bounded steps.

With concave curves the best split of a sum has equal marginal returns wherever no bound holds. It is reached by moving
small amounts from the budget with the lowest marginal return to the one with the highest, until no move gains: every
step keeps every bound, so does the result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.ad_response import Interval, ResponseCurve
from marketing_pipeline.domain.ad_significance import quantile
from marketing_pipeline.domain.money import MICROS, smallest_unit

LEAST_CERTAINTY = 0.7
"""Share of the draws in which the whole move must gain; below it nothing is proposed. A move can be taken back and is
bounded, so waiting for near certainty costs more than it saves; fixed on training accounts."""
_STEPS = 200


@dataclass(frozen=True, slots=True)
class BudgetBounds:
    """What a daily budget may become, in micros; a budget whose ends are equal stays as it is."""

    resource: str
    now: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Reallocation:
    """New daily budgets by resource (those that change, in micros) and conversions a day gained by all of it."""

    budgets: Mapping[str, int]
    gain: Interval
    certainty: float
    """Share of the draws in which it gains."""


def bounds_of(resource: str, now: int, caps: AdCaps, currency: str) -> BudgetBounds:
    """What the caps allow one change of this budget to make of it, in whole units of the currency.

    A budget outside floor and ceiling, or one that no step within the caps can change, is left alone.
    """
    unit = smallest_unit(currency)
    step = min(now * caps.change_percent / 100, caps.change_amount * MICROS)
    low = max(ceil((now - step) / unit) * unit, ceil(caps.budget_floor * MICROS / unit) * unit, unit)
    high = min(floor((now + step) / unit) * unit, floor(caps.budget_ceiling * MICROS / unit) * unit)
    if not low <= now <= high:
        return BudgetBounds(resource, now, now, now)
    return BudgetBounds(resource, now, low, high)


def reallocate(
    curves: Mapping[str, ResponseCurve],
    bounds: Sequence[BudgetBounds],
    caps: AdCaps,
    currency: str,
    *,
    daily_total: int | None = None,
) -> Reallocation | None:
    """The best split of the present sum (or of `daily_total`, where that is less) that the bounds and caps allow.

    `curves` are by budget resource; a budget without one stays. None where nothing changes, or where a mere shift is
    not certain enough to gain. With a lower total the loss is accepted: the month's money asks for it.
    """
    unit = smallest_unit(currency)
    free = [bound for bound in bounds if bound.resource in curves and bound.low < bound.high]
    now = {bound.resource: bound.now for bound in bounds}
    ceiling = min(sum(now.values()), floor(caps.account_daily_budget * MICROS))
    most = ceiling if daily_total is None else min(ceiling, daily_total)
    amount = max(sum(bound.now for bound in free) // _STEPS // unit * unit, unit)
    split = _Split(curves, {bound.resource: bound for bound in free}, dict(now), amount)
    split.shrink(most)
    must_shrink = sum(split.amounts.values()) < sum(now.values())
    split.exchange(floor(caps.raise_per_day * MICROS / unit) * unit)
    changed = {name: value for name, value in split.amounts.items() if value != now[name]}
    if not changed:
        return None
    draws = [sum(some) for some in zip(*(curves[name].gains(value) for name, value in changed.items()), strict=True)]
    certainty = sum(gain > 0 for gain in draws) / len(draws)
    if certainty < LEAST_CERTAINTY and not must_shrink:
        return None
    ordered = sorted(draws)
    gain = Interval(quantile(ordered, 0.05), sum(draws) / len(draws), quantile(ordered, 0.95))
    return Reallocation(changed, gain, certainty)


class _Split:
    """Budgets on the way to the best split."""

    def __init__(
        self,
        curves: Mapping[str, ResponseCurve],
        free: Mapping[str, BudgetBounds],
        amounts: dict[str, int],
        step: int,
    ) -> None:
        self.amounts = amounts
        self._curves = curves
        self._free = free
        self._step = step
        self._known: dict[tuple[str, int], float] = {}

    def shrink(self, most: int) -> None:
        """Take from the lowest marginal returns until the sum is at most `most`, or every bound is met."""
        while sum(self.amounts.values()) > most:
            giver = self._best(self._givers(), lambda name: -self._loss(name))
            if giver is None:
                return
            self.amounts[giver] -= self._step

    def exchange(self, raises: int) -> None:
        """Move from the lowest to the highest marginal return while that gains and all raises stay within `raises`."""
        while True:
            giver = self._best(self._givers(), lambda name: -self._loss(name))
            takers = [name for name in self._takers(raises) if name != giver]
            taker = self._best(takers, self._win)
            if giver is None or taker is None or self._win(taker) <= self._loss(giver):
                return
            self.amounts[giver] -= self._step
            self.amounts[taker] += self._step

    def _givers(self) -> list[str]:
        return [name for name, bound in self._free.items() if self.amounts[name] - self._step >= bound.low]

    def _takers(self, raises: int) -> list[str]:
        raised = {name: max(self.amounts[name] - bound.now, 0) for name, bound in self._free.items()}
        whole = sum(raised.values())
        return [
            name
            for name, bound in self._free.items()
            if (after := self.amounts[name] + self._step) <= bound.high
            and whole - raised[name] + max(after - bound.now, 0) <= raises
        ]

    def _win(self, name: str) -> float:
        return self._mean(name, self.amounts[name] + self._step) - self._mean(name, self.amounts[name])

    def _loss(self, name: str) -> float:
        return self._mean(name, self.amounts[name]) - self._mean(name, self.amounts[name] - self._step)

    def _mean(self, name: str, amount: int) -> float:
        if (name, amount) not in self._known:
            self._known[name, amount] = self._curves[name].mean(amount)
        return self._known[name, amount]

    @staticmethod
    def _best(names: Sequence[str], worth: Callable[[str], float]) -> str | None:
        return max(names, key=worth, default=None)
