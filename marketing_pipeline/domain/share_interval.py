"""The interval of a share that was counted."""

import math

Z95 = 1.959964
"""Standard deviations on either side of a normal's mean that hold 95 %."""


def interval_of_share(count: int, of: int, z: float) -> tuple[float, float]:
    """The interval of a share by Wilson's score, which also holds where few or all are counted; `of` is not 0.

    `z` is the normal quantile: Z90 of `domain.learning` for 90 %, Z95 for 95 %.
    """
    share = count / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * math.sqrt(share * (1 - share) / of + z**2 / (4 * of**2)) / (1 + z**2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)
