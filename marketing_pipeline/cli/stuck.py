"""Effects that do not move on by themselves, and what to do about each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.effect import EffectRow, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.store.ad_effect_rows import get_ad_effect, list_ad_effects, ready_ad_effects
from marketing_pipeline.store.effect_rows import claimable, get_effect, lapsed, list_effects, readable_back

OVERDUE = timedelta(minutes=15)
"""Due for longer than this without being worked on: nobody drains. The sensor looks every 30 seconds."""
_NOBODY = "Run `marketing up`: its daemon does what is due."


@dataclass(frozen=True)
class Stuck:
    """One effect that is stuck, why, and how to get it going."""

    effect: EffectRow
    problem: str
    mend: str


def stuck_effects(connection: Connection, now: datetime) -> list[Stuck]:
    """Effects that are parked, and those that have been due for longer than OVERDUE. What is held back is not stuck."""
    return [*_parked(connection), *_overdue(connection, now - OVERDUE)]


def _parked(connection: Connection) -> list[Stuck]:
    states = (EffectState.PARKED,)
    posts = [
        Stuck(
            effect,
            f"cannot be proved: {effect.state_reason}",
            f"Look whether it is live, then `marketing effects resolve {effect.id}`.",
        )
        for effect in list_effects(connection, states=states)
    ]
    ads = [
        Stuck(
            effect,
            f"{step(effect.payload)} cannot be proved: {effect.state_reason}",
            f"Look at the account's value, then `marketing effects resolve {effect.id} --outcome done` or not_done.",
        )
        for effect in list_ad_effects(connection, states=states)
    ]
    return [*posts, *ads]


def _overdue(connection: Connection, before: datetime) -> list[Stuck]:
    ad = EffectKind.APPLY_AD_CHANGE
    posts = {
        "was due and nobody took it": claimable(before),
        "waits for a read-back that nobody makes": readable_back(before),
        "was left by its worker": lapsed(before),
    }
    ads = {
        "waits for a read-back that nobody makes": readable_back(before, ad),
        "was left by its worker": lapsed(before, ad),
    }
    return [
        *(
            Stuck(get_effect(connection, EffectId(found)), problem, _NOBODY)
            for problem, wanted in posts.items()
            for found in connection.scalars(wanted)
        ),
        *(
            Stuck(get_ad_effect(connection, ready.effect), "is approved and nobody applied it", _NOBODY)
            for ready in ready_ad_effects(connection, before)
        ),
        *(
            Stuck(get_ad_effect(connection, EffectId(found)), problem, _NOBODY)
            for problem, wanted in ads.items()
            for found in connection.scalars(wanted)
        ),
    ]
