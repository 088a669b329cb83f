"""Days on which something was wrong with a campaign: weekday-aware, robust, with a stated rate of false alarms.

Two tests a day: impressions and the price of a click. Both compare the logarithm, freed from the weekday's usual
effect, with the medians of the days before and after, in units of the usual scatter (the median absolute deviation).
Where later days stay at the new level it is a step, such as a new budget, and no anomaly. Conversions that stop are
looked for over runs of days, see ad_outage; what is stated holds for all of it together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import NormalDist, median

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_outage import FALSE_ALARMS as FALSE_OUTAGES
from marketing_pipeline.domain.ad_outage import LEAST_HISTORY, Outage, outages

FALSE_ALARMS = 0.01
"""Stated: of a campaign's months in which nothing happened, the share with an alarm, over all tests and days."""
_TESTS = 2
_DAYS_OF_A_MONTH = 30.4
_NEIGHBOURS = 14
_FOLLOWERS = 4
_LAST_DAYS = 3
"""At a month's end neither a quiet day nor an odd price is an alarm: the month's money may simply be gone."""
_FEWEST = 20
_MAD_TO_DEVIATION = 1.4826
_HEAVY_TAILS = 1.05
"""The scatter is only estimated, so more than the normal threshold is asked for. Fixed on training accounts."""
_PER_TEST = 1 - (1 - FALSE_ALARMS + FALSE_OUTAGES) ** (1 / (_DAYS_OF_A_MONTH * _TESTS))
_THRESHOLD = NormalDist().inv_cdf(1 - _PER_TEST / 2) * _HEAVY_TAILS


