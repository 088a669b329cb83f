"""Reading the ledger's ad effects, and what is reserved for them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, Row, Select, or_, select

from marketing_pipeline.domain.ad_change import AdChangeState, ApplyAdChange
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.store.effect_rows import (
    ACTIVE,
    BLOCKING,
    WAKING,
    account_busy,
    newest_of,
    on_hold,
    shared_columns,
)
from marketing_pipeline.store.tables import ad_changes, effects

RESERVED_DAY = "reserved_day"
RESERVED_RAISE = "reserved_raise_micros"
_IS_AD = effects.c.kind == EffectKind.APPLY_AD_CHANGE
_COLUMNS = select(effects).where(_IS_AD)
# What may have landed, or still may, keeps what was reserved for it.
_HOLDING = (EffectState.CLAIMED, EffectState.SENDING, EffectState.UNKNOWN, EffectState.PARKED, EffectState.SUCCEEDED)


class ReadyAdEffect(BaseModel):
    """An ad effect that may be claimed now. `attempt` differs for each time it becomes ready."""

    model_config = ConfigDict(frozen=True)

    change: str
    effect: EffectId
    attempt: str


def ad_effect_of(row: Row[Any]) -> AdEffect:
    """One row of the ledger as a model. Raises Unauthorized for a payload that was written by nobody here."""
    try:
        payload = ApplyAdChange.model_validate(row.payload)
    except ValidationError as error:
        raise Unauthorized(
            f"The payload of effect {row.id} cannot be read.", "Run `marketing audit verify`."
        ) from error
    return AdEffect(**shared_columns(row), payload=payload, held=False)


def get_ad_effect(connection: Connection, effect: EffectId) -> AdEffect:
    """The ad effect of that id. Raises NotFound."""
    row = connection.execute(_COLUMNS.where(effects.c.id == effect)).first()
    if row is None:
        raise NotFound(f"There is no ad effect {effect}.", "`marketing effects list` shows the ledger.")
    return ad_effect_of(row)


def active_ad_effect(connection: Connection, change: str) -> AdEffect | None:
    """The one effect of an ad change that is not final yet."""
    wanted = _COLUMNS.where(effects.c.subject == change, effects.c.state.in_(ACTIVE))
    row = connection.execute(wanted).first()
    return None if row is None else ad_effect_of(row)


def list_ad_effects(
    connection: Connection,
    *,
    brand: BrandId | None = None,
    states: Sequence[EffectState] = (),
    subject: str | None = None,
    limit: int = 1_000,
) -> list[AdEffect]:
    """Ad effects in the order they fell due, the newest `limit` of those asked for."""
    wanted = newest_of(_COLUMNS, brand=brand, states=states, subject=subject, limit=limit)
    return [ad_effect_of(row) for row in connection.execute(wanted)][::-1]


def ready_ad_effects(connection: Connection, now: datetime) -> tuple[ReadyAdEffect, ...]:
    """Ad effects that may be claimed at `now`, the longest due of each account, first due first."""
    wanted = (
        select(effects)
        .join(ad_changes, ad_changes.c.id == effects.c.subject)
        .where(
            _IS_AD,
            effects.c.state.in_(WAKING),
            effects.c.due_at <= now,
            or_(effects.c.not_before.is_(None), effects.c.not_before <= now),
            ad_changes.c.state == AdChangeState.APPROVED,
            ad_changes.c.expires_at > now,
            ~account_busy(EffectKind.APPLY_AD_CHANGE),
            ~on_hold(effects.c.brand, effects.c.channel),
        )
        .order_by(effects.c.due_at.desc(), effects.c.id.desc())
    )
    first = {row.payload.get("customer_id"): row for row in connection.execute(wanted)}
    return tuple(
        ReadyAdEffect(
            change=row.subject, effect=EffectId(row.id), attempt=f"{row.fence}:{row.not_before or row.due_at}"
        )
        for row in sorted(first.values(), key=lambda row: (row.due_at, row.id))
    )


def waiting_ad_effects() -> Select[str]:
    """Ids of every ad effect that waits to be claimed."""
    return select(effects.c.id).where(_IS_AD, effects.c.state.in_(WAKING))


def other_writer(connection: Connection, effect: AdEffect) -> str | None:
    """Id of another effect of the same account that is at work or unproved: one writer per customer."""
    return connection.scalar(
        select(effects.c.id).where(
            _IS_AD,
            effects.c.id != effect.id,
            effects.c.state.in_(BLOCKING),
            effects.c.payload["customer_id"].as_string() == effect.payload.customer_id,
        )
    )


def reserved_on(connection: Connection, customer: str, day: date) -> tuple[int, int]:
    """How many changes of an account count on its `day`, and by how many micros they raise its budgets together."""
    rows = connection.scalars(
        select(effects.c.progress).where(
            _IS_AD,
            effects.c.state.in_(_HOLDING),
            effects.c.payload["customer_id"].as_string() == customer,
            effects.c.progress[RESERVED_DAY].as_string() == day.isoformat(),
        )
    )
    raises = [int(progress[RESERVED_RAISE]) for progress in rows]
    return len(raises), sum(raises)


def parked_raises(connection: Connection, effect: AdEffect) -> int:
    """Micros a day by which parked changes of the account may have raised its budgets."""
    rows = connection.scalars(
        select(effects.c.progress).where(
            _IS_AD,
            effects.c.id != effect.id,
            effects.c.state == EffectState.PARKED,
            effects.c.payload["customer_id"].as_string() == effect.payload.customer_id,
        )
    )
    return sum(int(progress.get(RESERVED_RAISE, 0)) for progress in rows)
