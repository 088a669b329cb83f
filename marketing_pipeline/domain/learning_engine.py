"""From the rows of published posts to learnings: appeals, the joint posterior of all effects, and next week's mix."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from marketing_pipeline.domain.appeal import appeals_of, figures_of, telling
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect_kernel import FATIGUE_DAYS, Posts
from marketing_pipeline.domain.effect_model import MOST_POSTS, posterior_of
from marketing_pipeline.domain.effect_posterior import EffectPosterior
from marketing_pipeline.domain.exploration import Ask, shares_of
from marketing_pipeline.domain.learning import (
    Factor,
    FactorEffect,
    FurtherEffect,
    FurtherKind,
    Learnings,
    levels_of,
)
from marketing_pipeline.domain.metrics import PostPerformance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TIRING = (Factor.PILLAR, Factor.FORMAT, Factor.HOOK)
"""What people tire of when it is repeated; a slot comes back every week by nature."""
WEEK_AHEAD_DAYS = 2.0
"""About how long after planning the week begins."""
WORTH_A_ROW = 0.03
"""A pair of levels that adds less than this, in logs, is left out of what is stored."""


def learn(brand: Brand, week: str, rows: Sequence[PostPerformance], now: datetime) -> Learnings:
    """What the posts teach, and the mix for the coming week, from the newest MOST_POSTS posts.

    A post counts by whatever was measured of it, at any age; a figure that is absent is left out, never taken for
    zero, and a young one is read through the growth curve with the doubt that goes with it.
    """
    import numpy as np

    levels = levels_of(brand)
    used = sorted(telling(rows), key=lambda row: (row.published_at, row.post))[-MOST_POSTS:]
    numbers = [[_number(levels[factor], level_of(row, factor)) for factor in Factor] for row in used]
    posts = Posts(
        levels=np.array(numbers, dtype=np.int64).reshape(len(used), len(Factor)),
        days=np.array([(row.published_at - now) / timedelta(days=1) for row in used], dtype=np.float64),
    )
    tiring = [list(Factor).index(factor) for factor in TIRING]
    posterior = posterior_of([len(levels[factor]) for factor in Factor], tiring, posts, appeals_of(figures_of(used)))
    shares = shares_of(posterior, _ask(brand, posts, tiring))
    further = (*_pairs(brand, posterior, used), *_others(posterior, used))
    return Learnings(
        brand=brand.brand_id,
        week=week,
        computed_at=now,
        posts=len(used),
        effects=tuple(_effects(brand, posterior, used)),
        mix={
            factor: {level: float(share) for level, share in zip(levels[factor], shares[number], strict=True)}
            for number, factor in enumerate(Factor)
        },
        further=tuple(sorted(further, key=lambda item: (item.kind, item.level))),
    )


def level_of(row: PostPerformance, factor: Factor) -> str:
    """The level of a factor that a post had."""
    return str(getattr(row, factor.value))


def repeated(levels: "NDArray[np.int64]", days: "Array", size: int, at: float) -> "Array":
    """How much each of `size` levels was repeated before the day `at`: each post counts exp(-days before / 4)."""
    import numpy as np

    used = levels >= 0
    counted = np.zeros(size)
    np.add.at(counted, levels[used], np.exp((days[used] - at) / FATIGUE_DAYS))
    return counted


def _number(levels: Sequence[str], level: str) -> int:
    return levels.index(level) if level in levels else -1


def _ask(brand: Brand, posts: Posts, tiring: Sequence[int]) -> Ask:

    levels, factors = levels_of(brand), list(Factor)
    return Ask(
        places=brand.posting.posts_per_week,
        explore=brand.policies.exploration_share,
        base=[_weights(brand, factor) for factor in Factor],
        tired=[repeated(posts.levels[:, f], posts.days, len(levels[factors[f]]), WEEK_AHEAD_DAYS) for f in tiring],
        once=factors.index(Factor.SLOT),
        bounds={factors.index(factor): _bounds(brand, factor) for factor in TIRING},
    )


def _weights(brand: Brand, factor: Factor) -> "Array":
    """Shares before anything is learnt."""
    import numpy as np

    if factor is Factor.PILLAR:
        return np.array([pillar.weight for pillar in brand.pillars])
    number = len(levels_of(brand)[factor])
    return np.full(number, 1 / number)


def _bounds(brand: Brand, factor: Factor) -> "tuple[Array, Array]":
    """Least and most share of each level; what the strategy itself gives a level is never too much of it."""
    import numpy as np

    weights = _weights(brand, factor)
    most = np.maximum(brand.policies.most_alike, weights)
    if factor is not Factor.PILLAR:
        return np.zeros(len(weights)), most
    own = np.array([pillar.most_share for pillar in brand.pillars])
    return np.array([pillar.least_share for pillar in brand.pillars]), np.where(own < 1, own, most)


def _effects(brand: Brand, posterior: EffectPosterior, used: Sequence[PostPerformance]) -> list[FactorEffect]:
    """Each level against the average of its factor's levels."""
    found: list[FactorEffect] = []
    for number, factor in enumerate(Factor):
        levels = levels_of(brand)[factor]
        effects = posterior.against_average(number)
        for level, mean, sd in zip(levels, effects.mean, effects.sd, strict=True):
            evidence = tuple(row.post for row in used if level_of(row, factor) == level)
            found.append(
                FactorEffect(
                    factor=factor,
                    level=level,
                    log_effect=float(mean),
                    log_sd=float(sd),
                    posts=len(evidence),
                    evidence=evidence,
                )
            )
    return found


