"""Days in a row on which clicks went on and conversions stopped: a tag that broke, a form that failed.

One day without a conversion is often luck; several in a row are less often. So runs of 1 to 8 days are held
against the rate of the six weeks before with an exact test, for each campaign and, where a tag serves all of them, for
the campaigns together. Every run has its share of the stated false alarms (Bonferroni), so that all stay within it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketing_pipeline.domain.ad_figures import MATURE_DAYS, CampaignDay
from marketing_pipeline.domain.ad_significance import fewer_than_usual

RUNS = (1, 2, 3, 5, 8)
"""Days in a row that are tested."""
FALSE_ALARMS = 0.004
"""Stated: of a campaign's months in which nothing happened, the share with an alarm of this kind. Part of the whole."""
LEAST_HISTORY = 21
"""Days before a day is judged."""
_DAYS_OF_A_MONTH = 30.4
_LEVELS = 2
_PER_RUN = 1 - (1 - FALSE_ALARMS) ** (1 / (_DAYS_OF_A_MONTH * len(RUNS) * _LEVELS))
_BASELINE_DAYS = 42
_YOUNGEST = 3
_ARRIVED_BY_THEN, _ARRIVED_WHEN_MATURE = 0.8, 0.95
"""Share of a day's conversions that is there at an age of _YOUNGEST and of MATURE_DAYS; assumed."""
_SHORT = 0.05
"""p-value at which the campaigns but for the largest look short as well, so that the account is named, not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A run of `days` from `first` on. `campaign` None: all of them. `strength` is 1 at the threshold."""

    campaign: int | None
    first: date
    days: int
    seen: float
    expected: float
    strength: float

    @property
    def dates(self) -> frozenset[date]:
        """The days of the run."""
        return frozenset(self.first + timedelta(days=number) for number in range(self.days))


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as it is tested: conversions seen, and those to expect at the rate of the six weeks before."""

    seen: float
    expected: float
    known: float
    """Conversions that the rate was learnt from."""


def outages(rows: Mapping[int, Sequence[CampaignDay]], today: date) -> tuple[Outage, ...]:
    """Runs without (or nearly without) conversions, by the days of each campaign, those of the account first.

    Of runs that overlap the most certain is kept; a campaign's run within one of the account is not told again.
    """
    tested = {campaign: _tested(days, today) for campaign, days in rows.items()}
    whole = _pooled([days for days in tested.values() if days])
    account = _runs(None, whole) if len(tested) > 1 else []
    account = [item for item in account if _shared(item, tested)]
    covered = frozenset(day for item in account for day in item.dates)
    own = [item for campaign, days in tested.items() for item in _runs(campaign, days) if not item.dates & covered]
    return (*account, *own)


def _tested(rows: Sequence[CampaignDay], today: date) -> dict[date, _Day]:
    """The days of one campaign that are old enough and have a history."""
    by_day = {row.day: row for row in rows if row.day < today}
    if not by_day:
        return {}
    first, found = min(by_day), dict[date, _Day]()
    for day, row in by_day.items():
        age = (today - day).days
        if age < _YOUNGEST or (day - first).days < LEAST_HISTORY:
            continue
        before = [
            by_day[back] for number in range(1, _BASELINE_DAYS + 1) if (back := day - timedelta(number)) in by_day
        ]
        clicks, known = sum(one.clicks for one in before), sum(one.conversions for one in before)
        if not clicks:
            continue
        arrived = _ARRIVED_WHEN_MATURE if age >= MATURE_DAYS else _ARRIVED_BY_THEN
        found[day] = _Day(row.conversions, arrived * row.clicks * known / clicks, known)
    return found


def _pooled(campaigns: Sequence[Mapping[date, _Day]]) -> dict[date, _Day]:
    pooled: dict[date, _Day] = {}
    for days in campaigns:
        for day, one in days.items():
            sofar = pooled.get(day, _Day(0.0, 0.0, 0.0))
            pooled[day] = _Day(sofar.seen + one.seen, sofar.expected + one.expected, sofar.known + one.known)
    return pooled


def _runs(campaign: int | None, days: Mapping[date, _Day]) -> list[Outage]:
    """Runs that luck does not explain, none of which overlap."""
    found = [item for first in days for length in RUNS if (item := _run(campaign, days, first, length)) is not None]
    kept: list[Outage] = []
    for item in sorted(found, key=lambda item: (-item.strength, item.first)):
        if not any(item.dates & other.dates for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.first)


def _run(campaign: int | None, days: Mapping[date, _Day], first: date, length: int) -> Outage | None:
    run = [days[day] for number in range(length) if (day := first + timedelta(days=number)) in days]
    seen, expected = sum(one.seen for one in run), sum(one.expected for one in run)
    if len(run) < length or seen > expected / 2:
        return None
    chance = _chance(run)
    if chance >= _PER_RUN:
        return None
    strength = math.log(max(chance, 1e-300)) / math.log(_PER_RUN)
    return Outage(campaign=campaign, first=first, days=length, seen=seen, expected=expected, strength=strength)


def _chance(run: Sequence[_Day]) -> float:
    """p-value against 'conversions went on as usual'; the usual rate is itself known from so many conversions only."""
    known = run[0].known
    return fewer_than_usual(sum(one.seen for one in run), sum(one.expected for one in run), known, known)


def _shared(item: Outage, tested: Mapping[int, Mapping[date, _Day]]) -> bool:
    """Whether the campaigns but for the one with the largest loss look short as well."""
    runs = [[days[day] for day in sorted(item.dates) if day in days] for days in tested.values()]
    losses = sorted((run for run in runs if run), key=lambda run: sum(one.expected - one.seen for one in run))
    rest = losses[:-1]
    seen, expected = sum(one.seen for run in rest for one in run), sum(one.expected for run in rest for one in run)
    known = sum(run[0].known for run in rest)
    return fewer_than_usual(seen, expected, known, known) < _SHORT
