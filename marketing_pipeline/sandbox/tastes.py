"""What an audience likes: log effects on interactions, drawn from a seed or given by a test."""

import hashlib
import random
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.posting import WEEKDAYS

PILLAR_SPREAD = 0.45
FORMAT_SPREAD = 0.45
HOOK_SPREAD = 0.25
WEEKDAY_SPREAD = 0.12
DAYPART_SPREAD = 0.2


class Daypart(StrEnum):
    """A part of the audience's day."""

    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"

    @classmethod
    def at(cls, hour: int) -> "Daypart":
        """The part that an hour of the local day (0 to 23) lies in."""
        for end, part in ((5, cls.NIGHT), (11, cls.MORNING), (15, cls.MIDDAY), (18, cls.AFTERNOON), (23, cls.EVENING)):
            if hour < end:
                return part
        return cls.NIGHT


def slot_name(weekday: str, daypart: Daypart) -> str:
    """A slot as `Tastes.slots` names it, such as tuesday_evening."""
    return f"{weekday}_{daypart}"


class Tastes(BaseModel):
    """Natural-log effects on the expected interactions of a post; a name that is not listed has effect 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pillars: dict[str, float] = {}
    formats: dict[PostFormat, float] = {}
    hooks: dict[Hook, float] = {}
    slots: dict[str, float] = {}

    def effect(self, pillar: str | None, picture_format: PostFormat, hook: Hook, slot: str) -> float:
        """The sum of the four effects."""
        return (
            self.pillars.get(pillar or "", 0.0)
            + self.formats.get(picture_format, 0.0)
            + self.hooks.get(hook, 0.0)
            + self.slots.get(slot, 0.0)
        )


def swapped(tastes: Tastes) -> Tastes:
    """The opposite audience: what was liked most is now liked least."""
    return Tastes(
        pillars={name: -effect for name, effect in tastes.pillars.items()},
        formats={name: -effect for name, effect in tastes.formats.items()},
        hooks={name: -effect for name, effect in tastes.hooks.items()},
        slots={name: -effect for name, effect in tastes.slots.items()},
    )


def seeded(*parts: str | int) -> random.Random:
    """Chance that depends on nothing but its parts: the same on every machine and Python."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def seeded_tastes(seed: int, account: str, pillars: Sequence[str]) -> Tastes:
    """An audience drawn for one account. Within each factor the effects average 0 and have the factor's spread."""
    days = _spread(seeded(seed, account, "weekday"), WEEKDAYS, WEEKDAY_SPREAD)
    parts = _spread(seeded(seed, account, "daypart"), [part.value for part in Daypart], DAYPART_SPREAD)
    return Tastes(
        pillars=_spread(seeded(seed, account, "pillar"), pillars, PILLAR_SPREAD),
        formats={
            PostFormat(name): effect
            for name, effect in _spread(seeded(seed, account, "format"), list(PostFormat), FORMAT_SPREAD).items()
        },
        hooks={Hook(name): e for name, e in _spread(seeded(seed, account, "hook"), list(Hook), HOOK_SPREAD).items()},
        slots={slot_name(day, Daypart(part)): days[day] + parts[part] for day in days for part in parts},
    )


def _spread(chance: random.Random, names: Sequence[str], spread: float) -> dict[str, float]:
    """Evenly spaced effects with some jitter in a random order, centred, of standard deviation `spread`."""
    if len(names) < 2:
        return dict.fromkeys(names, 0.0)
    raw = [2 * rank / (len(names) - 1) - 1 + chance.uniform(-0.15, 0.15) for rank in range(len(names))]
    chance.shuffle(raw)
    mean = sum(raw) / len(raw)
    deviation = (sum((value - mean) ** 2 for value in raw) / len(raw)) ** 0.5
    return {name: spread * (value - mean) / deviation for name, value in zip(names, raw, strict=True)}
