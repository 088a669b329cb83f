"""Intervals of means, by drawing what was counted anew, and percentiles."""

from collections.abc import Sequence

DRAWS = 2000
_SEED = 20_261_122
_ENDS = (2.5, 97.5)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean by the percentile bootstrap; the same values give the same interval."""
    import numpy as np

    if not values:
        return 0.0, 1.0
    given = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(_SEED).integers(0, len(given), size=(DRAWS, len(given)))
    low, high = np.percentile(given[drawn].mean(axis=1), _ENDS)
    return float(low), float(high)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which that share of the values lies; None of none."""
    import numpy as np

    return float(np.percentile(values, percent)) if values else None
