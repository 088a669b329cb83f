"""What applied ad changes teach about forecasts: by kind of change, how much of what was forecast came about."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_change import AMOUNT_KINDS, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_outcome import AdOutcome

FACTOR = "ad_change"
"""The word in the column `factor` of learnings."""
PRIOR_SD = 0.5
"""Prior standard deviation on the log scale: a forecast rarely comes to less than half or more than twice itself."""
REMEMBERED_DAYS = 180
"""Changes applied longer ago say nothing any more: an account and its market move on."""
_Z90 = 1.645
_GRID = [step / 50 for step in range(-175, 176)]


@dataclass(frozen=True, slots=True)
class JudgedAdChange:
    """An applied change with its verdict."""

    id: str
    payload: ApplyAdChange
    forecast: Forecast
    outcome: AdOutcome


class AdChangeEffect(BaseModel):
    """Realised effect over forecast effect of one kind of change, shrunken towards 1, with a 90 % interval."""

    model_config = ConfigDict(frozen=True)

    level: Annotated[str, Field(description="Kind of change; a raise and a cut of an amount are two kinds")]
    log_effect: float
    log_sd: float
    evidence: Annotated[tuple[str, ...], Field(description="Ids of the changes behind it")]

    @property
    def multiple(self) -> float:
        """0.6 means that 60 % of what was forecast came about."""
        return math.exp(self.log_effect)

    @property
    def low(self) -> float:
        """Lower end of the 90 % interval of `multiple`."""
        return math.exp(self.log_effect - _Z90 * self.log_sd)

    @property
    def high(self) -> float:
        """Upper end of the 90 % interval of `multiple`."""
        return math.exp(self.log_effect + _Z90 * self.log_sd)

    @property
    def known(self) -> bool:
        """Whether the interval excludes that forecasts of this kind come true."""
        return self.low > 1 or self.high < 1

    def sentence(self) -> str:
        """In words, with the interval, or an honest 'not known yet'."""
        name, count = self.level.replace("_", " "), len(self.evidence)
        behind = f"{self.low:.2f} to {self.high:.2f} x, {count} change{'' if count == 1 else 's'}"
        if not self.known:
            return f"{name}: not known yet whether its forecasts come true ({behind})"
        return f"{name}: {self.multiple:.0%} of what was forecast came about ({behind})"


def level_of(change: ApplyAdChange) -> str:
    """The kind that is learnt about: raise_budget and lower_budget apart, other kinds by their own name."""
    if change.change_kind not in AMOUNT_KINDS:
        return change.change_kind.value
    return change.change_kind.replace("set_", "raise_" if Decimal(change.after) > Decimal(change.before) else "lower_")


def learn_from_ad_changes(judged: Sequence[JudgedAdChange]) -> tuple[AdChangeEffect, ...]:
    """The effect of each kind of which anything was measured, by name.

    Model: seen = multiple x forecast + noise, the noise from the band of the verdict and the interval of the forecast,
    log multiple with prior N(0, PRIOR_SD^2); posterior mean and deviation on a grid. What was overwritten, or promised
    nothing, teaches nothing. Money saved that was judged worse counts as nothing saved.
    """
    by_level: dict[str, list[JudgedAdChange]] = {}
    for change in judged:
        if change.outcome.effect is not None and change.forecast.expected != 0:
            by_level.setdefault(level_of(change.payload), []).append(change)
    return tuple(_effect(level, changes) for level, changes in sorted(by_level.items()))


def _effect(level: str, changes: Sequence[JudgedAdChange]) -> AdChangeEffect:
    seen = [_measured(change) for change in changes]
    logs = [_log_posterior(log, seen) for log in _GRID]
    top = max(logs)
    weights = [math.exp(value - top) for value in logs]
    whole = sum(weights)
    mean = sum(log * weight for log, weight in zip(_GRID, weights, strict=True)) / whole
    spread = sum((log - mean) ** 2 * weight for log, weight in zip(_GRID, weights, strict=True)) / whole
    evidence = tuple(change.id for change in changes)
    return AdChangeEffect(level=level, log_effect=mean, log_sd=math.sqrt(spread), evidence=evidence)


def _measured(change: JudgedAdChange) -> tuple[float, float, float]:
    """What was forecast for the days looked at, what was seen, and the standard deviation of the latter."""
    forecast, outcome = change.forecast, change.outcome
    scale = outcome.days / forecast.days
    seen, low, high = outcome.effect or 0.0, outcome.low or 0.0, outcome.high or 0.0
    if forecast.metric == "cost_micros" and forecast.gains and outcome.verdict is AdChangeState.WORSE:
        seen = 0.0
    deviation = math.hypot(high - low, scale * (forecast.high - forecast.low)) / (2 * _Z90)
    promised = forecast.expected * scale
    return promised, seen, max(deviation, abs(promised) / 100)


def _log_posterior(log: float, seen: Iterable[tuple[float, float, float]]) -> float:
    multiple = math.exp(log)
    misses = sum(((found - multiple * promised) / deviation) ** 2 for promised, found, deviation in seen)
    return -(misses + (log / PRIOR_SD) ** 2) / 2