def _pairs(brand: Brand, posterior: EffectPosterior, used: Sequence[PostPerformance]) -> list[FurtherEffect]:
    levels, factors = levels_of(brand), list(Factor)
    found: list[FurtherEffect] = []
    for number, (f, g) in enumerate(posterior.pairs):
        first, second = factors[f], factors[g]
        entries = range(posterior.of_pair(number).start, posterior.of_pair(number).stop)
        for entry, (one, other) in zip(entries, product(levels[first], levels[second]), strict=True):
            if abs(posterior.mean[entry]) >= WORTH_A_ROW:
                level, both = f"{first}={one} & {second}={other}", {(first, one), (second, other)}
                evidence = [row for row in used if all(level_of(row, factor) == name for factor, name in both)]
                found.append(_further(FurtherKind.PAIR, level, posterior, entry, evidence))
    return found


def _others(posterior: EffectPosterior, used: Sequence[PostPerformance]) -> list[FurtherEffect]:
    """Fatigue, season and drift, where the posts speak for them."""
    found: list[FurtherEffect] = []
    spreads = posterior.spreads
    if spreads.fatigue:
        entries = range(posterior.of_fatigue.start, posterior.of_fatigue.stop)
        found += [
            _further(FurtherKind.FATIGUE, factor, posterior, entry, used)
            for factor, entry in zip(TIRING, entries, strict=True)
        ]
    evidence = tuple(row.post for row in used)
    if spreads.season:
        season = FurtherEffect(
            kind=FurtherKind.SEASON,
            level="now",
            log_effect=posterior.season_now,
            log_sd=posterior.season_sd,
            posts=len(used),
            evidence=evidence,
        )
        found.append(season)
    if spreads.drift:
        moved = max(spreads.levels) * (2 * spreads.drift) ** 0.5
        found.append(
            FurtherEffect(
                kind=FurtherKind.DRIFT, level="week", log_effect=moved, log_sd=0.0, posts=len(used), evidence=evidence
            )
        )
    return found


def _further(
    kind: FurtherKind, level: str, posterior: EffectPosterior, entry: int, evidence: Sequence[PostPerformance]
) -> FurtherEffect:
    return FurtherEffect(
        kind=kind,
        level=level,
        log_effect=float(posterior.mean[entry]),
        log_sd=float(max(posterior.covariance[entry, entry], 0.0)) ** 0.5,
        posts=len(evidence),
        evidence=tuple(row.post for row in evidence),
    )
