"""How posts resemble each other, and how each resembles the coming week: the covariances of the effect model."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from marketing_pipeline.domain.spreads import Spreads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

FATIGUE_DAYS = 4.0
SEASON_DAYS = 28.0
AHEAD_DAYS = 4.0
"""The effects are wanted for the middle of the coming week."""
AVERAGE_VARIANCE = 1.0


@dataclass(frozen=True)
class Posts:
    """Posts as the model sees them: level number of each factor (-1: one no longer used), and the day, 0 being now."""

    levels: "Whole"
    days: "Array"


def repetition(levels: "Whole", days: "Array", factor: int) -> "Array":
    """For each post how much its level was repeated before it: each earlier post counts exp(-days between / 4)."""
    import numpy as np

    same = (levels[:, None, factor] == levels[None, :, factor]) & (levels[:, None, factor] >= 0)
    between = days[:, None] - days[None, :]
    return np.where(same & (between > 0), np.exp(-np.maximum(between, 0.0) / FATIGUE_DAYS), 0.0).sum(1)


class EffectKernel:
    """The covariances of the appeals of one set of posts under any spreads."""

    def __init__(self, sizes: tuple[int, ...], tiring: tuple[int, ...], posts: Posts) -> None:
        import numpy as np

        self.sizes, self.tiring, self.posts = sizes, tiring, posts
        self.pairs = tuple(combinations(range(len(sizes)), 2))
        levels, days = posts.levels, posts.days
        self.same = [
            ((levels[:, None, f] == levels[None, :, f]) & (levels[:, None, f] >= 0)).astype(np.float64)
            for f in range(len(sizes))
        ]
        self.both = sum((self.same[f] * self.same[g] for f, g in self.pairs), np.zeros((len(days), len(days))))
        apart = np.abs(days[:, None] - days[None, :])
        self.weeks = apart / 7
        self.seasonal = np.exp(-0.5 * (apart / SEASON_DAYS) ** 2)
        repeated = [repetition(levels, days, f) for f in tiring]
        self.repeated = np.array([line - line.mean() if len(line) else line for line in repeated]).reshape(
            len(tiring), len(days)
        )
        self.tired = self.repeated.T @ self.repeated

    def between(self, spreads: Spreads) -> "Array":
        """Covariance of each post with each, noise aside."""
        import numpy as np

        kernel = sum(
            (s**2 * same for s, same in zip(spreads.levels, self.same, strict=True)), np.zeros_like(self.weeks)
        )
        if spreads.pairs:
            kernel = kernel + spreads.pairs**2 * self.both
        if spreads.drift:
            kernel = kernel * np.exp(-spreads.drift * self.weeks)
        if spreads.season:
            kernel = kernel + spreads.season**2 * self.seasonal
        if spreads.fatigue:
            kernel = kernel + spreads.fatigue**2 * self.tired
        return kernel + AVERAGE_VARIANCE

    def seasonal_ahead(self, spreads: Spreads) -> "Array":
        """Covariance of the season of the coming week with each post."""
        import numpy as np

        return spreads.season**2 * np.exp(-0.5 * ((AHEAD_DAYS - self.posts.days) / SEASON_DAYS) ** 2)

    def to_effects(self, spreads: Spreads, pairs: Sequence[tuple[int, int]]) -> "tuple[Array, Array]":
        """Covariance of each effect in the coming week with each post, and each effect's variance before any post."""
        import numpy as np

        levels = self.posts.levels
        fading = np.exp(-spreads.drift * (AHEAD_DAYS - self.posts.days) / 7)
        rows: list[Array] = []
        prior: list[float] = []
        for f, size in enumerate(self.sizes):
            rows += [spreads.levels[f] ** 2 * fading * (levels[:, f] == level) for level in range(size)]
            prior += [spreads.levels[f] ** 2] * size
        rows += [spreads.fatigue**2 * line for line in self.repeated]
        prior += [spreads.fatigue**2] * len(self.tiring)
        for f, g in pairs:
            for one in range(self.sizes[f]):
                here = spreads.pairs**2 * fading * (levels[:, f] == one)
                rows += [here * (levels[:, g] == other) for other in range(self.sizes[g])]
            prior += [spreads.pairs**2] * (self.sizes[f] * self.sizes[g])
        rows.append(np.full(len(levels), AVERAGE_VARIANCE))
        prior.append(AVERAGE_VARIANCE)
        return np.array(rows).reshape(len(prior), len(levels)), np.array(prior)
