"""Effects that do not move on by themselves, and what to do about each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.store.effect_rows import claimable, get_effect, lapsed, list_effects, readable_back

OVERDUE = timedelta(minutes=15)
"""Due for longer than this without being worked on: nobody drains. The sensor looks every 30 seconds."""
_NOBODY = "Run `marketing up`: its daemon does what is due."


@dataclass(frozen=True)
class Stuck:
    """One effect that is stuck, why, and how to get it going."""

    effect: Effect
    problem: str
    mend: str


def stuck_effects(connection: Connection, now: datetime) -> list[Stuck]:
    """Effects that are parked, and those that have been due for longer than OVERDUE. What is held back is not stuck."""
    before = now - OVERDUE
    parked = [
        Stuck(
            effect,
            f"cannot be proved: {effect.state_reason}",
            f"Look whether it is live, then `marketing effects resolve {effect.id}`.",
        )
        for effect in list_effects(connection, states=(EffectState.PARKED,))
    ]
    overdue = {
        "was due and nobody took it": claimable(before),
        "waits for a read-back that nobody makes": readable_back(before),
        "was left by its worker": lapsed(before),
    }
    return parked + [
        Stuck(get_effect(connection, EffectId(found)), problem, _NOBODY)
        for problem, wanted in overdue.items()
        for found in connection.scalars(wanted)
    ]
