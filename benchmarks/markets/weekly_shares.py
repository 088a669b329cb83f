"""The picture of a benchmark that is played week by week: each policy's share of the oracle, by kind of world."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def draw_weekly_shares(
    results: Mapping[str, NDArray[np.float64]],
    names: Sequence[str],
    colours: Mapping[str, str],
    file: str,
    *,
    of: str,
    columns: int,
    limits: tuple[float, float],
    aim: float | None = None,
) -> None:
    """Draw what was earned, by kind an array (world, policy in the order of `names`, week), to docs/images/`file`.

    One line a policy in `colours`, with 1.96 standard errors over worlds. `aim` is a share to reach; needs matplotlib.
    """
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, columns, figsize=(4.3 * columns, 7), sharex=True, sharey=True)
    for axis, (kind, earned) in zip(axes.flat, results.items(), strict=False):
        oracle = earned[:, names.index("oracle")]
        for policy, colour in colours.items():
            share = earned[:, names.index(policy)] / oracle
            middle, error = share.mean(0), 1.96 * share.std(0) / len(share) ** 0.5
            weeks = list(range(1, len(middle) + 1))
            axis.plot(weeks, middle, color=colour, label=policy.replace("_", " "))
            axis.fill_between(weeks, middle - error, middle + error, color=colour, alpha=0.2, linewidth=0)
        if aim is not None:
            axis.axhline(aim, color="black", linewidth=0.8, linestyle=":")
        axis.set_title(kind.replace("_", " "))
        axis.set_ylim(*limits)
        axis.grid(alpha=0.3)
    axes[0, 0].legend(loc="lower right", fontsize=8)
    for axis in axes[1]:
        axis.set_xlabel("week")
    for axis in axes[:, 0]:
        axis.set_ylabel(f"share of the oracle's {of}")
    figure.tight_layout()
    figure.savefig(IMAGES / file, dpi=80)
