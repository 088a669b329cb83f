"""One ad change as it is stored: the proposal, where it stands, and what covers and applies it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, Select, or_, select

from marketing_pipeline.domain.ad_change import (
    OPEN,
    TRANSITIONS,
    AdChangeProposal,
    AdChangeState,
    ApplyAdChange,
    Forecast,
    RiskClass,
)
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, EffectId, Sha256
from marketing_pipeline.store.tables import ad_changes

SHOWN_AFTER_CLOSING = timedelta(days=14)
CLOSED = frozenset(
    {
        AdChangeState.REJECTED,
        AdChangeState.APPLIED,
        AdChangeState.IMPROVED,
        AdChangeState.WORSE,
        AdChangeState.INCONCLUSIVE,
    }
)
"""States that hardly anything follows; those that nothing follows are closed, too."""


class AdChange(AdChangeProposal):
    """A proposal with its state. `stored_fingerprint` is the column; `fingerprint` is computed from the payload."""

    state: AdChangeState
    state_reason: str
    stored_fingerprint: Sha256
    approval: ApprovalId | None
    effect: EffectId | None
    applied_at: AwareDatetime | None


def ad_change_of(row: Row[Any]) -> AdChange:
    """One row as a model. Raises ValidationError for a payload that no proposal can have."""
    return AdChange(
        id=row.id,
        brand=BrandId(row.brand),
        week=row.week,
        payload=ApplyAdChange.model_validate(row.payload),
        label=row.label,
        reason=row.reason,
        evidence=tuple(row.evidence),
        forecast=Forecast.model_validate(row.forecast),
        risk=RiskClass(row.risk),
        rolls_back=row.rolls_back,
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        state=AdChangeState(row.state),
        state_reason=row.state_reason,
        stored_fingerprint=Sha256(row.fingerprint),
        approval=None if row.approval is None else ApprovalId(row.approval),
        effect=None if row.effect is None else EffectId(row.effect),
        applied_at=row.applied_at,
    )


def get_ad_change(connection: Connection, change: str) -> AdChange:
    """The ad change of that id. Raises NotFound."""
    row = connection.execute(select(ad_changes).where(ad_changes.c.id == change)).first()
    if row is None:
        raise NotFound(f"There is no ad change {change}.", "`marketing ads list` shows them.")
    return ad_change_of(row)


def list_ad_changes(
    connection: Connection,
    *,
    brand: BrandId | None = None,
    states: Sequence[AdChangeState] = (),
    limit: int = 1_000,
) -> list[AdChange]:
    """Ad changes, oldest first, the newest `limit` of those asked for."""
    wanted = select(ad_changes).order_by(ad_changes.c.proposed_at.desc(), ad_changes.c.id.desc()).limit(limit)
    if brand is not None:
        wanted = wanted.where(ad_changes.c.brand == brand)
    if states:
        wanted = wanted.where(ad_changes.c.state.in_(states))
    return [ad_change_of(row) for row in connection.execute(wanted)][::-1]


def other_open_change(connection: Connection, change: AdChange) -> str | None:
    """Id of another open change of the same field, if there is one."""
    return connection.scalar(
        select(ad_changes.c.id).where(
            ad_changes.c.resource == change.payload.resource,
            ad_changes.c.field == change.payload.field,
            ad_changes.c.id != change.id,
            ad_changes.c.state.in_(OPEN),
        )
    )


def last_applied_at(connection: Connection, change: AdChange) -> datetime | None:
    """When this system last changed the resource, other than by this change."""
    newest = (
        select(ad_changes.c.applied_at)
        .where(
            ad_changes.c.resource == change.payload.resource,
            ad_changes.c.id != change.id,
            ad_changes.c.applied_at.is_not(None),
        )
        .order_by(ad_changes.c.applied_at.desc())
        .limit(1)
    )
    return connection.scalar(newest)


def shown_ad_changes(connection: Connection, now: datetime) -> frozenset[str]:
    """Ids of changes that can still move, and of closed ones that moved within the last two weeks."""
    closed = [state for state, onward in TRANSITIONS.items() if state in CLOSED or not onward]
    recent = ad_changes.c.updated_at > now - SHOWN_AFTER_CLOSING
    return frozenset(connection.scalars(select(ad_changes.c.id).where(or_(ad_changes.c.state.not_in(closed), recent))))


def lapsed_ad_changes(now: datetime) -> Select[str]:
    """Ids of open changes whose time to be decided and applied is over."""
    return select(ad_changes.c.id).where(ad_changes.c.state.in_(OPEN), ad_changes.c.expires_at <= now)
