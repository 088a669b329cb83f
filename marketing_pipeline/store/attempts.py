"""Attempts: the row that says that a call is about to go out, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from marketing_pipeline.domain.effect import AttemptOutcome, EffectRow, EffectState
from marketing_pipeline.store.effect_moves import E, Moves, fenced
from marketing_pipeline.store.tables import effect_attempts

WORKER = "executor"
AttemptEnd = tuple[AttemptOutcome, str]


def open_attempt(
    connection: Connection,
    moves: Moves,
    effect: E,
    *,
    owner: str,
    request: Mapping[str, Any],
    progress: Mapping[str, Any],
) -> E:
    """Take a claimed effect to `sending`, with the attempt's row. Raises Fenced."""
    number, now = effect.attempts + 1, moves.now()
    columns = {"attempts": number, "progress": dict(progress)}
    reason = f"call {number} may be on its way"
    sending = moves.effect(connection, effect, EffectState.SENDING, reason=reason, actor=WORKER, columns=columns)
    row: dict[str, Any] = {
        "id": f"{effect.id}-{number}",
        "effect": effect.id,
        "number": number,
        "fence": effect.fence,
        "owner": owner,
        "request": dict(request),
        "outcome": AttemptOutcome.IN_FLIGHT,
        "detail": "",
        "started_at": now,
        "updated_at": now,
    }
    connection.execute(insert(effect_attempts).values(**row))
    return sending


def close_attempt(connection: Connection, effect: EffectRow, end: AttemptEnd, now: datetime) -> None:
    """Write what the effect's last call came to. Raises Fenced unless it is still open under this fence."""
    outcome, detail = end
    closed = connection.execute(
        update(effect_attempts)
        .where(
            effect_attempts.c.effect == effect.id,
            effect_attempts.c.number == effect.attempts,
            effect_attempts.c.fence == effect.fence,
            effect_attempts.c.outcome == AttemptOutcome.IN_FLIGHT,
        )
        .values(outcome=outcome, detail=detail, ended_at=now, updated_at=now)
    )
    if closed.rowcount != 1:
        raise fenced(effect.id)
