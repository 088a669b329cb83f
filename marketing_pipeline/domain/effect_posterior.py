"""What is known of the effects in the coming week: their joint normal posterior."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_pipeline.domain.spreads import Spreads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Marginal:
    """Mean and deviation of several effects, each by itself."""

    mean: "Array"
    sd: "Array"


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

    def against_average(self, factor: int) -> Marginal:
        """Each level of a factor against the average of them all."""
        import numpy as np

        size, here = self.sizes[factor], self.of_factor(factor)
        against = np.eye(size) - 1 / size
        variance = np.diag(against @ self.covariance[here, here] @ against.T)
        return Marginal(against @ self.mean[here], np.sqrt(np.maximum(variance, 0.0)))
