"""An interval and evidence that hold however often an experiment is looked at.

A coin decides which post of a pair, or which of two weeks, has which arm. So if the true effect is `shift`, a block's
difference less `shift` is as likely as its opposite, whatever the noise: normal or not, alike or not, with plans that
follow from earlier figures. A bet that pays 1 + tanh(stake x difference) on each block is then fair. Half of it on
either side is a martingale that reaches 1 / alpha at any time with a chance of at most alpha (Ville); 1 + tanh(x) is
exp(x) / cosh(x), after de la Pena (1999), A general class of exponential inequalities for martingales and ratios,
Annals of Probability 27, and Ramdas, Ruf, Larsson & Koolen (2020), Admissible anytime-valid sequential inference must
rely on nonnegative martingales, arXiv:2009.03167. The interval holds every shift against which no bet has won so much.

No variance needs to be known: the one that was planned with only sets the stake, which is Wald's for the smallest
effect worth knowing. The price is that fewer than log2(2 / alpha) blocks decide nothing, however alike they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_pipeline.domain.experiment import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDEST = 3.0
"""In logs: ratios beyond 20 times are not told apart from no limit."""
STEP = 0.005
"""Half a per cent: ends of intervals lie on this grid, moved outwards."""


@dataclass(frozen=True)
class Rule:
    """What was stated before the start. `block_sd` is the deviation of one block's difference, in logs."""

    block_sd: float
    alpha: float
    ratio: float

    @property
    def stake(self) -> float:
        """How much is bet for each unit of difference: Wald's likelihood ratio for the smallest effect worth knowing.

        Wald (1945), Sequential tests of statistical hypotheses, Annals of Mathematical Statistics 16.
        """
        return math.log(self.ratio) / self.block_sd**2

    @property
    def goal(self) -> float:
        """The log of what one side must win."""
        return math.log(2 / self.alpha)


@dataclass(frozen=True)
class Evidence:
    """After one more block. In logs; `low` and `high` are None where no limit is known yet.

    `mean` is that of the differences so far; `e_value` what a bet of 1 against "no difference" has come to at its best:
    1 / alpha ends it.
    """

    mean: float
    low: float | None
    high: float | None
    e_value: float

    def verdict(self, ratio: float) -> Verdict:
        """What the interval says."""
        if self.low is not None and self.low >= 0:
            return Verdict.LEVEL_BETTER
        if self.high is not None and self.high <= 0:
            return Verdict.AGAINST_BETTER
        least = math.log(ratio)
        if self.low is not None and self.high is not None and -least < self.low and self.high < least:
            return Verdict.ALIKE
        return Verdict.OPEN


def evidence_of(differences: Sequence[float], rule: Rule) -> tuple[Evidence, ...]:
    """The evidence after each block, in the order in which the blocks were drawn."""
    import numpy as np

    if not differences:
        return ()
    shifts = np.arange(-round(WIDEST / STEP), round(WIDEST / STEP) + 1, dtype=np.float64) * STEP
    logs = log_e_values(np.array(differences, dtype=np.float64), shifts, rule)
    best = np.maximum.accumulate(np.maximum(logs[:, len(shifts) // 2], 0.0))
    means = np.cumsum(differences) / np.arange(1, len(differences) + 1)
    found: list[Evidence] = []
    low, high = -1, len(shifts)
    for mean, alive, bet in zip(means, logs < math.log(1 / rule.alpha), best, strict=True):
        if alive.any():
            low = max(low, int(alive.argmax()) - 1)
            high = min(high, len(shifts) - int(alive[::-1].argmax()))
        elif abs(mean) > WIDEST:
            low, high = (len(shifts) - 1, high) if mean > 0 else (low, 0)
        found.append(
            Evidence(
                mean=float(mean),
                low=float(shifts[low]) if low >= 0 else None,
                high=float(shifts[high]) if high < len(shifts) else None,
                e_value=math.exp(min(float(bet), 700.0)),
            )
        )
    return tuple(found)


def log_e_values(differences: "Array", shifts: "Array", rule: Rule) -> "Array":
    """The log of what a bet of 1 against each shift (columns) has come to after each block (rows)."""
    import numpy as np

    away = rule.stake * (differences[:, None] - shifts)
    ahead = np.cumsum(math.log(2) - np.logaddexp(0.0, -2 * away), axis=0)
    return np.logaddexp(ahead, ahead - 2 * np.cumsum(away, axis=0)) - math.log(2)
