"""Which levels meet in one post: counts that follow the shares of a mix, paired so that the week promises most."""

import math
import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TypeVar

Level = TypeVar("Level", bound=Hashable)
FATIGUE_DAYS = 4.0
ALIKE = 0.001
"""What two neighbours alike cost, as a part of a post: enough to settle what nothing else settles."""
SWEEPS = 6


@dataclass(frozen=True)
class Promise:
    """What a pairing adds, in logs: pairs of levels (factor, level, factor, level), and repetition by factor number.

    What a level adds alone is no matter here: it is there in any pairing. Putting the best with the best would promise
    a little more, and teach less: levels that always meet cannot be told apart.
    """

    pairs: Mapping[tuple[int, Hashable, int, Hashable], float] = field(
        default_factory=dict[tuple[int, Hashable, int, Hashable], float]
    )
    fatigue: Mapping[int, float] = field(default_factory=dict[int, float])

    def of_week(self, posts: Sequence[Sequence[Hashable]], days: Sequence[float]) -> float:
        """What the pairing of a week of posts, in time order, adds; days say when each goes out."""
        total = 0.0
        if self.pairs:
            factors = list(combinations(range(len(posts[0])), 2))
            total += sum(self.pairs.get((f, post[f], g, post[g]), 0.0) for post in posts for f, g in factors)
        for factor, slope in self.fatigue.items():
            total += slope * sum(
                math.exp((days[before] - days[number]) / FATIGUE_DAYS)
                for before, number in combinations(range(len(posts)), 2)
                if posts[before][factor] == posts[number][factor]
            )
        alike = sum(a == b for first, second in pairwise(posts) for a, b in zip(first, second, strict=True))
        return total - ALIKE * alike


def counted(shares: Mapping[Level, float], count: int, dice: random.Random) -> list[Level]:
    """As many places per level as its share earns, never off by one or more: systematic sampling.

    One random start, then equal steps through the cumulated shares. A share of at most 1 / count is drawn at most once.
    """
    start, total = dice.random(), sum(shares.values())
    places: list[Level] = []
    names = iter(shares.items())
    name, share = next(names)
    reached = share / total * count
    for step in range(count):
        while step + start >= reached and (following := next(names, None)) is not None:
            name, share = following
            reached += share / total * count
        places.append(name)
    return places


def at_most(shares: Mapping[Level, float], most: float) -> dict[Level, float]:
    """The shares with none above `most`: what is cut goes to the others in proportion, evenly where they have none."""
    left: dict[Level, float] = dict(shares)
    full: dict[Level, float] = {}
    while left and max(left.values()) > most + 1e-12:
        full |= {level: most for level, share in left.items() if share >= most}
        left = {level: share for level, share in left.items() if level not in full}
        room, total = 1 - sum(full.values()), sum(left.values())
        left = {level: share * room / total if total else room / len(left) for level, share in left.items()}
    return {level: full.get(level, left.get(level, 0.0)) for level in shares}


def arranged(
    columns: Sequence[Sequence[Hashable]],
    days: Sequence[float],
    promise: Promise,
    dice: random.Random,
    pinned: int | None = None,
) -> list[tuple[Hashable, ...]]:
    """Pair the places of each factor (a column each) into posts: from a random order, swaps that promise more.

    The column `pinned` stays in its order. Where nothing is promised, levels meet in new pairs each time.
    """
    order = [list(column) for column in columns]
    for number, column in enumerate(order):
        if number != pinned:
            dice.shuffle(column)
    reached = promise.of_week(_posts(order), days)
    for _ in range(SWEEPS):
        before = reached
        for number, column in enumerate(order):
            if number == pinned:
                continue
            for one, other in combinations(range(len(column)), 2):
                if column[one] == column[other]:
                    continue
                column[one], column[other] = column[other], column[one]
                tried = promise.of_week(_posts(order), days)
                if tried > reached + 1e-12:
                    reached = tried
                else:
                    column[one], column[other] = column[other], column[one]
        if reached - before < 1e-9:
            break
    return _posts(order)


def _posts(columns: Sequence[Sequence[Hashable]]) -> list[tuple[Hashable, ...]]:
    return list(zip(*columns, strict=True))
