"""The intent: a new row of the ledger, made in the same transaction as the decision that allows it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline.domain.approval import fingerprint_of
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, EffectId, Sha256
from marketing_pipeline.store.effect_moves import Moves
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.tables import effects

INSTAGRAM = "instagram"


class KeyReused(MarketingError):
    """An idempotency key was used before, for other content."""


def enqueue(
    connection: Connection,
    moves: Moves,
    *,
    key: str,
    effect: EffectId,
    payload: PublishPost,
    brand: BrandId,
    approval: ApprovalId,
    state: EffectState,
    reason: str,
    due_at: datetime,
    actor: str,
) -> Effect:
    """Add one effect, or return the one that this key has made before. Raises KeyReused for other content."""
    fingerprint = fingerprint_of(payload, brand)
    before = connection.execute(select(effects).where(effects.c.idempotency_key == key)).first()
    if before is not None:
        if before.fingerprint != fingerprint:
            raise KeyReused(f"The key {key} stands for other content.", "Supersede the effect with the new content.")
        return get_effect(connection, EffectId(before.id))
    insert_effect(
        connection,
        moves,
        effect=effect,
        payload=payload,
        subject=payload.post,
        channel=INSTAGRAM,
        brand=brand,
        fingerprint=fingerprint,
        key=key,
        approval=approval,
        state=state,
        reason=reason,
        due_at=due_at,
    )
    detail = {"post": payload.post, "fingerprint": fingerprint, "approval": approval, "due_at": due_at.isoformat()}
    moves.audit.append(connection, actor=actor, action=f"effect.{state}", subject=effect, brand=brand, detail=detail)
    return get_effect(connection, effect)


def insert_effect(
    connection: Connection,
    moves: Moves,
    *,
    effect: EffectId,
    payload: PublishPost | ApplyAdChange,
    subject: str,
    channel: str,
    brand: BrandId,
    fingerprint: Sha256,
    key: str,
    approval: ApprovalId,
    state: EffectState,
    reason: str,
    due_at: datetime,
) -> None:
    """Write the row of a new effect, whatever its kind; the caller writes its audit row."""
    now = moves.now()
    row: dict[str, Any] = {
        "id": effect,
        "kind": payload.kind,
        "brand": brand,
        "channel": channel,
        "subject": subject,
        "payload": payload.model_dump(mode="json"),
        "fingerprint": fingerprint,
        "idempotency_key": key,
        "approval": approval,
        "state": state,
        "state_reason": reason,
        "due_at": due_at,
        "fence": 0,
        "attempts": 0,
        "read_backs": 0,
        "progress": {},
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(effects).values(**row))
