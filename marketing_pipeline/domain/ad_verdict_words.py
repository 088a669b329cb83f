"""Forecast and verdict of an applied change as people read them: amounts in units of the currency, with their sign."""

from marketing_pipeline.domain.ad_change import AdChangeProposal
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_outcome import AdOutcome
from marketing_pipeline.domain.money import MICROS, places_of

Judged = PastAdChange | AdChangeProposal
"""A change with its payload and forecast."""
NOTHING = "–"


def figure(change: Judged, value: float | None) -> str:
    """A figure of the forecast's metric, such as "+3.10 conversions", "-12.00 GBP" or "-1,200 JPY"; a dash for none."""
    return NOTHING if value is None else f"{_number(change, value)} {_unit(change)}"


def forecast_band(change: Judged) -> str:
    """The 90 % interval of the forecast."""
    return _range(change, change.forecast.low, change.forecast.high)


def band(change: Judged, outcome: AdOutcome | None) -> str:
    """The 90 % noise band around what was seen; a dash where nothing could be compared."""
    if outcome is None or outcome.low is None or outcome.high is None:
        return NOTHING
    return _range(change, outcome.low, outcome.high)


def seen(change: Judged, outcome: AdOutcome | None) -> str | None:
    """What a judged change did, with its noise band, or by whom it was overwritten; None before the verdict."""
    if outcome is None:
        return None
    if outcome.overwritten is not None or outcome.effect is None:
        return outcome.why
    return f"{figure(change, outcome.effect)} ({band(change, outcome)}) in {outcome.days} days"


def _range(change: Judged, low: float, high: float) -> str:
    return f"{_number(change, low)} to {_number(change, high)} {_unit(change)}"


def _number(change: Judged, value: float) -> str:
    if change.forecast.metric == "cost_micros":
        return f"{value / MICROS:+,.{places_of(change.payload.currency)}f}"
    return f"{value:+,.2f}"


def _unit(change: Judged) -> str:
    metric = change.forecast.metric
    return change.payload.currency if metric == "cost_micros" else metric.replace("_", " ")
