"""One ad change as it is stored: the proposal, where it stands, and what covers and applies it."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from marketing_pipeline.domain.ad_change import (
    OPEN,
    TRANSITIONS,
    AdChangeKind,
    AdChangeProposal,
    AdChangeState,
    ApplyAdChange,
    Forecast,
    RiskClass,
)
from marketing_pipeline.domain.ad_outcome import AdOutcome
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
    outcome: AdOutcome | None = None


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
        outcome=None if row.outcome is None else AdOutcome.model_validate_json(json.dumps(row.outcome)),
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


def rivals_of(change: AdChangeProposal) -> Select[Any]:
    """Changes of the same field, this one among them, oldest first. Each negative keyword is a field of its own."""
    payload = change.payload
    wanted = select(ad_changes).where(
        ad_changes.c.brand == change.brand,
        ad_changes.c.resource == payload.resource,
        ad_changes.c.field == payload.field,
    )
    if payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        wanted = wanted.where(_same_words(payload))
    return wanted.order_by(ad_changes.c.proposed_at, ad_changes.c.id)


def _same_words(payload: ApplyAdChange) -> ColumnElement[bool]:
    words = payload.after or payload.before
    return or_(ad_changes.c.after == words, ad_changes.c.before == words)


def other_open_change(connection: Connection, change: AdChange) -> str | None:
    """Id of another open change of the same field, if there is one."""
    others = rivals_of(change).where(ad_changes.c.state.in_(OPEN), ad_changes.c.id != change.id)
    found = connection.execute(others).first()
    return None if found is None else found.id


def newer_open_change(connection: Connection, change: AdChange) -> str | None:
    """Id of an open change of the same field that was proposed after this one, if there is one."""
    newer = rivals_of(change).where(ad_changes.c.state.in_(OPEN), ad_changes.c.proposed_at > change.proposed_at)
    found = connection.execute(newer).first()
    return None if found is None else found.id


def last_applied_at(connection: Connection, change: AdChange) -> datetime | None:
    """When this system last changed the resource, other than by this change.

    A negative keyword is a thing of its own: of those of a campaign, only one with the same words counts.
    """
    negative = ad_changes.c.kind == AdChangeKind.ADD_NEGATIVE_KEYWORD
    counts = ~negative
    if change.payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        counts |= _same_words(change.payload)
    newest = (
        select(ad_changes.c.applied_at)
        .where(
            ad_changes.c.resource == change.payload.resource,
            ad_changes.c.id != change.id,
            ad_changes.c.applied_at.is_not(None),
            counts,
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


def next_lapse_at(connection: Connection) -> datetime | None:
    """The next moment at which the time of an open change is over; None when none is open."""
    return connection.scalar(select(func.min(ad_changes.c.expires_at)).where(ad_changes.c.state.in_(OPEN)))
