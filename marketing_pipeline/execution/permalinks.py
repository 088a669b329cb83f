"""Addresses of live posts: nice to have, so that a failed read never touches a success."""

from datetime import timedelta

from sqlalchemy import select

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_errors import InstagramFailure
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.execution.publish import Bench
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.damaged_rows import set_apart
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.tables import effects

_LOOKED_FOR = timedelta(days=2)
_AT_ONCE = 20


def read_permalink(bench: Bench, client: InstagramClient, effect: Effect) -> None:
    """Ask for the address of a live post and store it; an error is left to a later drain."""
    media_id = (effect.result or {}).get("media_id")
    if media_id is None or (effect.result or {}).get("permalink") is not None:
        return
    try:
        permalink = client.media(str(media_id)).permalink
    except InstagramFailure:
        return
    bench.on_step(Step.PERMALINK_READ)
    if permalink is not None:
        bench.ledger.note_permalink(effect, permalink)
        bench.on_step(Step.PERMALINK_STORED)


def without_permalink(bench: Bench) -> list[Effect]:
    """Effects that succeeded lately and whose address is not known yet."""
    since = bench.ledger.moves.now() - _LOOKED_FOR
    wanted = (
        select(effects.c.id)
        .where(
            effects.c.state == EffectState.SUCCEEDED,
            effects.c.updated_at >= since,
            effects.c.result["media_id"].as_string().is_not(None),
            effects.c.result["permalink"].as_string().is_(None),
        )
        .limit(_AT_ONCE)
    )
    live: list[Effect] = []
    with bench.ledger.database.read() as connection:
        for found in connection.scalars(wanted).all():
            with set_apart(f"Effect {found}"):
                live.append(get_effect(connection, EffectId(found)))
    return live
