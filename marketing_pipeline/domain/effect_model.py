"""What makes a post appeal: a Gaussian process over levels, pairs of levels, repetition and time, fitted to appeals.

log appeal = mean + season + the level of each factor + each pair of levels + repetition + noise. Every part has a
prior of mean 0 and its own spread; the spreads are chosen by the data (empirical Bayes: MacKay (1992), Bayesian
interpolation, Neural Computation 4), weighed with a prior that keeps them sane for no posts and for few. An effect is
worth less the older the posts behind it are: its value now and its value w weeks ago correlate by exp(-drift x w),
with drift 0 among the choices. Linear algebra on at most MOST_POSTS posts, the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from marketing_pipeline.domain.appeal import Appeals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

MOST_POSTS = 400
FATIGUE_DAYS = 4.0
SEASON_DAYS = 28.0
AHEAD_DAYS = 4.0
"""The effects are wanted for the middle of the coming week."""
AVERAGE_VARIANCE = 1.0
SWEEPS = 3
FEWEST_POSTS = 4
"""With fewer the spreads stay what they were before anything was seen."""
ODD = 2.5
"""A post further than so many deviations from what the others say counts as if it were just that far."""
NOISE_WEEKS, NOISE_OPINION = 3.0, 12.0
ROBUST_ROUNDS = 2

LEVEL_SPREADS = (0.05, 0.1, 0.18, 0.26, 0.35, 0.5, 0.75)
CHOICES = {
    "noise": (
        (0.03, 0.08, 0.15, 0.22, 0.3, 0.4, 0.5, 0.65, 0.85, 1.2),
        (-2, -1.2, -0.5, -0.2, 0, 0, -0.2, -0.6, -1.2, -2),
    ),
    "drift": ((0.0, 0.005, 0.015, 0.03, 0.06, 0.12), (0, -0.1, -0.1, -0.1, -0.2, -0.8)),
    "pairs": ((0.0, 0.05, 0.1, 0.15, 0.22, 0.32), (0, -0.6, -0.7, -0.9, -1.4, -2.3)),
    "season": ((0.0, 0.1, 0.2, 0.4), (0, -0.6, -0.7, -1.2)),
    "fatigue": ((0.0, 0.04, 0.08, 0.15), (0, -0.6, -0.6, -0.8)),
}
"""Values each spread may take, and the log of their prior up to a constant."""
LEVEL_PRIOR = (-1.2, -0.6, -0.2, 0.0, 0.0, -0.4, -1.4)


@dataclass(frozen=True)
class Spreads:
    """Deviations of what a post is made of, all in logs; `drift` is the loss of correlation per week."""

    levels: tuple[float, ...]
    noise: float = 0.4
    drift: float = 0.0
    pairs: float = 0.0
    season: float = 0.0
    fatigue: float = 0.0


@dataclass(frozen=True)
class Posts:
    """Posts as the model sees them: level number of each factor (-1: one no longer used), and the day, 0 being now."""

    levels: "Whole"
    days: "Array"


@dataclass(frozen=True)
class EffectPosterior:
    """Joint normal posterior of the effects in the coming week.

    Entries of `mean` and `covariance`: the levels of each factor in turn, the fatigue of each factor that tires, each
    pair of levels (only where pairs matter) with the levels of the later factor running fastest, and last the average.
    """

    sizes: tuple[int, ...]
    tiring: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    mean: "Array"
    covariance: "Array"
    spreads: Spreads
    noise_now: float
    season_now: float
    season_sd: float
    posts: int

    def of_factor(self, factor: int) -> slice:
        """Where the levels of a factor stand."""
        start = sum(self.sizes[:factor])
        return slice(start, start + self.sizes[factor])

    @property
    def of_fatigue(self) -> slice:
        """Where the fatigue of the tiring factors stands: what one repetition at once adds."""
        start = sum(self.sizes)
        return slice(start, start + len(self.tiring))

    def of_pair(self, pair: int) -> slice:
        """Where the pairs of levels of the numbered pair of factors stand."""
        start = self.of_fatigue.stop
        counts = [self.sizes[first] * self.sizes[second] for first, second in self.pairs]
        return slice(start + sum(counts[:pair]), start + sum(counts[: pair + 1]))


def repetition(levels: "Whole", days: "Array", factor: int) -> "Array":
    """For each post how much its level was repeated before it: each earlier post counts exp(-days between / 4)."""
    import numpy as np

    same = (levels[:, None, factor] == levels[None, :, factor]) & (levels[:, None, factor] >= 0)
    between = days[:, None] - days[None, :]
    return np.where(same & (between > 0), np.exp(-np.maximum(between, 0.0) / FATIGUE_DAYS), 0.0).sum(1)


def posterior_of(
    sizes: Sequence[int], tiring: Sequence[int], posts: Posts, appeals: Appeals, known: Spreads | None = None
) -> EffectPosterior:
    """Fit the model. `tiring` are the factors whose repetition may tire people. Stable from no post to thousands.

    Spreads that are `known` are taken as they are.
    """
    newest = slice(max(0, len(posts.days) - MOST_POSTS), None)
    posts = Posts(posts.levels[newest], posts.days[newest])
    appeals = Appeals(appeals.values[newest], appeals.variances[newest])
    return _Fit(tuple(sizes), tuple(tiring), posts, appeals).posterior(known)


class _Fit:
    """The kernels of one set of posts, and the search for the spreads that explain them best."""

    def __init__(self, sizes: tuple[int, ...], tiring: tuple[int, ...], posts: Posts, appeals: Appeals) -> None:
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
        weights = 1 / (appeals.variances + 0.1)
        middle = float((weights * appeals.values).sum() / weights.sum()) if len(days) else 0.0
        self.values = appeals.values - middle
        self.measured = appeals.variances
        self.times = np.ones(len(days))
        self.noise_now = 1.0

    def posterior(self, known: Spreads | None) -> EffectPosterior:
        if known is not None:
            return self._conditioned(known)
        spreads = Spreads(levels=tuple(0.35 for _ in self.sizes))
        if len(self.values) >= FEWEST_POSTS:
            for _ in range(ROBUST_ROUNDS):
                spreads = self._searched(spreads)
                self._weigh(spreads)
            spreads = self._averaged(self._searched(spreads))
        return self._conditioned(spreads)

    def _kernel(self, spreads: Spreads) -> "Array":
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

    def _noise(self, spreads: Spreads) -> "Array":
        return (spreads.noise**2 + self.measured) * self.times

    def _evidence(self, spreads: Spreads) -> float:
        """Log marginal likelihood plus log prior, up to a constant."""
        import numpy as np

        kernel = self._kernel(spreads)
        kernel[np.diag_indices_from(kernel)] += self._noise(spreads)
        root = np.linalg.cholesky(kernel)
        solved = np.linalg.solve(root, self.values)
        return float(-0.5 * solved @ solved - np.log(np.diag(root)).sum()) + _prior(spreads)

    def _searched(self, start: Spreads) -> Spreads:
        """Climb along one spread at a time, in steps of its choices, until nothing is gained."""
        best, reached = start, self._evidence(start)
        for _ in range(SWEEPS):
            before = reached
            for ladder in _ladders(best, len(self.tiring) > 0):
                best, reached = self._climbed(best, reached, ladder)
            if reached - before < 0.05:
                break
        return best

    def _averaged(self, found: Spreads) -> Spreads:
        """Of each factor the mean variance of its levels over all choices by their probability, not the likeliest.

        With few posts the likeliest is often the smallest: what has not been seen to differ would never be tried.
        """
        import numpy as np

        squares = np.array(LEVEL_SPREADS) ** 2
        levels: list[float] = []
        for ladder in (_Ladder(LEVEL_SPREADS, "levels", f) for f in range(len(self.sizes))):
            logs = np.array([self._evidence(ladder.put(found, value)) for value in LEVEL_SPREADS])
            weights = np.exp(logs - logs.max())
            levels.append(float((weights @ squares / weights.sum()) ** 0.5))
        return replace(found, levels=tuple(levels))

    def _climbed(self, best: Spreads, reached: float, ladder: "_Ladder") -> tuple[Spreads, float]:
        place = ladder.place(best)
        for step in (1, -1):
            moved = False
            while 0 <= place + step < len(ladder.values):
                tried = ladder.put(best, ladder.values[place + step])
                gained = self._evidence(tried)
                if gained <= reached:
                    break
                best, reached, place, moved = tried, gained, place + step, True
            if moved:
                break
        return best, reached

    def _weigh(self, spreads: Spreads) -> None:
        """Let odd posts count for less, and noisy weeks too: leave-one-out residuals against what was expected."""
        import numpy as np

        kernel = self._kernel(spreads)
        base = spreads.noise**2 + self.measured
        kernel[np.diag_indices_from(kernel)] += base * self.times
        inverse = np.linalg.inv(kernel)
        left_out = (inverse @ self.values) / np.diag(inverse)
        explained = np.maximum(1 / np.diag(inverse) - base * self.times, 0.0)
        square = np.minimum(left_out**2 / (base + explained), ODD**2)
        near = np.exp(-self.weeks / NOISE_WEEKS)
        local = (NOISE_OPINION + near @ square) / (NOISE_OPINION + near.sum(1))
        self.noise_now = float(local[-1])
        self.times = local * np.maximum(1.0, left_out**2 / ((base + explained) * local) / ODD**2)

    def _conditioned(self, spreads: Spreads) -> EffectPosterior:
        import numpy as np

        pairs = self.pairs if spreads.pairs else ()
        cross, prior = self._features(spreads, pairs)
        kernel = self._kernel(spreads)
        kernel[np.diag_indices_from(kernel)] += self._noise(spreads)
        root = np.linalg.cholesky(kernel)
        half = np.linalg.solve(root, cross.T)
        value = np.linalg.solve(root, self.values)
        ahead = spreads.season**2 * np.exp(-0.5 * ((AHEAD_DAYS - self.posts.days) / SEASON_DAYS) ** 2)
        seasonal = np.linalg.solve(root, ahead)
        return EffectPosterior(
            sizes=self.sizes,
            tiring=self.tiring,
            pairs=pairs,
            mean=half.T @ value,
            covariance=np.diag(prior) - half.T @ half,
            spreads=spreads,
            noise_now=float(np.sqrt(self._noise_now(spreads))),
            season_now=float(seasonal @ value),
            season_sd=float(max(spreads.season**2 - seasonal @ seasonal, 0.0)) ** 0.5,
            posts=len(self.values),
        )

    def _noise_now(self, spreads: Spreads) -> float:
        """Variance of what a post of these weeks tells, odd ones aside."""
        import numpy as np

        measured = float(np.median(self.measured)) if len(self.measured) else 0.0
        return (spreads.noise**2 + measured) * self.noise_now

    def _features(self, spreads: Spreads, pairs: Sequence[tuple[int, int]]) -> "tuple[Array, Array]":
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


@dataclass(frozen=True)
class _Ladder:
    """The values that one spread may take, and where it stands among all spreads."""

    values: tuple[float, ...]
    name: str
    factor: int = 0

    def place(self, spreads: Spreads) -> int:
        now = spreads.levels[self.factor] if self.name == "levels" else getattr(spreads, self.name)
        return min(range(len(self.values)), key=lambda index: abs(self.values[index] - now))

    def put(self, spreads: Spreads, value: float) -> Spreads:
        if self.name != "levels":
            return replace(spreads, **{self.name: value})
        levels = tuple(value if f == self.factor else old for f, old in enumerate(spreads.levels))
        return replace(spreads, levels=levels)


def _ladders(spreads: Spreads, tires: bool) -> list[_Ladder]:
    own = [_Ladder(values, name) for name, (values, _) in CHOICES.items() if tires or name != "fatigue"]
    return [own[0], *(_Ladder(LEVEL_SPREADS, "levels", f) for f in range(len(spreads.levels))), *own[1:]]


def _prior(spreads: Spreads) -> float:
    logs = [LEVEL_PRIOR[LEVEL_SPREADS.index(level)] for level in spreads.levels]
    logs += [prior[values.index(getattr(spreads, name))] for name, (values, prior) in CHOICES.items()]
    return float(sum(logs))
