"""The days of one account, from the first to now, under whatever settings were in force at each moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.auction import Block, Expected, expect, happen
from marketing_pipeline.sandbox.google_ads.chance import Floats
from marketing_pipeline.sandbox.google_ads.demand import weather
from marketing_pipeline.sandbox.google_ads.pacing import Purse
from marketing_pipeline.sandbox.google_ads.serving import Pair, Serving

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_Span = tuple[float, Serving]


class History:
    """Figures are worked out when asked for; they depend on the seed and the changes alone, not on who asked when."""

    def __init__(self, seed: int, account: AdsAccount, first_day: date, first: Serving) -> None:
        self._seed = seed
        self._account = account
        self._changes: list[tuple[datetime, Serving]] = [(_ALWAYS, first)]
        self._next = first_day
        self._purse = Purse()
        self._settled: list[Block] = []

    @property
    def serving(self) -> Serving:
        """What shows since the last change."""
        return self._changes[-1][1]

    def change(self, at: datetime, serving: Serving) -> None:
        """From `at` on, this shows. Moments must be given in order."""
        self._changes.append((at, serving))

    def blocks(self, now: datetime) -> list[Block]:
        """All days until `now`; the last one may not be over."""
        today = now.astimezone(self._account.zone).date()
        self._settle(today)
        spans = self._spans(today, now) if today >= self._next else []
        part = self._joined(today, spans, self._purse.copy())
        return [*self._settled, *([part] if part else [])]

    def _settle(self, today: date) -> None:
        while self._next < today:
            spans = self._spans(self._next)
            if len(spans) == 1:
                self._settle_alike(today, spans[0][1])
            else:
                block = self._joined(self._next, spans, self._purse)
                self._settled += [block] if block else []
                self._next += timedelta(days=1)

    def _settle_alike(self, today: date, serving: Serving) -> None:
        """All days from the next one on during which nothing changes, at once."""
        days: list[date] = []
        while self._next < today and self._spans(self._next) == [(1.0, serving)]:
            days.append(self._next)
            self._next += timedelta(days=1)
        if serving.pairs:
            expected = self._expected(days, serving, [1.0] * len(days), self._purse)
            self._settled.append(happen(self._account, expected, _ordinals(days)))

    def _joined(self, day: date, spans: Sequence[_Span], purse: Purse) -> Block | None:
        """One day under several settings: what is expected of each is added up, and luck strikes once."""
        expected = [self._expected([day], serving, [part], purse) for part, serving in spans if serving.pairs]
        if not expected:
            return None
        return happen(self._account, _added(expected), _ordinals([day]))

    def _expected(self, days: Sequence[date], serving: Serving, parts: Sequence[float], purse: Purse) -> Expected:
        campaigns = [(campaign.id, campaign.traits) for campaign in serving.campaigns]
        factors = weather(self._seed, self._account, campaigns, _ordinals(days))
        spend = np.array(
            [
                purse.spend(day, part, serving, demand)
                for day, part, demand in zip(days, parts, factors.demand, strict=True)
            ]
        )
        return expect(self._seed, self._account, serving, factors, spend, np.array(parts))

    def _spans(self, day: date, until: datetime | None = None) -> list[_Span]:
        """The settings of a day, each with the part of the day that it was in force."""
        start, over = self._midnight(day), self._midnight(day + timedelta(days=1))
        end = over if until is None else min(until, over)
        moments = [max(at, start) for at, _ in self._changes]
        spans: list[_Span] = []
        for at, (_, serving) in enumerate(self._changes):
            length = (moments[at + 1] if at + 1 < len(moments) else end) - moments[at]
            last = min(moments[at] + length, end)
            if last > moments[at]:
                spans.append(((last - moments[at]) / (over - start), serving))
        return spans

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, datetime.min.time(), self._account.zone).astimezone(UTC)


def _ordinals(days: Sequence[date]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _added(parts: Sequence[Expected]) -> Expected:
    """The expectations of the parts of one day, by pair and by campaign."""
    if len(parts) == 1:
        return parts[0]
    pairs: dict[int, Pair] = {}
    campaigns: dict[int, int] = {}
    for part in parts:
        for name, pair in zip(part.keys.tolist(), part.pairs, strict=True):
            pairs[name] = replace(pair, place=campaigns.setdefault(pair.campaign, len(campaigns)))
    columns = {name: at for at, name in enumerate(pairs)}
    clicks, skipped, conversions, cost = (np.zeros((1, len(pairs))) for _ in range(4))
    spend: Floats = np.zeros((1, len(campaigns)))
    for part in parts:
        at = [columns[name] for name in part.keys.tolist()]
        clicks[:, at] += part.clicks
        skipped[:, at] += part.skipped
        conversions[:, at] += part.conversions
        cost[:, at] += part.cost
        places = dict(zip((pair.campaign for pair in part.pairs), part.places.tolist(), strict=True))
        for campaign, place in places.items():
            spend[:, campaigns[campaign]] += part.spend[:, place]
    return Expected(
        pairs=tuple(pairs.values()),
        places=np.array([pair.place for pair in pairs.values()], dtype=np.int64),
        keys=np.array(list(pairs), dtype=np.uint64),
        clicks=clicks,
        skipped=skipped,
        conversions=conversions,
        cost=cost,
        spend=spend,
    )
