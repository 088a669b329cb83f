"""What makes a post appeal: a Gaussian process over levels, pairs of levels, repetition and time, fitted to appeals.

log appeal = mean + season + the level of each factor + each pair of levels + repetition + noise. Every part has a
prior of mean 0 and its own spread; the spreads are chosen by the data (empirical Bayes: MacKay (1992), Bayesian
interpolation, Neural Computation 4), weighed with a prior that keeps them sane for no posts and for few. An effect is
worth less the older the posts behind it are: its value now and its value w weeks ago correlate by exp(-drift x w),
with drift 0 among the choices. Linear algebra on at most MOST_POSTS posts, the newest.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from marketing_pipeline.domain.appeal import Appeals
from marketing_pipeline.domain.effect_kernel import EffectKernel, Posts
from marketing_pipeline.domain.effect_posterior import EffectPosterior
from marketing_pipeline.domain.spreads import LEVEL_SPREADS, Ladder, Spreads, ladders, level_ladders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_POSTS = 400
LONGEST_DAYS = 365
"""Posts that are older, or more, are not learnt from."""
SWEEPS = 3
FEWEST_POSTS = 4
"""With fewer the spreads stay what they were before anything was seen."""
ODD = 2.5
"""A post further than so many deviations from what the others say counts as if it were just that far."""
NOISE_WEEKS, NOISE_OPINION = 3.0, 12.0
ROBUST_ROUNDS = 2


def posterior_of(
    sizes: Sequence[int], tiring: Sequence[int], posts: Posts, appeals: Appeals, known: Spreads | None = None
) -> EffectPosterior:
    """Fit the model. `tiring` are the factors whose repetition may tire people. Stable from no post to thousands.

    Spreads that are `known` are taken as they are.
    """
    newest = slice(max(0, len(posts.days) - MOST_POSTS), None)
    posts = Posts(posts.levels[newest], posts.days[newest])
    appeals = Appeals(appeals.values[newest], appeals.variances[newest])
    return _Fit(EffectKernel(tuple(sizes), tuple(tiring), posts), appeals).posterior(known)


class _Fit:
    """The search for the spreads that explain the appeals of posts best, and what is known of the effects then."""

    def __init__(self, kernel: EffectKernel, appeals: Appeals) -> None:
        import numpy as np

        self.kernel = kernel
        weights = 1 / (appeals.variances + 0.1)
        middle = float((weights * appeals.values).sum() / weights.sum()) if len(appeals.values) else 0.0
        self.values = appeals.values - middle
        self.measured = appeals.variances
        self.times = np.ones(len(appeals.values))
        self.noise_now = 1.0

    def posterior(self, known: Spreads | None) -> EffectPosterior:
        if known is not None:
            return self._conditioned(known)
        spreads = Spreads(levels=tuple(0.35 for _ in self.kernel.sizes))
        if len(self.values) >= FEWEST_POSTS:
            for _ in range(ROBUST_ROUNDS):
                spreads = self._searched(spreads)
                self._weigh(spreads)
            spreads = self._averaged(self._searched(spreads))
        return self._conditioned(spreads)

    def _noise(self, spreads: Spreads) -> "Array":
        return (spreads.noise**2 + self.measured) * self.times

    def _evidence(self, spreads: Spreads) -> float:
        """Log marginal likelihood plus log prior, up to a constant."""
        import numpy as np

        kernel = self.kernel.between(spreads)
        kernel[np.diag_indices_from(kernel)] += self._noise(spreads)
        root = np.linalg.cholesky(kernel)
        solved = np.linalg.solve(root, self.values)
        return float(-0.5 * solved @ solved - np.log(np.diag(root)).sum()) + spreads.log_prior

    def _searched(self, start: Spreads) -> Spreads:
        """Climb along one spread at a time, in steps of its choices, until nothing is gained."""
        best, reached = start, self._evidence(start)
        for _ in range(SWEEPS):
            before = reached
            for ladder in ladders(len(best.levels), len(self.kernel.tiring) > 0):
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
        for ladder in level_ladders(len(found.levels)):
            logs = np.array([self._evidence(ladder.put(found, value)) for value in LEVEL_SPREADS])
            weights = np.exp(logs - logs.max())
            levels.append(float((weights @ squares / weights.sum()) ** 0.5))
        return replace(found, levels=tuple(levels))

    def _climbed(self, best: Spreads, reached: float, ladder: Ladder) -> tuple[Spreads, float]:
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

        kernel = self.kernel.between(spreads)
        base = spreads.noise**2 + self.measured
        kernel[np.diag_indices_from(kernel)] += base * self.times
        inverse = np.linalg.inv(kernel)
        left_out = (inverse @ self.values) / np.diag(inverse)
        explained = np.maximum(1 / np.diag(inverse) - base * self.times, 0.0)
        square = np.minimum(left_out**2 / (base + explained), ODD**2)
        near = np.exp(-self.kernel.weeks / NOISE_WEEKS)
        local = (NOISE_OPINION + near @ square) / (NOISE_OPINION + near.sum(1))
        self.noise_now = float(local[-1])
        self.times = local * np.maximum(1.0, left_out**2 / ((base + explained) * local) / ODD**2)

    def _conditioned(self, spreads: Spreads) -> EffectPosterior:
        import numpy as np

        pairs = self.kernel.pairs if spreads.pairs else ()
        cross, prior = self.kernel.to_effects(spreads, pairs)
        kernel = self.kernel.between(spreads)
        kernel[np.diag_indices_from(kernel)] += self._noise(spreads)
        root = np.linalg.cholesky(kernel)
        half = np.linalg.solve(root, cross.T)
        value = np.linalg.solve(root, self.values)
        ahead = self.kernel.seasonal_ahead(spreads)
        seasonal = np.linalg.solve(root, ahead)
        return EffectPosterior(
            sizes=self.kernel.sizes,
            tiring=self.kernel.tiring,
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
