"""What earlier changes of an account mean for the next ones: forecasts corrected, and what is not done again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_learning import AdChangeEffect, level_of
from marketing_pipeline.domain.ad_outcome import AdOutcome

HELD_BELOW = 0.5
"""A kind whose gains surely came to less than this share of their forecasts is held back, and one whose losses surely
came to more than its inverse."""
Way = tuple[str, str, str]
"""A resource, the kind of change, and, where several stand beside each other, which."""
_UNSETTLED = frozenset({AdChangeState.APPLYING, AdChangeState.UNKNOWN, AdChangeState.PARKED})
_Z90 = 1.645


@dataclass(frozen=True, slots=True)
class PastAdChange:
    """A change that was applied, or may have been. `day` is the account's; None while it is not settled."""

    id: str
    label: str
    payload: ApplyAdChange
    forecast: Forecast
    state: AdChangeState
    day: date | None
    outcome: AdOutcome | None
    rolls_back: str | None = None


@dataclass(frozen=True)
class AdExperience:
    """What is learnt by kind of change, and what each resource is not to be done again, with the reason."""

    learnt: Mapping[str, AdChangeEffect] = field(default_factory=dict[str, AdChangeEffect])
    blocked: Mapping[Way, str] = field(default_factory=dict[Way, str])
    verdicts: tuple[PastAdChange, ...] = ()
    paused: Mapping[str, AdChangeState] = field(default_factory=dict[str, AdChangeState])
    """By resource whose last change of ours was a pause, where that pause stands."""

    def effect(self, level: str) -> AdChangeEffect | None:
        """What is known of changes of this kind; None where nothing is."""
        found = self.learnt.get(level)
        return found if found is not None and found.known else None

    def why_not(self, way: Way, *, gains: bool) -> str:
        """Why this way is not to be gone now; empty where it may be. `gains`: whether a gain is expected of it."""
        known = self.effect(way[1])
        if known is not None and (known.high < HELD_BELOW if gains else known.low > 1 / HELD_BELOW):
            return f"{known.sentence()}; held back for now"
        return self.blocked.get(way, "")

    def corrected(self, change: ApplyAdChange, forecast: Forecast) -> Forecast:
        """The forecast times what is known of its kind, whose own uncertainty widens the interval.

        As it is where nothing is known. A multiple is above nothing: what was sure to gain or to save stays so.
        """
        known = self.effect(level_of(change))
        if known is None:
            return forecast
        expected = forecast.expected * known.multiple
        unsure = abs(expected) * _Z90 * known.log_sd
        low = expected - math.hypot(known.multiple * (forecast.expected - forecast.low), unsure)
        high = expected + math.hypot(known.multiple * (forecast.high - forecast.expected), unsure)
        return Forecast(
            metric=forecast.metric,
            days=forecast.days,
            expected=round(expected, 3),
            low=round(max(low, 0.0) if forecast.low >= 0 else low, 3),
            high=round(min(high, 0.0) if forecast.high <= 0 else high, 3),
        )


def way_of(change: ApplyAdChange) -> Way:
    """What counts as the same again. Another negative keyword of a campaign is another change."""
    beside = change.after if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD else ""
    return change.resource, level_of(change), beside


def blocked_ways(past: Sequence[PastAdChange]) -> dict[Way, str]:
    """By way, why it is not gone again: the last change that went it is being measured, was worse, or was taken back.

    `past` is in the order of application. Rollbacks block nothing: a person decided on them. A budget goes on in
    steps without waiting for verdicts: its curve takes each step's days in, and the rest between steps still holds.
    """
    found: dict[Way, str] = {}
    for change in past:
        if change.rolls_back is None:
            found[way_of(change.payload)] = _why_blocked(change)
    return {way: why for way, why in found.items() if why}


def _why_blocked(change: PastAdChange) -> str:
    if change.state in _UNSETTLED:
        return f"the same is {change.state} and not settled yet ({change.id})"
    if change.state is AdChangeState.APPLIED and change.payload.change_kind is not AdChangeKind.SET_BUDGET:
        return f"the same was done on {change.day} and has no verdict yet ({change.id})"
    if change.state is AdChangeState.ROLLED_BACK:
        return f"the same was done on {change.day} and taken back ({change.id})"
    if change.state is AdChangeState.WORSE:
        why = change.outcome.why if change.outcome else ""
        return f"the same was done on {change.day} and was worse: {why} ({change.id})"
    return ""
