"""The verdict on an applied change: what it really did, against its own forecast, outside of luck or not.

The days after are compared with the days before, scaled by how the campaigns that nobody touched fared meanwhile. The
noise band is 90 %: from the day-to-day scatter of the series itself, never below that of Poisson counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import variance
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_change import AdChangeState, Forecast
from marketing_pipeline.domain.ad_overwrite import Overwrite

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


class AdOutcome(BaseModel):
    """What the change did over `days`, in the unit of its forecast, with the ends of the noise band.

    The figures are None where nothing could be compared: too few days, none with a count, or another value came over
    the change.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    days: Annotated[int, Field(ge=0, description="Days after the change that were looked at")] = 0
    why: str
    overwritten: Overwrite | None = None


def inconclusive(why: str, days: int = 0, overwritten: Overwrite | None = None) -> AdOutcome:
    """A verdict without figures."""
    return AdOutcome(verdict=AdChangeState.INCONCLUSIVE, days=days, why=why, overwritten=overwritten)


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
        return inconclusive("too few days to compare", len(seen.after))
    if not any(seen.before) and not any(seen.after):
        name = forecast.metric.removesuffix("_micros").replace("_", " ")
        return inconclusive(f"{name}: none counted, neither before nor after", len(seen.after))
    effect, band = _difference(seen, untouched)
    verdict, why = _verdict(forecast, len(seen.after), effect, band)
    if forecast.metric == "cost_micros" and conversions is not None and _fell(conversions, untouched):
        verdict, why = AdChangeState.WORSE, "conversions of the campaign fell by more than luck explains"
    return AdOutcome(
        verdict=verdict,
        effect=round(effect, 4),
        low=round(effect - band, 4),
        high=round(effect + band, 4),
        days=len(seen.after),
        why=why,
    )


def _verdict(forecast: Forecast, days: int, effect: float, band: float) -> tuple[Verdict, str]:
    if forecast.low == forecast.high == 0:
        return AdChangeState.INCONCLUSIVE, "its forecast promised nothing, so nothing can be held against it"
    scale = days / forecast.days
    sign = -1 if forecast.metric == "cost_micros" else 1
    promised = sign * forecast.expected * scale
    worst = scale * (forecast.low if sign > 0 else -forecast.high)
    bar = worst if promised < 0 else max(worst, 0.0)
    if sign * effect + band < bar:
        return AdChangeState.WORSE, "the whole noise band is worse than was forecast"
    if sign * effect - band > bar:
        return AdChangeState.IMPROVED, "the whole noise band is as good as was forecast"
    return AdChangeState.INCONCLUSIVE, "what was seen could be luck"


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
