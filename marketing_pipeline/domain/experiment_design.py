"""How an experiment is laid out before it starts: room in a week, noise, posts that are needed.

The planned size is the one by which the readout finds the smallest effect worth knowing with the stated power; most
experiments end earlier.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.experiment import MOST_WEEKS, Design, ExperimentInvalid, Question, block_sd
from marketing_pipeline.domain.experiment_evidence import Rule
from marketing_pipeline.domain.learning import Factor, levels_of
from marketing_pipeline.domain.week import Week

PRIOR_NOISE = 0.6
"""Standard deviation of a log figure between posts of the same levels, where a brand has too little history."""
LEAST_FREEDOM = 8
"""Posts beyond one a week from which the noise is read off a brand's own history."""
MOST_BLOCKS = 2_000
OVERSHOOT = 0.583
"""In deviations of one step: how much further a walk in steps must go than one without."""


@dataclass(frozen=True)
class Noise:
    """Standard deviation of a log figure that levels do not explain, and the posts that it is read from; 0: a prior."""

    sd: float = PRIOR_NOISE
    posts: int = 0


@dataclass(frozen=True)
class Room:
    """What a week of the brand can hold of an experiment: blocks, and the posts of each arm in one."""

    design: Design
    blocks: int
    block_posts: int


@dataclass(frozen=True)
class Layout:
    """What an experiment needs, told before it is stated."""

    room: Room
    noise: Noise
    blocks: int
    weeks: int

    @property
    def posts_per_arm(self) -> int:
        """Posts of each arm."""
        return self.blocks * self.room.block_posts

    @property
    def longest(self) -> int:
        """Weeks that it may last where nobody says otherwise: a quarter more than needed, for posts that are lost."""
        return min(MOST_WEEKS, self.weeks + max(2, self.weeks // 4))


def noise_of(rows: Sequence[tuple[str, float]]) -> Noise:
    """The noise in rows of (week, log figure less what was expected of its levels): the spread within weeks."""
    weeks = [[value for _, value in group] for _, group in groupby(sorted(rows), key=lambda row: row[0])]
    freedom = sum(len(values) - 1 for values in weeks)
    if freedom < LEAST_FREEDOM:
        return Noise()
    means = [sum(values) / len(values) for values in weeks]
    squares = sum((value - mean) ** 2 for values, mean in zip(weeks, means, strict=True) for value in values)
    return Noise(max(math.sqrt(squares / freedom), 0.05), sum(map(len, weeks)))


def place_bounds(brand: Brand, factor: Factor) -> dict[str, tuple[float, int]]:
    """Of each level the least share of a week's posts, and the most posts, as the planner keeps them."""
    count, levels = brand.posting.posts_per_week, levels_of(brand)[factor]
    if factor is Factor.PILLAR:
        alike = brand.policies.most_alike
        return {
            pillar.id: (
                pillar.least_share,
                _places(pillar.most_share if pillar.most_share < 1 else max(alike, pillar.weight), count),
            )
            for pillar in brand.pillars
        }
    most = 1 if factor is Factor.SLOT else _places(max(brand.policies.most_alike, 1 / len(levels)), count)
    return dict.fromkeys(levels, (0.0, most))


def room_for(brand: Brand, factor: Factor, level: str, against: str) -> Room:
    """How much of an experiment a week can hold within the brand's bounds."""
    count, bounds = brand.posting.posts_per_week, place_bounds(brand, factor)
    if factor is Factor.SLOT:
        return Room(Design.WITHIN_WEEK if count > 1 else Design.BY_WEEK, 1, 1)
    most = min(bounds[name][1] for name in (level, against))
    needed = sum(least for name, (least, _) in bounds.items() if name not in (level, against)) * count
    free = math.floor(count - needed + 1e-9)
    if pairs := min(most, free // 2, count // 2):
        return Room(Design.WITHIN_WEEK, pairs, 1)
    return Room(Design.BY_WEEK, 1, max(1, min(most, free)))


def layout_of(question: Question, room: Room, noise: Noise) -> Layout:
    """What the question needs. Raises ExperimentInvalid where its longest length is too short for that."""
    blocks = blocks_needed(question, block_sd(noise.sd, room.block_posts))
    weeks = _weeks(room, blocks)
    most = question.most_weeks or MOST_WEEKS
    if weeks > most:
        found = _smallest(question, room, noise, most)
        reachable = f"{found:.2f} times and more can be found in {most} weeks" if found else "no effect can be found"
        raise ExperimentInvalid(
            f"To find an effect of {question.ratio:g} times, {blocks * room.block_posts} posts of each arm are needed:"
            f" {weeks} weeks, and it may last {most}.",
            f"Ask for a larger effect ({reachable}), allow more weeks, or a larger error.",
        )
    return Layout(room, noise, blocks, weeks)


def blocks_needed(question: Question, sd: float) -> int:
    """Blocks by which the smallest effect worth knowing is found with the stated power; at most MOST_BLOCKS.

    `sd` is that of one block's difference, in logs. What a bet wins in a block is taken for a random walk with the mean
    and deviation that it has under normal noise; the chance that it has reached its goal is Wald's inverse Gaussian
    law, with the goal raised for steps that are not small: Siegmund (1985), Sequential Analysis, chapter 10.
    """
    rule = Rule(block_sd=sd, alpha=question.alpha, ratio=question.ratio)
    mean, spread = _winnings(rule)
    goal = rule.goal + OVERSHOOT * spread
    low, high = 1, MOST_BLOCKS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _chance(middle, mean, spread, goal) >= question.power else (middle + 1, high)
    return low


def _winnings(rule: Rule) -> tuple[float, float]:
    """Mean and deviation of what the right side of the bet wins in a block, in logs, were the smallest effect true."""
    import numpy as np

    at, weight = np.polynomial.hermite_e.hermegauss(60)
    won = math.log(2) - np.logaddexp(0.0, -2 * rule.stake * (math.log(rule.ratio) + rule.block_sd * at))
    mean = float(np.average(won, weights=weight))
    return mean, math.sqrt(float(np.average((won - mean) ** 2, weights=weight)))


def _chance(blocks: int, mean: float, spread: float, goal: float) -> float:
    """The chance that a random walk has reached its goal by then."""
    phi, root = NormalDist().cdf, spread * math.sqrt(blocks)
    again = math.exp(min(2 * mean * goal / spread**2, 700.0))
    return phi((mean * blocks - goal) / root) + again * phi((-mean * blocks - goal) / root)


def require_levels(brand: Brand, question: Question) -> None:
    """Return where both levels are the brand's own and differ, and the week is a Monday. Raises ExperimentInvalid."""
    known = levels_of(brand)[question.factor]
    for level in (question.level, question.against):
        if level not in known:
            raise ExperimentInvalid(
                f"{brand.id} has no {question.factor} {level!r}.", f"Its levels: {', '.join(known)}."
            )
    if question.level == question.against:
        raise ExperimentInvalid(f"{question.level} cannot be held against itself.", "Name another level.")
    try:
        Week.parse(question.first_week)
    except ValueError as error:
        raise ExperimentInvalid(
            f"{question.first_week!r} names no week.", "A week is named by its Monday, such as 2026-11-23."
        ) from error


def mix_within(mix: Mapping[str, float], bounds: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """The shares within their bounds that are nearest to those wished for and sum to 1: all moved alike, then cut."""
    low, high = -1.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        total = sum(min(max(share + middle, bounds[name][0]), bounds[name][1]) for name, share in mix.items())
        low, high = (middle, high) if total < 1 else (low, middle)
    return {name: min(max(share + high, bounds[name][0]), bounds[name][1]) for name, share in mix.items()}


def _places(share: float, count: int) -> int:
    return max(1, math.floor(share * count + 1e-9))


def _weeks(room: Room, blocks: int) -> int:
    return 2 * blocks if room.design is Design.BY_WEEK else math.ceil(blocks / room.blocks)


def _smallest(question: Question, room: Room, noise: Noise, weeks: int) -> float | None:
    """The smallest ratio that can be found within so many weeks, to the next hundredth; None above 10."""
    sd = block_sd(noise.sd, room.block_posts)
    low, high = math.floor(question.ratio * 100), 1_001
    while low < high:
        middle = (low + high) // 2
        tried = question.model_copy(update={"ratio": middle / 100})
        low, high = (low, middle) if _weeks(room, blocks_needed(tried, sd)) <= weeks else (middle + 1, high)
    return low / 100 if low <= 1_000 else None
