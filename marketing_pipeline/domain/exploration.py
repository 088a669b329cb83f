"""Which levels the coming week should use: the most promising combinations, with benefit of the doubt.

Each place in turn takes the combination of levels with the highest estimate plus DOUBT x exploration share deviations,
and what it will teach is taken off the doubt before the next is chosen, so that a week does not ask one thing seven
times. Desautels, Krause & Burdick (2014), Parallelizing exploration-exploitation tradeoffs with Gaussian process bandit
optimization, JMLR 15. No end of the world is assumed: trying ends by itself as doubt goes, and comes back with drift.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from marketing_pipeline.domain.effect_kernel import FATIGUE_DAYS
from marketing_pipeline.domain.effect_posterior import EffectPosterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

DOUBT = 10.0
"""Deviations of doubt that count in favour, at an exploration share of 1; 2 at the usual share of 0.2."""
FAVOUR = 0.2
"""How much of the log of the strategy's weight counts beside the log of engagement."""
SWEEPS = 4


@dataclass(frozen=True)
class Ask:
    """What is to be filled: `places` posts, of which no two may share a level of the factor `once`.

    `base` are the strategy's weights of the levels of each factor; `tired` says of each tiring factor how much each
    level was repeated before the week; `bounds` are the least and the most share of each level of a factor.
    """

    places: int
    explore: float
    base: "Sequence[Array]"
    tired: "Sequence[Array]"
    once: int | None = None
    bounds: "Mapping[int, tuple[Array, Array]]" = field(default_factory=dict[int, "tuple[Array, Array]"])


def shares_of(posterior: EffectPosterior, ask: Ask) -> "list[Array]":
    """The share that each level of each factor should have of the coming week's places; each factor sums to 1.

    Before any post the base weights, with the exploration share spread evenly.
    """
    import numpy as np

    if posterior.posts == 0:
        shares = [ask.explore / len(base) + (1 - ask.explore) * base / base.sum() for base in ask.base]
    else:
        chosen = _Choice(posterior, ask).places()
        shares = [np.bincount(chosen[:, f], minlength=size) / len(chosen) for f, size in enumerate(posterior.sizes)]
    return [_bounded(share, *ask.bounds[f]) if f in ask.bounds else share for f, share in enumerate(shares)]


def _bounded(share: "Array", least: "Array", most: "Array") -> "Array":
    """The shares within their bounds that are nearest to those wished for and sum to 1: all moved alike, then cut."""
    import numpy as np

    if ((share >= least).all() and (share <= most).all()) or least.sum() > 1 or most.sum() < 1:
        return share
    low, high = -1.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(share + middle, least, most).sum() < 1 else (low, middle)
    return np.clip(share + high, least, most)


class _Choice:
    """The choice of one week's places, one after the other."""

    def __init__(self, posterior: EffectPosterior, ask: Ask) -> None:
        import numpy as np

        self.posterior, self.ask = posterior, ask
        self.covariance = posterior.covariance.copy()
        self.favour = [FAVOUR * np.log(np.maximum(base / base.sum() * len(base), 1e-6)) for base in ask.base]
        self.repeated = [line.copy() for line in ask.tired]
        self.fresh = float(np.exp(-7 / ask.places / FATIGUE_DAYS))
        self.left = [np.full(size, self._most(f, size)) for f, size in enumerate(posterior.sizes)]
        self.free = [left > 0 for left in self.left]

    def _most(self, factor: int, size: int) -> "Whole":
        """How many places each level may take; enough together for all places."""
        import numpy as np

        if factor == self.ask.once:
            return np.ones(size, dtype=np.int64)
        if factor not in self.ask.bounds:
            return np.full(size, self.ask.places)
        most = np.floor(self.ask.bounds[factor][1] * self.ask.places + 1e-9).astype(np.int64)
        while most.sum() < self.ask.places:
            most += 1
        return most

    def places(self) -> "Whole":
        import numpy as np

        chosen: list[Whole] = []
        for _ in range(self.ask.places):
            starts = [self._best_looking(), *(last for last in chosen[-1:] if self._allowed(last))]
            climbed = [self._climbed(start) for start in starts]
            best = max(climbed, key=lambda pair: pair[1])[0]
            chosen.append(best)
            self._take(best)
        return np.array(chosen)

    def _allowed(self, post: "Whole") -> bool:
        return all(self.free[f][level] for f, level in enumerate(post))

    def _best_looking(self) -> "Whole":
        import numpy as np

        parts = [
            np.where(free, self.posterior.mean[self.posterior.of_factor(f)] + self.favour[f], -np.inf)
            for f, free in enumerate(self.free)
        ]
        return np.array([part.argmax() for part in parts])

    def _climbed(self, start: "Whole") -> "tuple[Whole, float]":
        """From a combination, change one factor at a time for the better until none is left."""
        import numpy as np

        now, reached = start.copy(), -np.inf
        for _ in range(SWEEPS):
            before = now.copy()
            for f, size in enumerate(self.posterior.sizes):
                tried = np.tile(now, (size, 1))
                tried[:, f] = np.arange(size)
                scores = np.where(self.free[f], self._scores(tried), -np.inf)
                now, reached = tried[int(scores.argmax())], float(scores.max())
            if (now == before).all():
                break
        return now, reached

    def _entries(self, posts: "Whole") -> "tuple[Whole, Array]":
        """Which entries of the posterior each post (row) is the sum of, and their weights."""
        import numpy as np

        posterior = self.posterior
        parts = [posterior.of_factor(f).start + posts[:, f] for f in range(len(posterior.sizes))]
        for number, (f, g) in enumerate(posterior.pairs):
            parts.append(posterior.of_pair(number).start + posts[:, f] * posterior.sizes[g] + posts[:, g])
        parts.append(np.full(len(posts), len(posterior.mean) - 1))
        weights = [np.ones(len(posts))] * len(parts)
        for number, f in enumerate(posterior.tiring):
            parts.append(np.full(len(posts), posterior.of_fatigue.start + number))
            weights.append(self.repeated[number][posts[:, f]])
        return np.stack(parts, 1), np.stack(weights, 1)

    def _scores(self, posts: "Whole") -> "Array":
        import numpy as np

        entries, weights = self._entries(posts)
        mean = (self.posterior.mean[entries] * weights).sum(1)
        block = self.covariance[entries[:, :, None], entries[:, None, :]]
        variance = np.einsum("pij,pi,pj->p", block, weights, weights)
        favour = sum(line[posts[:, f]] for f, line in enumerate(self.favour))
        return mean + favour + DOUBT * self.ask.explore * np.sqrt(np.maximum(variance, 0.0))

    def _take(self, post: "Whole") -> None:
        import numpy as np

        entries, weights = self._entries(post[None, :])
        along = (self.covariance[:, entries[0]] * weights[0]).sum(1)
        variance = float((along[entries[0]] * weights[0]).sum())
        self.covariance -= np.outer(along, along) / (variance + self.posterior.noise_now**2)
        for number, f in enumerate(self.posterior.tiring):
            self.repeated[number] *= self.fresh
            self.repeated[number][post[f]] += self.fresh
        for f, level in enumerate(post):
            self.left[f][level] -= 1
        self.free = [left > 0 for left in self.left]
