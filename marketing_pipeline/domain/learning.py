"""What worked: shrunken effects of pillar, format, hook and slot, and the mix they recommend."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.plan import Hook

PRIOR_SD = 0.35
"""Prior standard deviation of an effect on the log scale: a level rarely does more than double or halve a post."""
LEAST_NOISE_SD = 0.2
SWEEPS = 60
Z90 = 1.645


class Factor(StrEnum):
    """What code decides about a post, and so learns about."""

    PILLAR = "pillar"
    FORMAT = "format"
    HOOK = "hook"
    SLOT = "slot"


class FactorEffect(BaseModel):
    """Effect of one level against the brand's average post, as a multiple of engagement, with a 90 % interval."""

    model_config = ConfigDict(frozen=True)

    factor: Factor
    level: str
    log_effect: float
    log_sd: float
    posts: int
    evidence: tuple[PostId, ...]

    @property
    def multiple(self) -> float:
        """1.3 means 30 % more engagement than the average post."""
        return math.exp(self.log_effect)

    @property
    def low(self) -> float:
        """Lower end of the 90 % interval of `multiple`."""
        return math.exp(self.log_effect - Z90 * self.log_sd)

    @property
    def high(self) -> float:
        """Upper end of the 90 % interval of `multiple`."""
        return math.exp(self.log_effect + Z90 * self.log_sd)

    @property
    def known(self) -> bool:
        """Whether the interval excludes 'no difference'."""
        return self.low > 1 or self.high < 1

    def sentence(self) -> str:
        """In words, with the interval, or an honest 'not known yet'."""
        if not self.known:
            return (
                f"{self.factor} {self.level}: not known yet ({self.posts} posts, {self.low:.2f} to {self.high:.2f} x)"
            )
        word = "above" if self.log_effect > 0 else "below"
        return (
            f"{self.factor} {self.level}: {abs(self.multiple - 1):.0%} {word} average "
            f"({self.low:.2f} to {self.high:.2f} x, {self.posts} posts)"
        )


class Learnings(BaseModel):
    """What is known going into a week."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    week: str
    computed_at: datetime
    posts: int
    effects: tuple[FactorEffect, ...]
    mix: Annotated[
        dict[Factor, dict[str, float]], Field(description="Recommended shares of each level; each sums to 1")
    ]

    def effect(self, factor: Factor, level: str) -> FactorEffect | None:
        """The effect of a level, if it is one of the brand's."""
        return next((item for item in self.effects if item.factor is factor and item.level == level), None)


class LearningNote(BaseModel):
    """The analyst's words for one thing learnt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factor: Factor
    level: str
    statement: Annotated[str, Field(min_length=15, max_length=300)]
    why: Annotated[str, Field(min_length=15, max_length=400, description="A likely cause, marked as a guess")]
    recommendation: Annotated[str, Field(min_length=10, max_length=300)]


class Analysis(BaseModel):
    """The analyst's answer: what worked and why, beside the computed effects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: Annotated[str, Field(min_length=20, max_length=900)]
    notes: Annotated[tuple[LearningNote, ...], Field(max_length=8)]


def levels_of(brand: Brand) -> dict[Factor, tuple[str, ...]]:
    """Every level that the brand may choose, by factor."""
    return {
        Factor.PILLAR: tuple(pillar.id for pillar in brand.pillars),
        Factor.FORMAT: tuple(PostFormat),
        Factor.HOOK: tuple(Hook),
        Factor.SLOT: tuple(slot.id for slot in brand.posting.slots),
    }


def learn(brand: Brand, week: str, rows: Sequence[PostPerformance], now: datetime) -> Learnings:
    """Estimate additive effects on log engagement with shrinkage, and the mix for next week.

    The model is y = mean + pillar + format + hook + slot + noise on log(1 + engagement), each effect with prior
    N(0, PRIOR_SD^2), fitted by coordinate-wise posterior means; the noise comes from the residuals, never below
    LEAST_NOISE_SD. Posts younger than a day, or with an absent metric, are left out rather than counted as zero.
    """
    levels = levels_of(brand)
    usable = [row for row in rows if row.engagement is not None and row.age_hours >= 24]
    outcome = {row.post: math.log1p(row.engagement or 0.0) - _growth(row.age_hours) for row in usable}
    members = {
        (factor, level): tuple(row.post for row in usable if _level(row, factor) == level)
        for factor, known in levels.items()
        for level in known
    }
    effects, noise = _fit(usable, outcome, members)
    found = tuple(
        FactorEffect(
            factor=factor,
            level=level,
            log_effect=effects[factor, level],
            log_sd=math.sqrt(1 / (1 / PRIOR_SD**2 + len(posts) / noise**2)),
            posts=len(posts),
            evidence=posts,
        )
        for (factor, level), posts in members.items()
    )
    mix = {factor: _mix(brand, factor, [item for item in found if item.factor is factor]) for factor in Factor}
    return Learnings(brand=brand.brand_id, week=week, computed_at=now, posts=len(usable), effects=found, mix=mix)


def _level(row: PostPerformance, factor: Factor) -> str:
    return str(
        {Factor.PILLAR: row.pillar, Factor.FORMAT: row.format, Factor.HOOK: row.hook, Factor.SLOT: row.slot}[factor]
    )


def _growth(age_hours: float) -> float:
    """Log share of its final engagement that a post of this age has: 1 - exp(-age / 30 h), so that ages compare."""
    return math.log(1 - math.exp(-age_hours / 30))


def _fit(
    rows: Sequence[PostPerformance],
    outcome: Mapping[PostId, float],
    members: Mapping[tuple[Factor, str], tuple[PostId, ...]],
) -> tuple[dict[tuple[Factor, str], float], float]:
    effects = dict.fromkeys(members, 0.0)
    if not rows:
        return effects, 1.0
    keys = {row.post: [(factor, _level(row, factor)) for factor in Factor] for row in rows}
    mean = sum(outcome.values()) / len(outcome)
    noise = 0.5
    for _ in range(SWEEPS):
        fitted = {post: mean + sum(effects.get(key, 0.0) for key in keys[post]) for post in outcome}
        for key, posts in members.items():
            if posts:
                rest = sum(outcome[post] - fitted[post] + effects[key] for post in posts)
                updated = (rest / noise**2) / (len(posts) / noise**2 + 1 / PRIOR_SD**2)
                for post in posts:
                    fitted[post] += updated - effects[key]
                effects[key] = updated
        mean += sum(outcome[post] - fitted[post] for post in outcome) / len(outcome)
        spread = sum((outcome[post] - fitted[post]) ** 2 for post in outcome) / max(1.0, len(outcome) - 4.0)
        noise = max(LEAST_NOISE_SD, math.sqrt(spread))
    return effects, noise


def _mix(brand: Brand, factor: Factor, effects: Sequence[FactorEffect]) -> dict[str, float]:
    """Shares: base weight x exp(2 x effect, trusted as far as it is known), with a floor kept for exploration."""
    base = {pillar.id: pillar.weight for pillar in brand.pillars} if factor is Factor.PILLAR else {}
    explore = brand.policies.exploration_share
    raw = {item.level: base.get(item.level, 1 / len(effects)) * math.exp(2 * item.log_effect) for item in effects}
    total = sum(raw.values())
    return {level: explore / len(raw) + (1 - explore) * value / total for level, value in raw.items()}
