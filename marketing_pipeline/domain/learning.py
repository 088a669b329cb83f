"""What worked: effects of pillar, format, hook and slot, alone and in pairs, and the mix they recommend."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.plan import Hook

Z90 = 1.645


class Factor(StrEnum):
    """What code decides about a post, and so learns about."""

    PILLAR = "pillar"
    FORMAT = "format"
    HOOK = "hook"
    SLOT = "slot"


class LearntEffect(BaseModel):
    """An effect on log engagement with its posterior deviation and the posts behind it."""

    model_config = ConfigDict(frozen=True)

    level: str
    log_effect: float
    log_sd: float
    posts: int
    evidence: tuple[PostId, ...]

    @property
    def multiple(self) -> float:
        """1.3 means 30 % more engagement."""
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
        """Whether the interval excludes 'no difference'. Before any post is behind it, nothing is."""
        return self.posts > 0 and self.log_sd > 0 and (self.low > 1 or self.high < 1)


class FactorEffect(LearntEffect):
    """Effect of one level against the average of its factor's levels, all else alike, as a multiple of engagement."""

    factor: Factor

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


class FurtherKind(StrEnum):
    """What else is learnt, beside the effect of each level."""

    PAIR = "pair"
    FATIGUE = "fatigue"
    SEASON = "season"
    DRIFT = "drift"

    @property
    def unknown(self) -> str:
        """What is said where the posts speak for nothing of this kind."""
        return f"{_ASKED[self]}: not known yet, no post so far speaks for it"


_ASKED = {
    FurtherKind.PAIR: "Levels that do better or worse together",
    FurtherKind.FATIGUE: "Tiring of what is repeated",
    FurtherKind.SEASON: "Better and worse weeks",
    FurtherKind.DRIFT: "Tastes that move",
}


class FurtherEffect(LearntEffect):
    """Something that a plan takes into account beside levels.

    A pair (level `pillar=garden & hook=list`): what both together add to their own effects. Fatigue (level: a factor):
    what one more post of the same level just before adds, as a rule less than nothing. Season (level `now`): the coming
    week against the average. Drift (level `week`): how far an effect moves in a week, as a deviation, without interval.
    """

    kind: FurtherKind

    def sentence(self) -> str:
        """In words, with the interval, or an honest 'not known yet'."""
        if self.kind is FurtherKind.DRIFT:
            return f"Tastes move: an effect changes by about {self.multiple - 1:.0%} a week; older posts count for less"
        interval = f"{self.low:.2f} to {self.high:.2f} x, {self.posts} posts"
        if not self.known:
            return f"{self._what}: not known yet ({interval})"
        word = "more" if self.log_effect > 0 else "less"
        return f"{self._what}: {abs(self.multiple - 1):.0%} {word} {_THAN[self.kind]} ({interval})"

    @property
    def _what(self) -> str:
        match self.kind:
            case FurtherKind.PAIR:
                return " with ".join(part.replace("=", " ", 1) for part in self.level.split(" & "))
            case FurtherKind.FATIGUE:
                return f"The same {self.level} again at once"
            case _:
                return "The coming week"


_THAN = {
    FurtherKind.PAIR: "than both bring by themselves",
    FurtherKind.FATIGUE: "than without the repetition",
    FurtherKind.SEASON: "than the average week",
}


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
    further: tuple[FurtherEffect, ...] = ()

    def best_looking(self, factor: Factor) -> str | None:
        """The level with the highest estimate; None before any post."""
        those = [item for item in self.effects if item.factor is factor]
        return max(those, key=lambda item: item.log_effect).level if self.posts and those else None

    def effect(self, factor: Factor, level: str) -> FactorEffect | None:
        """The effect of a level, if it is one of the brand's."""
        return next((item for item in self.effects if item.factor is factor and item.level == level), None)


def told_of_further(further: Sequence[FurtherEffect]) -> tuple[str, ...]:
    """What is known beside levels, in words: of each kind what was found, or that nothing is known yet.

    Of the pairs only those that are known: the others are many, and each says the same.
    """
    told = [item for item in further if item.known or item.kind is not FurtherKind.PAIR]
    found = {kind: [item.sentence() for item in told if item.kind is kind] for kind in FurtherKind}
    return tuple(sentence for kind, those in found.items() for sentence in those or [kind.unknown])


def learnt_effect(row: Mapping[str, Any]) -> FactorEffect | FurtherEffect:
    """A row of the table `learnings` that is about posts; its `factor` says of which kind it is."""
    if row["factor"] in [*FurtherKind]:
        return FurtherEffect.model_validate({**row, "kind": row["factor"]})
    return FactorEffect.model_validate(dict(row))


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
