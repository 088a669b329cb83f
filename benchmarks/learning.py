"""How much of what an all-knowing planner would earn is earned: 26 weeks in seeded markets of several kinds.

No network. Run it with `make bench NAME=learning`; `ARGS=--quick` takes few seeds, `ARGS=--training` those on which the
engine's constants were fixed. Each policy plays the same audiences; figures are shares of the oracle's expected
engagement, with 95 % intervals by bootstrap over audiences; below them, how often the engine's 90 % intervals of the
effects hold the truth. `--plots` draws docs/images/learning.png (matplotlib).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.markets import policies
from benchmarks.markets.kinds import HELD_OUT, TRAINING
from benchmarks.markets.weekly_shares import draw_weekly_shares
from benchmarks.markets.world import Array, Kind, World
from marketing_pipeline.domain.learning import Z90

SEEDS, QUICK = 32, 4
HELD_OUT_FROM, TRAINING_FROM = 5_000, 1_000
LAST = 4
CHECKED = (1, 3, 7, 12, 25)
"""Weeks, from 0, before which the stated intervals are held against the truth."""
BOOTSTRAPS = 4_000
POLICIES = ("no_feedback", "epsilon_greedy", "plain_thompson", "ours_one_figure", "ours", "informed", "oracle")
BASELINES = ("no_feedback", "epsilon_greedy", "plain_thompson")
WORKERS = 2


def play(world: World, name: str) -> list[float]:
    """Expected engagement of each week."""
    dice = np.random.default_rng([world.seed, 3])
    policy = getattr(policies, name)
    return [world.publish(week, policy(world, week, dice)) for week in range(world.kind.weeks)]


def played(kind: Kind, seed: int) -> tuple[list[list[float]], list[float]]:
    """One audience under every policy, and how well the engine's intervals held there."""
    worlds = {name: World(kind, seed) for name in POLICIES}
    return [play(world, name) for name, world in worlds.items()], held(worlds["ours"])


def held(world: World) -> list[float]:
    """Of the level effects stated before CHECKED weeks: how many, inside their interval, known, known wrongly."""
    counts = np.zeros(4)
    for week in CHECKED:
        posterior = policies.known_before(world, week)[0]
        for f, size in enumerate(world.kind.sizes):
            effects = posterior.against_average(f)
            true = world.levels[f][week] - world.levels[f][week].mean()
            known = np.abs(effects.mean) > Z90 * effects.sd
            wrong = known & (effects.mean * true < 0)
            counts += (size, (np.abs(effects.mean - true) <= Z90 * effects.sd).sum(), known.sum(), wrong.sum())
    return [float(count) for count in counts]


def interval(values: Array) -> tuple[float, float, float]:
    """Mean with the 95 % interval of 4,000 bootstrap samples."""
    dice = np.random.default_rng(1)
    means = values[dice.integers(len(values), size=(BOOTSTRAPS, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def report(kind: Kind, earned: Array) -> dict[str, float]:
    """Print one kind of market; `earned` is audiences x policies x weeks. Returns its figures."""
    oracle = earned[:, POLICIES.index("oracle")]
    shares = {name: earned[:, number].sum(1) / oracle.sum(1) for number, name in enumerate(POLICIES)}
    last = {name: earned[:, number, -LAST:].sum(1) / oracle[:, -LAST:].sum(1) for number, name in enumerate(POLICIES)}
    figures: dict[str, float] = {}
    print(f"\n{kind.name}: {len(earned)} audiences, {kind.weeks} weeks of {kind.places} posts")
    for name in POLICIES[:-1]:
        mean, low, high = interval(shares[name])
        late, late_low, late_high = interval(last[name])
        print(
            f"  {name:16} {mean:6.1%} ({low:.1%} to {high:.1%})   last {LAST} weeks {late:6.1%} "
            f"({late_low:.1%} to {late_high:.1%})"
        )
        figures[f"{kind.name}_{name}_share"] = mean
        if name == "ours":
            figures |= {
                f"{kind.name}_ours_share_low": low,
                f"{kind.name}_ours_share_high": high,
                f"{kind.name}_ours_last_4_weeks": late,
            }
    for name in BASELINES:
        mean, low, high = interval(shares["ours"] - shares[name])
        print(f"  ours - {name:15} {mean:+6.1%} ({low:+.1%} to {high:+.1%})")
        figures[f"{kind.name}_lead_over_{name}_low"] = low
    return figures


def calibration(kind: Kind, counts: Array) -> dict[str, float]:
    """Print how often the intervals of one kind of market held the truth, an audience counting as one."""
    mean, low, high = interval(counts[:, 1] / counts[:, 0])
    total = counts.sum(0)
    known, wrong = float(total[2] / total[0]), float(total[3] / max(1.0, total[2]))
    print(f"  effects inside their 90 % interval {mean:.1%} ({low:.1%} to {high:.1%}); known {known:.1%}, ", end="")
    print(f"of which on the wrong side {wrong:.1%}")
    return {f"{kind.name}_held": mean, f"{kind.name}_known": known, f"{kind.name}_known_wrongly": wrong}


def weekly(results: dict[str, Array]) -> None:
    """Draw the weekly share of the oracle by kind of market and policy."""
    drawn = [name for name in ("reference", "drifting", "rich", "heavy_tails", "tiny", "slots_once") if name in results]
    colours = {"no_feedback": "#9a9a9a", "epsilon_greedy": "#c98b2b", "plain_thompson": "#2f6fa8", "ours": "#1f7a4d"}
    chosen = {name: results[name] for name in drawn}
    draw_weekly_shares(chosen, POLICIES, colours, "learning.png", of="week", columns=3, limits=(0, 1.02))


def main(argv: Sequence[str] | None = None) -> None:
    """Play every kind of market and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} audiences of each kind")
    parser.add_argument("--training", action="store_true", help="the audiences that the constants were fixed on")
    parser.add_argument("--plots", action="store_true", help="draw docs/images/learning.png")
    parser.add_argument("--seeds", type=int, default=None)
    asked = parser.parse_args(argv)
    count = asked.seeds or (QUICK if asked.quick else SEEDS)
    first = TRAINING_FROM if asked.training else HELD_OUT_FROM
    kinds = TRAINING if asked.training else HELD_OUT
    figures: dict[str, float] = {}
    results: dict[str, Array] = {}
    with ProcessPoolExecutor(WORKERS) as pool:
        for kind in kinds:
            played_out = list(pool.map(played, [kind] * count, range(first, first + count)))
            results[kind.name] = np.array([earned for earned, _ in played_out])
            figures |= report(kind, results[kind.name])
            figures |= calibration(kind, np.array([counts for _, counts in played_out]))
            sys.stdout.flush()
    if asked.plots:
        weekly(results)
    print(json.dumps({"benchmark": "learning", "figures": {name: round(value, 4) for name, value in figures.items()}}))


if __name__ == "__main__":
    main()
