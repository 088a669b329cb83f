"""How often experiments are wrong, how often they find what they were planned for, and how many posts that takes.

No network, about a minute. Run it with `make bench NAME=experiments`; `ARGS=--quick` takes a tenth of the runs. Pairs
of posts are drawn in several kinds of noise and looked at after each pair. Beside the readout stand a Welch test that
is repeated at each look, one Welch test at the end, and the anytime-valid t-test of normal differences with a right
Haar prior: Gronau, Ly & Wagenmakers (2020), Informed Bayesian t-tests, American Statistician 74; Wang & Ramdas,
Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance, arXiv:2310.03722.
"""

import argparse
import json
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from marketing_pipeline.domain.experiment import Question, Verdict, block_sd
from marketing_pipeline.domain.experiment_design import blocks_needed
from marketing_pipeline.domain.experiment_evidence import Rule, evidence_of
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor

Array = NDArray[np.float64]
RUNS = 2_000
ALPHA, POWER = 0.1, 0.8
PLANNED_NOISE = 0.4
RATIOS = (1.2, 1.3, 1.5, 2.0)
LEAST = 3
SEED = 11
QUESTION = Question(
    brand=BrandId("bench"),
    factor=Factor.HOOK,
    level="question",
    against="list",
    alpha=ALPHA,
    power=POWER,
    first_week="2026-01-05",
)