class AnomalyKind(StrEnum):
    """What was unusual about the day."""

    IMPRESSIONS_HIGH = "impressions_high"
    IMPRESSIONS_LOW = "impressions_low"
    PRICE_HIGH = "price_high"
    PRICE_LOW = "price_low"
    CONVERSIONS_MISSING = "conversions_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A finding. `seen`, `usual`: impressions, micros a click, or conversions; `strength` is 1 at the threshold.

    It began on `day` and lasted `days`. `campaign` None: the whole account.
    """

    campaign: int | None
    day: date
    kind: AnomalyKind
    seen: float
    usual: float
    strength: float
    days: int = 1

    @property
    def dates(self) -> frozenset[date]:
        """Every day of it."""
        return frozenset(self.day + timedelta(days=number) for number in range(self.days))


def account_anomalies(account: AdAccountHistory) -> tuple[Anomaly, ...]:
    """Everything odd about the running campaigns of an account, in order of days."""
    rows = {campaign.id: account.days_of(campaign.id) for campaign in account.campaigns if campaign.runs}
    odd = [item for days in rows.values() for item in anomalies(days, account.today)]
    stopped = [_without_conversions(item) for item in outages(rows, account.today)]
    return tuple(sorted([*odd, *stopped], key=lambda item: (item.day, item.campaign or 0)))


def _without_conversions(outage: Outage) -> Anomaly:
    return Anomaly(
        campaign=outage.campaign,
        day=outage.first,
        kind=AnomalyKind.CONVERSIONS_MISSING,
        seen=outage.seen,
        usual=outage.expected,
        strength=outage.strength,
        days=outage.days,
    )


def anomalies(rows: Sequence[CampaignDay], today: date) -> tuple[Anomaly, ...]:
    """Days of odd impressions or prices, at most one anomaly a day; `rows` are the days of one campaign.

    A day without a click has no price.
    """
    days = _filled(sorted((row for row in rows if row.day < today), key=lambda row: row.day))
    found: dict[date, Anomaly] = {}
    shown = [math.log(row.impressions + 0.5) for row in days]
    prices = [math.log(row.cost_micros / row.clicks) if row.clicks and row.cost_micros else None for row in days]
    for at, expected, off in _outliers(days, shown, [row.impressions for row in days]):
        if off < 0 and _may_be_spent(days[at].day):
            continue
        kind = AnomalyKind.IMPRESSIONS_HIGH if off > 0 else AnomalyKind.IMPRESSIONS_LOW
        _keep(found, days[at], kind, days[at].impressions, math.exp(expected), abs(off))
    for at, expected, off in _outliers(days, prices, [row.clicks for row in days]):
        if _may_be_spent(days[at].day):
            continue
        kind = AnomalyKind.PRICE_HIGH if off > 0 else AnomalyKind.PRICE_LOW
        _keep(found, days[at], kind, days[at].cost_micros / days[at].clicks, math.exp(expected), abs(off))
    return tuple(found[day] for day in sorted(found))


def _keep(
    found: dict[date, Anomaly], row: CampaignDay, kind: AnomalyKind, seen: float, usual: float, strength: float
) -> None:
    before = found.get(row.day)
    if before is None or before.strength < strength:
        found[row.day] = Anomaly(
            campaign=row.campaign, day=row.day, kind=kind, seen=seen, usual=usual, strength=strength
        )


def _filled(rows: list[CampaignDay]) -> list[CampaignDay]:
    """Days without a row had no impression: the reports leave them out."""
    if not rows:
        return []
    by_day = {row.day: row for row in rows}
    span = (rows[-1].day - rows[0].day).days + 1
    dates = [rows[0].day + timedelta(days=number) for number in range(span)]
    return [
        by_day.get(day)
        or CampaignDay(campaign=rows[0].campaign, day=day, impressions=0, clicks=0, cost_micros=0, conversions=0.0)
        for day in dates
    ]


def _outliers(
    days: Sequence[CampaignDay], values: Sequence[float | None], counts: Sequence[int]
) -> list[tuple[int, float, float]]:
    """Position, expected value and signed strength of each day that is further off than luck explains.

    `counts` are what each value was counted from: few leave more to luck than the usual scatter may show.
    """
    weekday = _weekday_effects(days, values)
    plain = [
        None if value is None else value - weekday[row.day.weekday()] for row, value in zip(days, values, strict=True)
    ]
    scatter = _scatter(plain)
    found: list[tuple[int, float, float]] = []
    for at in range(LEAST_HISTORY, len(days)):
        near = _off(plain, at)
        if near is None:
            continue
        level, off = near
        usual = median(counts[max(at - _NEIGHBOURS, 0) : at])
        # The logarithm of a small count falls further by luck than the normal distribution says.
        if usual < _FEWEST:
            continue
        strength = off / (max(scatter, 1 / math.sqrt(usual)) * _THRESHOLD)
        if abs(strength) > 1:
            found.append((at, level + weekday[days[at].day.weekday()], strength))
    return found


def _off(plain: Sequence[float | None], at: int) -> tuple[float, float] | None:
    """The nearest usual level and how far the day is from it; 0 where it lies between the levels before and after."""
    value, before = plain[at], _known(plain[max(at - _NEIGHBOURS, 0) : at])
    if value is None or len(before) < _NEIGHBOURS // 2:
        return None
    after = _known(plain[at + 1 : at + 1 + _NEIGHBOURS])
    offs = [value - median(before), *([value - median(after)] if len(after) >= _FOLLOWERS else [])]
    nearest = min(offs, key=abs)
    return value - nearest, nearest if min(offs) > 0 or max(offs) < 0 else 0.0


def _scatter(plain: Sequence[float | None]) -> float:
    """The usual distance of a day from the median of the days before, as a standard deviation."""
    offs = [
        abs(value - median(before))
        for at, value in enumerate(plain)
        if value is not None and len(before := _known(plain[max(at - _NEIGHBOURS, 0) : at])) >= _NEIGHBOURS // 2
    ]
    return _MAD_TO_DEVIATION * median(offs) if offs else math.inf


def _weekday_effects(days: Sequence[CampaignDay], values: Sequence[float | None]) -> list[float]:
    """By weekday, the usual distance from the median of the week around, pulled to 0 while the weeks are few."""
    offs: list[list[float]] = [[] for _ in range(7)]
    for at, value in enumerate(values):
        around = _known(values[max(at - 3, 0) : at + 4])
        if value is not None and len(around) == 7:
            offs[days[at].day.weekday()].append(value - median(around))
    return [median(some) * len(some) / (len(some) + 2) if some else 0.0 for some in offs]


def _may_be_spent(day: date) -> bool:
    """Whether the limit of 30.4 daily budgets a month alone may have made the day quiet, and its clicks odd."""
    return (day + timedelta(days=_LAST_DAYS)).month != day.month


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]
