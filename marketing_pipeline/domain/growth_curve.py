"""How much of its final figures a post has at an age: a curve to begin with, corrected by the posts measured twice."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge

FIGURES = ("likes", "comments", "saved", "shares", "reach")
PACE_HOURS = 30.0
SPREAD = {SnapshotAge.HOUR: 0.6, SnapshotAge.DAY: 0.25, SnapshotAge.THREE_DAYS: 0.1, SnapshotAge.WEEK: 0.03}
"""Deviation of the log share between posts of one age before any was measured twice."""
OPINION = 3.0
"""For how many posts measured twice the opinion held before them counts."""


@dataclass(frozen=True)
class Grown:
    """Log of the share of its final figure that a post has, and how much that varies between posts (variance)."""

    log_share: float
    variance: float


def expected_growth(age_hours: float) -> float:
    """Log share of the final figure before anything was measured twice: 1 - exp(-age / 30 h)."""
    return math.log(1 - math.exp(-max(age_hours, 0.25) / PACE_HOURS))


@dataclass(frozen=True)
class GrowthCurve:
    """The growth of each figure. `learnt` holds, by figure and age, the correction in logs and the variance."""

    learnt: Mapping[tuple[str, SnapshotAge], Grown]

    def at(self, figure: str, age: SnapshotAge, age_hours: float) -> Grown:
        """The growth at the age at which a snapshot was really taken."""
        known = self.learnt.get((figure, age), Grown(0.0, SPREAD[age] ** 2))
        return Grown(min(0.0, expected_growth(age_hours) + known.log_share), known.variance)


def growth_of(rows: Sequence[PostPerformance]) -> GrowthCurve:
    """Learn the curve from the posts whose figures are final and were also read earlier."""
    found: dict[tuple[str, SnapshotAge], list[float]] = {}
    for row in rows:
        for key, off in _corrections(row):
            found.setdefault(key, []).append(off)
    return GrowthCurve({key: _shrunk(key[1], offs) for key, offs in found.items()})


def _corrections(row: PostPerformance) -> Iterable[tuple[tuple[str, SnapshotAge], float]]:
    if row.age is not SnapshotAge.WEEK:
        return
    for early in row.earlier:
        for figure in FIGURES:
            young, final = getattr(early, figure), getattr(row, figure)
            if young is not None and final:
                grown = math.log((young + 0.5) / (final + 0.5))
                yield (figure, early.age), grown - expected_growth(early.age_hours)


def _shrunk(age: SnapshotAge, offs: Sequence[float]) -> Grown:
    middle = sum(offs) / (len(offs) + OPINION)
    squares = sum((off - middle) ** 2 for off in offs) + OPINION * (SPREAD[age] ** 2 + middle**2 / len(offs))
    return Grown(middle, squares / (len(offs) + OPINION))
