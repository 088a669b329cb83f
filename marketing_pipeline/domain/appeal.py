"""One appeal per post out of all that was measured of it: several figures, young or final, as one number.

The figures of a post (likes, comments, saves, shares, reach) are taken for correlated measurements of one latent
appeal: log figure = level of the figure + loading x appeal + noise of its own. Loadings and noises are learnt, with
priors, by expectation-maximisation: Rubin & Thayer (1982), EM algorithms for ML factor analysis, Psychometrika 47.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_pipeline.domain.growth_curve import FIGURES, growth_of
from marketing_pipeline.domain.metrics import PostPerformance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ENGAGEMENT = (1.0, 2.0, 3.0, 4.0, 0.0)
"""Weight of each of FIGURES in engagement."""
LOADING_VARIANCE = 0.09
"""How far a loading may stray from 1: every figure rises about in step with the appeal."""
OWN_VARIANCE, OPINION = 0.15, 4.0
"""A figure's own noise before anything is seen, and for how many posts that opinion counts."""
LEAST_VARIANCE = 0.005
APPEAL_VARIANCE = 0.5
ODD = 3.0
"""A figure further than so many deviations from what the others of its post say counts as if it were just that far."""
ROUNDS = 20


@dataclass(frozen=True)
class Figures:
    """Counts of posts (rows) by FIGURES (columns), nan where absent; log share of growth and its variance, alike."""

    counts: "Array"
    log_share: "Array"
    share_variance: "Array"


@dataclass(frozen=True)
class Appeals:
    """Of each post the log appeal against the average post, and the variance of that measurement."""

    values: "Array"
    variances: "Array"


def telling(rows: Sequence[PostPerformance]) -> list[PostPerformance]:
    """The posts of which some figure tells something; one that is the same for every post tells nothing."""
    seen = {name: {getattr(row, name) for row in rows} - {None} for name in FIGURES}
    names = [name for name, values in seen.items() if len(values) > 1 or len(rows) == 1]
    return [row for row in rows if any(getattr(row, name) is not None for name in names)]


def figures_of(rows: Sequence[PostPerformance]) -> Figures:
    """The figures of posts with what is known of their growth."""
    import numpy as np

    curve = growth_of(rows)
    grown = [[curve.at(name, row.age, row.age_hours) for name in FIGURES] for row in rows]
    shape = (len(rows), len(FIGURES))
    counts = [[getattr(row, name) for name in FIGURES] for row in rows]
    return Figures(
        counts=np.array(counts, dtype=np.float64).reshape(shape),
        log_share=np.array([[item.log_share for item in line] for line in grown], dtype=np.float64).reshape(shape),
        share_variance=np.array([[item.variance for item in line] for line in grown], dtype=np.float64).reshape(shape),
    )


def appeals_of(figures: Figures) -> Appeals:
    """Weigh the figures of each post into its appeal.

    The scale is that of engagement: the loadings of its parts, weighted by their part of all engagement, average 1. A
    count is taken to vary by itself like one of Poisson. With one telling figure its noise is left to the effects.
    """
    import numpy as np

    counts = figures.counts
    present = np.isfinite(counts)
    filled = np.where(present, counts, 0.0)
    highest = np.where(present, counts, -np.inf).max(0, initial=-np.inf)
    lowest = np.where(present, counts, np.inf).min(0, initial=np.inf)
    told = (highest > lowest) | ((len(counts) == 1) & present.any(0))
    present, filled = present[:, told], filled[:, told]
    weights = np.array(ENGAGEMENT)[told] * filled.sum(0)
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / max(1, len(weights)))
    share = figures.log_share[:, told]
    logs = np.log(filled + 0.5) - share
    extra = figures.share_variance[:, told] + 1 / (filled * np.exp(-share) + 0.5)
    return _weighed(logs, present, extra, weights)


def _weighed(logs: "Array", present: "NDArray[np.bool_]", extra: "Array", weights: "Array") -> Appeals:
    import numpy as np

    here = present.astype(np.float64)
    number = here.sum(0)
    alone = logs.shape[1] == 1
    own = np.full(logs.shape[1], 0.0 if alone else OWN_VARIANCE)
    loading, spread = np.ones(logs.shape[1]), APPEAL_VARIANCE
    level = (logs * here).sum(0) / np.maximum(number, 1)
    odd = np.ones_like(logs)
    precision = here
    for _ in range(1 if alone else ROUNDS):
        precision = here / ((own + extra) * odd)
        variance = 1 / (1 / spread + (precision * loading**2).sum(1))
        appeal = variance * (precision * loading * (logs - level)).sum(1)
        level = (precision * (logs - appeal[:, None] * loading)).sum(0) / precision.sum(0)
        if alone:
            break
        second = (appeal**2 + variance)[:, None]
        loading = ((precision * (logs - level) * appeal[:, None]).sum(0) + 1 / LOADING_VARIANCE) / (
            (precision * second).sum(0) + 1 / LOADING_VARIANCE
        )
        scale = float((weights * loading).sum())
        loading, appeal, variance = loading / scale, appeal * scale, variance * scale**2
        away = logs - level - appeal[:, None] * loading
        square = away**2 + variance[:, None] * loading**2
        odd = np.maximum(1.0, square / ((own + extra) * ODD**2))
        own = np.maximum(
            LEAST_VARIANCE, (OPINION * OWN_VARIANCE + (here * (square / odd - extra)).sum(0)) / (OPINION + number)
        )
        spread = (2 * APPEAL_VARIANCE + (appeal**2 + variance).sum()) / (2 + len(appeal))
    total = (precision * loading**2).sum(1)
    return Appeals((precision * loading * (logs - level)).sum(1) / total, 1 / total)
