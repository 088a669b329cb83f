"""The verdict on an applied change: what it really did, against its own forecast, outside of luck or not.

The days after are compared with the days before, scaled by how the campaigns that nobody touched fared meanwhile. The
noise band is 90 %: from the day-to-day scatter of the series itself, never below that of Poisson counts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import variance
from typing import Literal

from marketing_pipeline.domain.ad_change import AdChangeState, Forecast

LEAST_DAYS = 3
_Z90 = 1.645
_LEAST_CONTROL = 30.0
"""Conversions (or days' worth) that the untouched campaigns need on each side before they are used as a yardstick."""
Verdict = Literal[AdChangeState.IMPROVED, AdChangeState.WORSE, AdChangeState.INCONCLUSIVE]


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A figure by day, before and after the change. The day of the change itself is in neither."""

    before: Sequence[float]
    after: Sequence[float]


@dataclass(frozen=True, slots=True)
class AdOutcome:
    """What the change did over `days`, in the unit of its forecast, with the ends of the noise band."""

    verdict: Verdict
    effect: float
    low: float
    high: float
    days: int
    why: str

    def row(self) -> Mapping[str, object]:
        """As it is stored."""
        return {
            "verdict": self.verdict.value,
            "effect": round(self.effect, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "days": self.days,
            "why": self.why,
        }


def judge(
    forecast: Forecast,
    seen: DailySeries,
    *,
    untouched: DailySeries | None = None,
    conversions: DailySeries | None = None,
) -> AdOutcome:
    """The verdict. `seen` is the forecast's metric; `untouched` the same of campaigns without a change.

    `conversions` of the campaign guard a forecast of cost: money saved by losing conversions is no improvement.
    Improved: the whole band is at least as good as the bad end of the forecast and, where a gain was promised, above
    nothing. Worse: the whole band is below the bad end of the forecast, or below nothing where a gain was promised.
    """
    if len(seen.before) < LEAST_DAYS or len(seen.after) < LEAST_DAYS:
        return AdOutcome(AdChangeState.INCONCLUSIVE, 0.0, 0.0, 0.0, len(seen.after), "too few days to compare")
    effect, band = _difference(seen, untouched)
    low, high = effect - band, effect + band
    good = 1 if forecast.metric != "cost_micros" else -1
    scale = len(seen.after) / forecast.days
    promised, worst = (
        (forecast.expected * scale, forecast.low * scale)
        if good > 0
        else (-forecast.expected * scale, -forecast.high * scale)
    )
    best_seen, worst_seen = (high, low) if good > 0 else (-low, -high)
    needed = max(worst, 0.0) if promised >= 0 else worst
    verdict: Verdict = AdChangeState.INCONCLUSIVE
    why = "what was seen could be luck"
    if best_seen < worst or (promised >= 0 and best_seen < 0):
        verdict, why = AdChangeState.WORSE, "the whole noise band is worse than was forecast"
    elif worst_seen > needed:
        verdict, why = AdChangeState.IMPROVED, "the whole noise band is as good as was forecast"
    if good < 0 and conversions is not None and _fell(conversions, untouched):
        verdict, why = AdChangeState.WORSE, "conversions of the campaign fell by more than luck explains"
    return AdOutcome(verdict, effect, low, high, len(seen.after), why)


def _fell(conversions: DailySeries, untouched: DailySeries | None) -> bool:
    effect, band = _difference(conversions, untouched)
    return effect + band < 0


def _difference(seen: DailySeries, untouched: DailySeries | None) -> tuple[float, float]:
    """After less what the days before lead one to expect, and half the width of the 90 % band."""
    ratio, unsure = _yardstick(untouched)
    weight = len(seen.after) / len(seen.before) * ratio
    expected = weight * sum(seen.before)
    spread = (
        len(seen.after) * _scatter(seen.after)
        + weight**2 * len(seen.before) * _scatter(seen.before)
        + (expected * unsure) ** 2
    )
    return sum(seen.after) - expected, _Z90 * math.sqrt(spread)


def _scatter(days: Sequence[float]) -> float:
    """Variance of one day; a figure of counts has at least its mean, and at least that of one in all the days."""
    mean = sum(days) / len(days)
    return max(variance(days), mean if mean < 1e4 else 0.0, 1 / len(days) if mean < 1e4 else 0.0)


def _yardstick(untouched: DailySeries | None) -> tuple[float, float]:
    """How the untouched campaigns fared, after over before, and the relative deviation of that."""
    if untouched is None or len(untouched.before) < LEAST_DAYS or len(untouched.after) < LEAST_DAYS:
        return 1.0, 0.0
    before, after = sum(untouched.before), sum(untouched.after)
    if min(before, after) < _LEAST_CONTROL:
        return 1.0, 0.0
    ratio = after / len(untouched.after) / (before / len(untouched.before))
    relative = [len(days) * _scatter(days) / sum(days) ** 2 for days in (untouched.before, untouched.after)]
    return ratio, math.sqrt(sum(relative))
