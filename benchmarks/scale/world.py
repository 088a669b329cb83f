"""A busy day of many brands, as jobs for the simulation: planning by time zone, posts by slot, metrics, ad accounts."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.scale.run_queue import DuePost, Job
from benchmarks.scale.unit_costs import RunCost, UnitCosts

HOUR = 3600.0
ZONES: dict[float, float] = {-8: 0.12, -5: 0.20, -3: 0.06, 0: 0.12, 1: 0.22, 3: 0.06, 5.5: 0.10, 8: 0.08, 9: 0.04}
"""Assumed: shares of brands by hours from UTC. The largest is what makes a rush."""
SLOTS: dict[float, float] = {9: 0.35, 12: 0.30, 18.5: 0.35}
"""Assumed: shares of posts by local hour."""
PLAN_HOUR, ADS_HOUR, POST_DAYS = 9, 6, 7
AGES = (1.0, 24.0, 72.0, 168.0)


@dataclass(frozen=True)
class Latency:
    """Assumed provider seconds of one run or post, along its critical path: the median, and how wide they scatter."""

    median: float
    sigma: float

    def draw(self, chance: random.Random) -> float:
        """One of a log-normal distribution."""
        return self.median * math.exp(self.sigma * chance.gauss(0, 1))

    @property
    def mean(self) -> float:
        """Of that distribution."""
        return self.median * math.exp(self.sigma**2 / 2)


WEEKLY, METRICS, ADS, PUBLISH = Latency(100, 0.35), Latency(3, 0.5), Latency(15, 0.5), Latency(9, 0.5)
_NONE = RunCost(runs_per_brand_week=0, events_per_run=0, bytes_per_run=0, seconds_per_run=0)


def run_cost(costs: UnitCosts, job: str) -> RunCost:
    """What was measured of a job; nothing where none ran."""
    return costs.dagster.get(job, _NONE)


@dataclass(frozen=True)
class Day:
    """A planning day of so many brands. Every brand plans that day, at the same local hour: the worst case."""

    brands: int
    posts_per_week: float
    seed: int = 7
    advertisers: float = 1.0
    """Share of brands with an ad account."""

    def jobs(self, costs: UnitCosts) -> Iterator[Job]:
        """The runs of the day: each brand's week, its insights hour by hour, its ad account."""
        chance = random.Random(self.seed)
        weekly, metrics, ads = (
            run_cost(costs, job).seconds_per_run for job in ("weekly", "collect_metrics", "daily_ads")
        )
        for offset in self._offsets(chance):
            first_slot = 15 - PLAN_HOUR + 24 * chance.randrange(5)
            plan = self._tick(PLAN_HOUR - offset, 5)
            yield Job(plan, "weekly", weekly, WEEKLY.draw(chance), -1 - first_slot)
            hours = {self._tick(hour - offset + 1, 20) for hour in self._post_hours(chance, len(AGES))}
            for at in sorted(hours):
                yield Job(at, "metrics", metrics, METRICS.draw(chance))
            if chance.random() < self.advertisers:
                yield Job(self._tick(ADS_HOUR - offset, 35), "ads", ads, ADS.draw(chance))

    def posts(self, cpu: float) -> Iterator[DuePost]:
        """The posts of the day; `cpu` is what one takes of a core."""
        chance = random.Random(self.seed + 1)
        for offset in self._offsets(chance):
            for hour in self._post_hours(chance, 1):
                yield DuePost(((hour - offset) % 24) * HOUR, cpu, PUBLISH.draw(chance))

    def _offsets(self, chance: random.Random) -> list[float]:
        return chance.choices([*ZONES], [*ZONES.values()], k=self.brands)

    def _post_hours(self, chance: random.Random, times: int) -> list[float]:
        """Hours of the slots that fall on this day, of as many days as posts are looked at."""
        due = self.posts_per_week / POST_DAYS
        return [
            hour for _ in range(times) if chance.random() < due for hour in chance.choices([*SLOTS], [*SLOTS.values()])
        ]

    @staticmethod
    def _tick(hour: float, minute: int) -> float:
        """The first tick of an hourly schedule at that minute from an hour of the day on."""
        return (math.ceil(hour % 24) * 60 + minute) * 60.0
