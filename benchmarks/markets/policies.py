"""What is compared: policies that choose the posts of a week from what was measured before it."""

import random
from collections.abc import Callable

import numpy as np

from benchmarks.markets.world import FIGURES, World, best_now, used_up
from marketing_pipeline.domain.appeal import Appeals, appeals_of, figures_of
from marketing_pipeline.domain.arrangement import Promise, arranged, counted
from marketing_pipeline.domain.effect_kernel import Posts
from marketing_pipeline.domain.effect_model import posterior_of
from marketing_pipeline.domain.effect_posterior import EffectPosterior
from marketing_pipeline.domain.exploration import Ask, shares_of
from marketing_pipeline.domain.learning_engine import repeated
from marketing_pipeline.domain.spreads import Spreads

Plan = list[tuple[int, ...]]
Policy = Callable[[World, int, np.random.Generator], Plan]
EXPLORE = 0.2
EPSILON = 0.15
PRIOR, NOISE = 0.35, 0.5


def no_feedback(world: World, week: int, dice: np.random.Generator) -> Plan:
    """Every level as often as every other, whatever was measured."""
    kind = world.kind
    posts: Plan = []
    while len(posts) < kind.places:
        free = [np.setdiff1d(np.arange(size), used_up(kind, posts, f)) for f, size in enumerate(kind.sizes)]
        posts.append(tuple(int(dice.choice(levels)) for levels in free))
    return posts


def epsilon_greedy(world: World, week: int, dice: np.random.Generator) -> Plan:
    """The levels with the best mean so far; now and then any combination at all."""
    if week == 0:
        return no_feedback(world, week, dice)
    mean = _additive(world)[0]
    tried = no_feedback(world, week, dice)
    return _distinct(world, [mean if dice.random() > EPSILON else _as_values(world, post) for post in tried])


def plain_thompson(world: World, week: int, dice: np.random.Generator) -> Plan:
    """Thompson sampling on additive effects of one figure, told the true spreads of the reference world."""
    mean, covariance = _additive(world)
    root = np.linalg.cholesky(covariance)
    return _distinct(world, [mean + root @ dice.normal(size=len(mean)) for _ in range(world.kind.places)])


def ours(world: World, week: int, dice: np.random.Generator) -> Plan:
    """The engine, with all that a post tells."""
    return _engine(world, week, dice, FIGURES)


def ours_one_figure(world: World, week: int, dice: np.random.Generator) -> Plan:
    """The engine, told of one figure only."""
    return _engine(world, week, dice, ("likes",))


def informed(world: World, week: int, dice: np.random.Generator) -> Plan:
    """A planner told each post's true appeal plus the noise that its figures share, at once and in full.

    It also knows every spread, and chooses as the engine does. What it misses is what measuring better cannot mend.
    """
    kind = world.kind
    levels = np.array([post.levels for post in world.posts], dtype=np.int64).reshape(-1, len(kind.sizes))
    now = 7 * (week - 1) + kind.plan_hour / 24
    days = np.array([post.day - now for post in world.posts])
    spreads = Spreads(
        levels=(kind.effect,) * len(kind.sizes),
        noise=max(kind.shared, 0.05),
        drift=(kind.drift / kind.effect) ** 2 / 2,
        pairs=kind.pairs,
        season=kind.season / 2**0.5,
        fatigue=kind.fatigue,
    )
    appeals = Appeals(np.array([post.clear for post in world.posts]), np.full(len(days), 1e-4))
    posterior = posterior_of(kind.sizes, (0, 1, 2), Posts(levels, days), appeals, known=spreads)
    return _planned(world, week, dice, posterior, Posts(levels, days))


def oracle(world: World, week: int, dice: np.random.Generator) -> Plan:
    """One who knows the market."""
    return best_now(world, week)


def _additive(world: World) -> "tuple[np.ndarray, np.ndarray]":
    sizes = world.kind.sizes
    posts = world.posts
    width = sum(sizes) + 1
    rows = np.zeros((len(posts), width))
    rows[:, -1] = 1
    starts = np.cumsum([0, *sizes[:-1]])
    for line, post in zip(rows, posts, strict=True):
        line[starts + np.array(post.levels)] = 1
    precision = np.diag([1 / PRIOR**2] * (width - 1) + [0.25]) + rows.T @ rows / NOISE**2
    covariance = np.linalg.inv(precision)
    return covariance @ rows.T @ np.array([post.one for post in posts]) / NOISE**2, (covariance + covariance.T) / 2


def _distinct(world: World, values: "list[np.ndarray]") -> Plan:
    """The best levels under each vector of values, none used more often than a week may."""
    starts = np.cumsum([0, *world.kind.sizes])
    posts: Plan = []
    for line in values:
        parts = [line[starts[f] : starts[f + 1]].copy() for f in range(len(world.kind.sizes))]
        for f, part in enumerate(parts):
            part[used_up(world.kind, posts, f)] = -np.inf
        posts.append(tuple(int(part.argmax()) for part in parts))
    return posts


def _as_values(world: World, post: tuple[int, ...]) -> "np.ndarray":
    return np.concatenate([np.arange(size) == level for size, level in zip(world.kind.sizes, post, strict=True)]) * 9.0


def known_before(world: World, week: int, figures: tuple[str, ...] = FIGURES) -> tuple[EffectPosterior, Posts]:
    """What the engine knows when a week is planned, and the posts that it knows it from."""
    rows, levels, days = world.rows(week, figures)
    posts = Posts(levels, days)
    return posterior_of(world.kind.sizes, (0, 1, 2), posts, appeals_of(figures_of(rows))), posts


def _engine(world: World, week: int, dice: np.random.Generator, figures: tuple[str, ...]) -> Plan:
    return _planned(world, week, dice, *known_before(world, week, figures))


def _planned(world: World, week: int, dice: np.random.Generator, posterior: EffectPosterior, posts: Posts) -> Plan:
    kind = world.kind
    first = world.days(week)[0] - (7 * (week - 1) + kind.plan_hour / 24)
    tired = [repeated(posts.levels[:, f], posts.days, size, first) for f, size in enumerate(kind.sizes[:3])]
    bounds = {
        f: (np.zeros(size), np.full(size, max(kind.most_alike, 1 / size))) for f, size in enumerate(kind.sizes[:3])
    }
    base = [np.ones(size) for size in kind.sizes]
    shares = shares_of(posterior, Ask(kind.places, EXPLORE, base, tired, once=kind.once, bounds=bounds))
    chance = random.Random(int(dice.integers(2**31)))
    columns = [counted(dict(enumerate(share)), kind.places, chance) for share in shares]
    arrangement = arranged(columns, world.days(week), _promise(posterior), chance)
    return [tuple(int(str(level)) for level in post) for post in arrangement]


def _promise(posterior: EffectPosterior) -> Promise:
    mean = posterior.mean
    pairs: dict[tuple[int, object, int, object], float] = {}
    for number, (f, g) in enumerate(posterior.pairs):
        table = mean[posterior.of_pair(number)].reshape(posterior.sizes[f], posterior.sizes[g])
        pairs |= {(f, a, g, b): float(table[a, b]) for a, b in np.ndindex(*table.shape)}
    tired = mean[posterior.of_fatigue]
    fatigue = (
        {f: float(tired[number]) for number, f in enumerate(posterior.tiring)} if posterior.spreads.fatigue else {}
    )
    return Promise(pairs=pairs, fatigue=fatigue)  # pyright: ignore[reportArgumentType]
