"""Seeded market models: what an audience does with a post, and what the product would be told of it, and when.

Nothing here is known to the learning engine. Effects are natural logs; a world's engagement of a post is the
expectation of its multiple, exp(log effect), without noise.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketing_pipeline.domain.metrics import EarlyFigures, PostPerformance, SnapshotAge

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

FIGURES = ("likes", "comments", "saved", "shares", "reach")
BASE = np.array([90.0, 7.0, 12.0, 7.0, 2000.0])
"""Figures of the average post of a small shop."""
LOADINGS = np.array([1.0, 1.1, 1.0, 1.1, 0.8])
AGES = (SnapshotAge.HOUR, SnapshotAge.DAY, SnapshotAge.THREE_DAYS, SnapshotAge.WEEK)
NOISE_OF_ONE = 0.5
PLANNED_AT_HOUR = 6 * 24 + 18.0
"""Sunday at 18:00, in hours since Monday 0:00 of the week before the planned one."""
POSTED_AT_HOUR = 12.0


@dataclass(frozen=True)
class Kind:
    """One kind of market. `shared` is the part of a post's noise that all its figures share, as a deviation.

    `once` is a factor of which a week may use each level only once; of each level of the first three factors a week may
    have at most the share `most_alike`. `plan_hour` is when a week is planned, in hours since Monday 0:00 of the week
    before.
    """

    name: str
    sizes: tuple[int, ...] = (5, 4, 5, 7)
    places: int = 7
    weeks: int = 26
    effect: float = 0.35
    noise: float = NOISE_OF_ONE
    shared: float = 0.25
    drift: float = 0.0
    pairs: float = 0.0
    season: float = 0.0
    fatigue: float = 0.0
    noise_wave: float = 0.0
    outliers: float = 0.0
    followers: float = 1.0
    plan_hour: float = PLANNED_AT_HOUR
    once: int | None = None
    most_alike: float = 1.0

    def most(self, factor: int) -> int:
        """How many posts of a week may have the same level of a factor."""
        if factor == self.once:
            return 1
        return int(self.most_alike * self.places + 1e-9) if factor < 3 else self.places


@dataclass
class World:
    """One audience. `publish` a week of posts in turn; `rows` are what is known when the next week is planned."""

    kind: Kind
    seed: int
    posts: list["Published"] = field(default_factory=list["Published"])

    def __post_init__(self) -> None:
        kind = self.kind
        dice = np.random.default_rng([self.seed, 1])
        self.dice = np.random.default_rng([self.seed, 2])
        levels = [dice.normal(0, kind.effect, size) for size in kind.sizes]
        walk = [
            [dice.normal(0, kind.drift, size) if week else np.zeros(size) for week in range(kind.weeks)]
            for size in kind.sizes
        ]
        self.levels = [first + np.cumsum(np.array(steps), 0) for first, steps in zip(levels, walk, strict=True)]
        self.pairs = {
            (f, g): dice.normal(0, kind.pairs, (kind.sizes[f], kind.sizes[g]))
            for f, g in combinations(range(len(kind.sizes)), 2)
        }
        self.phase = float(dice.uniform(0, 2 * np.pi))

    def log_effects(self, week: int) -> Array:
        """Log effect of every combination of levels, season and fatigue aside."""
        number = len(self.kind.sizes)
        total = np.zeros(self.kind.sizes)
        for f in range(number):
            shape = [1] * number
            shape[f] = self.kind.sizes[f]
            total = total + self.levels[f][week].reshape(shape)
        for (f, g), table in self.pairs.items():
            shape = [1] * number
            shape[f], shape[g] = self.kind.sizes[f], self.kind.sizes[g]
            total = total + table.reshape(shape)
        return total

    def tired(self, day: float) -> list[Array]:
        """How tired the audience is of each level of the first three factors at that day."""
        counts = [np.zeros(size) for size in self.kind.sizes[:3]]
        for post in self.posts[-3 * self.kind.places :]:
            for f in range(3):
                counts[f][post.levels[f]] += np.exp(-(day - post.day) / 3.0)
        return [np.minimum(self.kind.fatigue * count, 0.5) for count in counts]

    def now_worth(self, week: int, day: float) -> Array:
        """Log effect of every combination for a post at that day."""
        total = self.log_effects(week)
        if self.kind.fatigue:
            for f, tired in enumerate(self.tired(day)):
                shape = [1] * total.ndim
                shape[f] = len(tired)
                total = total - tired.reshape(shape)
        return total + self.kind.season * np.sin(2 * np.pi * week / 20 + self.phase)

    def days(self, week: int) -> list[float]:
        """When the places of a week are, in days since the first Monday."""
        return [7 * week + (place + 0.5) * 7 / self.kind.places for place in range(self.kind.places)]

    def publish(self, week: int, chosen: "list[tuple[int, ...]]") -> float:
        """Publish a week of posts, in time order; what they bring in expectation, summed."""
        total = 0.0
        for day, levels in zip(self.days(week), chosen, strict=True):
            log = float(self.now_worth(week, day)[levels])
            total += float(np.exp(log))
            self.posts.append(self._measured(week, day, levels, log))
        return total

    def _measured(self, week: int, day: float, levels: tuple[int, ...], log: float) -> "Published":
        kind, dice = self.kind, self.dice
        wave = float(np.exp(kind.noise_wave * np.sin(2 * np.pi * week / 13)))
        own = np.sqrt(max(kind.noise**2 - kind.shared**2, 0.0)) * wave
        shock = float(dice.normal(0, kind.shared * wave))
        noise: Array = dice.normal(0, 1, len(FIGURES)) * own
        if kind.outliers:
            shock += float(dice.standard_t(2)) * 0.3
            if dice.random() < kind.outliers:
                shock += float(dice.choice([-2.0, 2.0]))
        logs: Array = LOADINGS * (log + shock) + noise
        one = log + shock + noise[0]
        means: Array = np.minimum(BASE * kind.followers * np.exp(logs), 1e8)
        final = np.asarray(dice.poisson(means), dtype=np.float64)
        pace = 18 * np.exp(dice.normal(0, 0.15))
        return Published(week, day, levels, final, float(pace), float(one), float(log + shock))

    def rows(self, week: int, figures: tuple[str, ...] = FIGURES) -> "tuple[list[PostPerformance], Whole, Array]":
        """Rows, levels and days against the moment of planning `week`, of all posts with a snapshot by then."""
        now = 7 * (week - 1) + self.kind.plan_hour / 24
        seen = [(post, (now - post.day) * 24) for post in self.posts]
        seen = [(post, age) for post, age in seen if age >= 1]
        rows = [post.row(age, figures) for post, age in seen]
        return (
            rows,
            np.array([post.levels for post, _ in seen], dtype=np.int64).reshape(len(seen), len(self.kind.sizes)),
            np.array([post.day - now for post, _ in seen], dtype=np.float64),
        )


@dataclass
class Published:
    """One post: its final figures, and `one`, its log engagement with the noise of one figure, `clear` without."""

    week: int
    day: float
    levels: tuple[int, ...]
    final: Array
    pace: float
    one: float
    clear: float
    kept: dict[tuple[object, ...], PostPerformance] = field(default_factory=dict[tuple[object, ...], PostPerformance])

    def row(self, age: float, figures: tuple[str, ...]) -> PostPerformance:
        """What the product knows of the post at that age, in hours."""
        taken = [step for step in AGES if step.delta.total_seconds() / 3600 <= age]
        key = (taken[-1], figures)
        if key not in self.kept:
            self.kept[key] = self._row(taken, figures)
        return self.kept[key]

    def _row(self, taken: list[SnapshotAge], figures: tuple[str, ...]) -> PostPerformance:
        newest = taken[-1]
        content: dict[str, Any] = {"post": f"{self.day}", "views": None, "age": newest, "age_hours": _hours(newest)}
        early = [EarlyFigures(age=age, age_hours=_hours(age), **self._at(age, figures)) for age in taken[:-1]]
        content |= {**self._at(newest, figures), "earlier": tuple(early)}
        return PostPerformance.model_construct(**content)

    def _at(self, age: SnapshotAge, figures: tuple[str, ...]) -> dict[str, int | None]:
        share = 1.0 if age is SnapshotAge.WEEK else 1 - np.exp(-((_hours(age) / self.pace) ** 0.62))
        return {
            name: int(count * share) if name in figures else None
            for name, count in zip(FIGURES, self.final, strict=True)
        }


def _hours(age: SnapshotAge) -> float:
    return age.delta.total_seconds() / 3600


def best_now(world: World, week: int) -> "list[tuple[int, ...]]":
    """What one who knows the market posts: place by place the best combination, fatigue of the posts before it seen."""
    sight = World.__new__(World)
    sight.__dict__.update(world.__dict__)
    sight.posts = list(world.posts)
    chosen: list[tuple[int, ...]] = []
    for day in world.days(week):
        worth = sight.now_worth(week, day)
        for factor in range(worth.ndim):
            np.moveaxis(worth, factor, 0)[used_up(world.kind, chosen, factor)] = -np.inf
        levels = tuple(int(index) for index in np.unravel_index(int(worth.argmax()), worth.shape))
        chosen.append(levels)
        sight.posts.append(Published(week, day, levels, np.zeros(5), 1.0, 0.0, 0.0))
    return chosen


def used_up(kind: Kind, posts: "list[tuple[int, ...]]", factor: int) -> list[int]:
    """The levels of a factor that a week with these posts may not use again."""
    used = Counter(post[factor] for post in posts)
    return [level for level, count in used.items() if count >= kind.most(factor)]