def normal(dice: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """As planned."""
    return dice.normal(0, PLANNED_NOISE, shape)


def larger(dice: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Twice what was planned."""
    return dice.normal(0, 2 * PLANNED_NOISE, shape)


def heavy(dice: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Student's t with 2 degrees of freedom: posts that go viral, and posts that nobody sees."""
    return 0.7 * PLANNED_NOISE * dice.standard_t(2, shape)


def bursts(dice: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Quiet posts, and one in ten with noise five times as large."""
    return dice.normal(0, PLANNED_NOISE, shape) * np.where(dice.random(shape) < 0.1, 5.0, 0.7)


def drifting(dice: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """An account whose level wanders, and whose noise grows threefold."""
    wander = np.cumsum(dice.normal(0, 0.15, shape[:-1]), axis=-1)[..., None]
    return dice.normal(0, PLANNED_NOISE, shape) * np.linspace(0.5, 1.5, shape[-2])[:, None] + wander


NOISES: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "normal": normal, "larger": larger, "heavy": heavy, "bursts": bursts, "drifting": drifting,
}  # fmt: skip


def posts_of(kind: str, effect: float, runs: int, blocks: int) -> Array:
    """Log figures: runs x pairs x (level, against)."""
    dice = np.random.default_rng([SEED, sorted(NOISES).index(kind), blocks])
    figures = NOISES[kind](dice, (runs, blocks, 2))
    figures[..., 0] += effect
    return figures


def read_ours(posts: Array, rule: Rule) -> tuple[list[Verdict], Array]:
    """The verdict of each run, and the pair at which it came."""
    verdicts: list[Verdict] = []
    when: list[int] = []
    for differences in posts[..., 0] - posts[..., 1]:
        looks = [step.verdict(rule.ratio) for step in evidence_of(differences.tolist(), rule)]
        at = next((number for number, verdict in enumerate(looks) if verdict is not Verdict.OPEN), len(looks) - 1)
        verdicts.append(looks[at])
        when.append(at + 1)
    return verdicts, np.array(when, dtype=np.float64)


def running(values: Array) -> tuple[Array, Array, Array]:
    """Counts, means and variances after each pair."""
    count = np.arange(1, values.shape[1] + 1, dtype=np.float64)
    mean = np.cumsum(values, axis=1) / count
    squares = np.cumsum(values**2, axis=1) - count * mean**2
    return count, mean, squares / np.maximum(count - 1, 1)


def welch_finds(posts: Array) -> tuple[float, float]:
    """How often a Welch test finds a difference at any look from LEAST posts of each arm, and how often at the end."""
    count, first, spread = running(posts[..., 0])
    _, second, other = running(posts[..., 1])
    parts = spread / count, other / count
    freedom = (parts[0] + parts[1]) ** 2 / np.maximum(
        (parts[0] ** 2 + parts[1] ** 2) / np.maximum(count - 1, 1), 1e-300
    )
    said = np.abs(first - second) > critical(freedom) * np.sqrt(parts[0] + parts[1])
    return float(np.mean(said[:, LEAST - 1 :].any(1))), float(np.mean(said[:, -1]))


def critical(freedom: Array) -> Array:
    """Student's two-sided quantile, from a table of draws with a fixed seed."""
    dice = np.random.default_rng(1)
    known = np.concatenate([np.arange(1.0, 31.0), [40.0, 60.0, 120.0, 400.0]])
    table = [float(np.quantile(np.abs(dice.standard_t(each, 100_000)), 1 - ALPHA)) for each in known]
    return np.asarray(np.interp(freedom, known, table), dtype=np.float64)


def haar_finds(posts: Array, rule: Rule) -> tuple[float, float]:
    """The anytime-valid t-test on the pairs: how often it finds a difference, and the mean pair at which it ends."""
    count, mean, spread = running(posts[..., 0] - posts[..., 1])
    prior = (math.log(rule.ratio) / rule.block_sd) ** 2
    squared = count * mean**2 / np.maximum(spread, 1e-300)
    freedom, wide = np.maximum(count - 1, 1), 1 + count * prior
    logs = -0.5 * np.log(wide) + (freedom + 1) / 2 * (
        np.log1p(squared / freedom) - np.log1p(squared / (freedom * wide))
    )
    said = (logs >= math.log(1 / rule.alpha)) & (count > 1)
    ended = [int(row.argmax()) + 1 if row.any() else len(row) for row in said]
    return float(np.mean(said.any(1))), float(np.mean(ended))


def false_verdicts(runs: int) -> dict[str, float]:
    """How often each method finds a difference where there is none, looking after every pair."""
    sd = block_sd(PLANNED_NOISE, 1)
    blocks = blocks_needed(QUESTION, sd)
    rule = Rule(block_sd=sd, alpha=ALPHA, ratio=QUESTION.ratio)
    figures: dict[str, float] = {}
    print(f"No difference, {blocks} pairs, a look after each; at most {ALPHA:.0%} may find one ({runs} runs)")
    print(f"  {'noise':10} {'readout':>9} {'t-test, any time':>17} {'Welch repeated':>15} {'Welch at the end':>17}")
    for kind in NOISES:
        posts = posts_of(kind, 0.0, runs, blocks)
        verdicts, _ = read_ours(posts, rule)
        wrong = sum(verdict in (Verdict.LEVEL_BETTER, Verdict.AGAINST_BETTER) for verdict in verdicts) / runs
        (haar, _), (repeated, once) = haar_finds(posts, rule), welch_finds(posts)
        print(f"  {kind:10} {wrong:9.1%} {haar:17.1%} {repeated:15.1%} {once:17.1%}")
        figures[f"false_{kind}"] = wrong
        figures[f"false_{kind}_welch_repeated"] = repeated
        figures[f"false_{kind}_haar"] = haar
    return figures


def power(runs: int) -> dict[str, float]:
    """How often the planned size finds the smallest effect worth knowing, and after how many posts."""
    figures: dict[str, float] = {}
    sd = block_sd(PLANNED_NOISE, 1)
    print(f"\nThe smallest effect is true, noise {PLANNED_NOISE}, wanted {POWER:.0%}; posts are of each arm")
    print(
        f"  {'ratio':>5} {'planned':>8} {'found':>7} {'mean posts':>11} {'t-test':>7} {'mean posts':>11}"
        f" {'one Welch':>10}"
    )
    for ratio in RATIOS:
        question = QUESTION.model_copy(update={"ratio": ratio})
        blocks, rule = blocks_needed(question, sd), Rule(block_sd=sd, alpha=ALPHA, ratio=ratio)
        posts = posts_of("normal", math.log(ratio), runs, blocks)
        verdicts, when = read_ours(posts, rule)
        found = sum(verdict is Verdict.LEVEL_BETTER for verdict in verdicts) / runs
        haar, haar_when = haar_finds(posts, rule)
        single = math.ceil(((1.645 + 0.842) * sd / math.log(ratio)) ** 2)
        print(f"  {ratio:5.1f} {blocks:8} {found:7.1%} {when.mean():11.1f} {haar:7.1%} {haar_when:11.1f} {single:10}")
        figures |= {f"power_{ratio}": found, f"planned_{ratio}": blocks, f"mean_posts_{ratio}": float(when.mean())}
    return figures


def nothing_there(runs: int) -> dict[str, float]:
    """How soon it is said that there is nothing worth knowing, and how often the interval misses the truth."""
    sd = block_sd(PLANNED_NOISE, 1)
    blocks, rule = blocks_needed(QUESTION, sd), Rule(block_sd=sd, alpha=ALPHA, ratio=QUESTION.ratio)
    verdicts, when = read_ours(posts_of("normal", 0.0, runs, blocks), rule)
    alike = sum(verdict is Verdict.ALIKE for verdict in verdicts) / runs
    missed = 0
    for row in posts_of("heavy", math.log(1.2), runs, blocks):
        last = evidence_of((row[:, 0] - row[:, 1]).tolist(), rule)[-1]
        missed += not (-9 if last.low is None else last.low) <= math.log(1.2) <= (9 if last.high is None else last.high)
    print(f"\nNo difference: {alike:.1%} are told to be alike; mean posts of each arm {when.mean():.1f} of {blocks}")
    print(f"Intervals that missed a true 1.2 times at any look, heavy tails: {missed / runs:.1%} (at most {ALPHA:.0%})")
    return {"told_alike": alike, "mean_posts_alike": float(when.mean()), "missed_heavy": missed / runs}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables and one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    runs = RUNS // 10 if parser.parse_args(argv).quick else RUNS
    figures = false_verdicts(runs) | power(runs) | nothing_there(runs)
    print(
        json.dumps({"benchmark": "experiments", "figures": {name: round(value, 4) for name, value in figures.items()}})
    )


if __name__ == "__main__":
    main()
