"""How long to wait before trying again."""

import random
from datetime import timedelta

from marketing_pipeline.domain.effect import EffectRow

MOST_LATER = 0.1


def chance_of(effect: EffectRow) -> random.Random:
    """The luck of one claim of one effect: the same each time, so that a run can be replayed."""
    return random.Random(f"{effect.id}:{effect.fence}")


def backoff(first: timedelta, longest: timedelta, tries: int, chance: random.Random) -> timedelta:
    """The pause after `tries` earlier ones: doubled each time up to `longest`, give or take a quarter."""
    return min(first * 2**tries, longest) * chance.uniform(0.75, 1.25)


def no_sooner(told: timedelta, chance: random.Random) -> timedelta:
    """A wait that somebody else named: never shorter, and up to a tenth longer, so that not all come back at once."""
    return told * (1 + MOST_LATER * chance.random())
