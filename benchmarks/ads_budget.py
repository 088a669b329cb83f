"""How much of what an all-knowing planner would get is got by moving budgets: 8 weeks in seeded ad accounts.

No network. Run it with `make bench NAME=ads_budget`; `ARGS=--quick` takes few accounts, `ARGS=--training` those on
which constants were fixed. Every policy plays the same accounts with the same luck and the same sum of daily budgets;
shares are of the unbounded oracle's expected conversions, with 95 % intervals by bootstrap over accounts. `--plots`
draws docs/images/ads_budget.png (matplotlib).
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.ads.budget_kinds import KINDS, TRAINING, account
from benchmarks.ads.budget_market import WEEKS, Account, Array, Kind
from benchmarks.ads.budget_policies import POLICIES, Product
from benchmarks.markets.weekly_shares import draw_weekly_shares

ACCOUNTS, QUICK = 32, 3
HELD_OUT_FROM, TRAINING_FROM = 5_000, 1_000
LAST = 4
BOOTSTRAPS = 4_000
WORKERS = 2


def play(opened: Account, name: str) -> tuple[Array, Array, Counter[str]]:
    """Expected conversions and spend by week of an account under one policy, and the bounds that it broke."""
    played = deepcopy(opened)
    policy = POLICIES[name](played)
    for _ in range(7 * WEEKS):
        policy.morning(played.today)
        played.live(policy.budgets)
    weekly = [np.array(days[-7 * WEEKS :]).sum(1).reshape(WEEKS, 7).sum(1) for days in (played.expected, played.spent)]
    return weekly[0], weekly[1], policy.broken if isinstance(policy, Product) else Counter()


def played(kind: Kind, seed: int) -> tuple[list[Array], list[Array], int]:
    """One account under every policy: conversions, spends, and how many bounds the product broke."""
    opened = account(kind, seed)
    results = [play(opened, name) for name in POLICIES]
    broken = sum((broken for _, _, broken in results), Counter[str]())
    return [result[0] for result in results], [result[1] for result in results], broken.total()


def interval(values: Array) -> tuple[float, float, float]:
    """Mean with the 95 % interval of 4,000 bootstrap samples."""
    dice = np.random.default_rng(1)
    means = values[dice.integers(len(values), size=(BOOTSTRAPS, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def report(kind: Kind, got: Array, spent: Array) -> dict[str, float]:
    """Print one kind; both arrays are accounts x policies x weeks. Returns its figures."""
    names = list(POLICIES)
    oracle, bounded = got[:, names.index("oracle")], got[:, names.index("bounded_oracle")]
    money = spent[:, names.index("oracle")].sum(1)
    label = kind.name.replace(" ", "_")
    figures: dict[str, float] = {}
    print(f"\n{kind.name}: {len(got)} accounts; share of the oracle's conversions")
    for number, name in enumerate(names[:-1]):
        own = got[:, number]
        late = interval(own[:, -LAST:].sum(1) / oracle[:, -LAST:].sum(1))
        last = interval(own[:, -1] / oracle[:, -1])
        spend = float((spent[:, number].sum(1) / money).mean())
        by_week = " ".join(f"{share:.3f}" for share in (own / oracle).mean(0))
        print(
            f"  {name:15} {by_week}   weeks 5-8 {late[0]:.3f} ({late[1]:.3f} to {late[2]:.3f})   "
            f"week 8 {last[0]:.3f} ({last[1]:.3f} to {last[2]:.3f})   spend {spend:.3f}"
        )
        figures |= {f"{label}_{name}_weeks_5_8": late[0], f"{label}_{name}_week_8": last[0]}
        if name == "ours":
            against = interval(own[:, -LAST:].sum(1) / bounded[:, -LAST:].sum(1))
            figures |= {
                f"{label}_ours_weeks_5_8_low": late[1],
                f"{label}_ours_weeks_5_8_high": late[2],
                f"{label}_ours_of_bounded_oracle": against[0],
                f"{label}_ours_spend": spend,
            }
    return figures


def draw(results: dict[str, Array]) -> None:
    """Draw the share of the oracle by week, a panel for each kind."""
    colours = {
        "leave_alone": "#9a9a9a",
        "equal_split": "#b06a8f",
        "rule_of_thumb": "#c98b2b",
        "bounded_oracle": "#2f6fa8",
        "ours": "#1f7a4d",
    }
    draw_weekly_shares(
        results, list(POLICIES), colours, "ads_budget.png", of="conversions", columns=4, limits=(0.75, 1.02), aim=0.95
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Play every kind of account and print what came of it. Fails where the product broke a bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} accounts of each kind")
    parser.add_argument("--training", action="store_true", help="the accounts that the constants were fixed on")
    parser.add_argument("--plots", action="store_true", help="draw docs/images/ads_budget.png")
    parser.add_argument("--accounts", type=int, default=None)
    asked = parser.parse_args(argv)
    count = asked.accounts or (QUICK if asked.quick else ACCOUNTS)
    first = TRAINING_FROM if asked.training else HELD_OUT_FROM
    figures: dict[str, float] = {}
    results: dict[str, Array] = {}
    broken = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        for kind in TRAINING if asked.training else KINDS:
            accounts = list(pool.map(played, [kind] * count, range(first, first + count)))
            results[kind.name] = np.array([got for got, _, _ in accounts])
            figures |= report(kind, results[kind.name], np.array([spent for _, spent, _ in accounts]))
            broken += sum(violations for _, _, violations in accounts)
            sys.stdout.flush()
    if asked.plots:
        draw(results)
    print(f"\nbounds broken by the product: {broken}")
    figures["bounds_broken"] = broken
    print(
        json.dumps({"benchmark": "ads_budget", "figures": {name: round(value, 4) for name, value in figures.items()}})
    )
    if broken:
        sys.exit(1)


if __name__ == "__main__":
    main()
