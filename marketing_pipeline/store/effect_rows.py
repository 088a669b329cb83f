"""Reading the ledger: one row as one `Effect`, lists of them, and what is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectRow, EffectState, PublishPost
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, EffectId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.damaged_rows import DamagedRow
from marketing_pipeline.store.reconciliations import is_open
from marketing_pipeline.store.tables import approvals, effect_attempts, effects, holds, posts, turns

# While one effect of an account is at work or unproved, no other of that account may act.
BLOCKING = (EffectState.CLAIMED, EffectState.SENDING, EffectState.UNKNOWN)
ACTIVE = (
    EffectState.AWAITING_APPROVAL,
    EffectState.QUEUED,
    EffectState.RETRY_WAIT,
    *BLOCKING,
    EffectState.PARKED,
)
# States from which time alone brings an effect to a claim.
WAKING = (EffectState.QUEUED, EffectState.RETRY_WAIT)
_ACCOUNT = {EffectKind.PUBLISH_POST: "account_id", EffectKind.APPLY_AD_CHANGE: "customer_id"}
_PUBLISHES = effects.c.kind == EffectKind.PUBLISH_POST
_COLUMNS = (
    select(effects, posts.c.held.label("held"))
    .join_from(effects, posts, posts.c.id == effects.c.subject)
    .where(_PUBLISHES)
)


def shared_columns(row: Row[Any]) -> dict[str, Any]:
    """What a row of the ledger says whatever its kind: everything but the payload and its subject's hold."""
    return {name: getattr(row, name) for name in EffectRow.model_fields if name != "held"}


def effect_of(row: Row[Any]) -> Effect:
    """One row of the ledger, joined with its post's hold, as a model. Raises DamagedRow."""
    try:
        return Effect(**shared_columns(row), payload=PublishPost.model_validate(row.payload), held=row.held)
    except ValidationError as error:
        raise DamagedRow(
            f"The row of effect {row.id} is damaged: {error.error_count()} values cannot be read.",
            "Run `marketing audit verify`, and restore the row from a backup.",
        ) from error


def get_effect(connection: Connection, effect: EffectId) -> Effect:
    """The effect of that id. Raises NotFound, DamagedRow."""
    row = connection.execute(_COLUMNS.where(effects.c.id == effect)).first()
    if row is None:
        raise NotFound(f"There is no effect {effect}.", "`marketing effects list` shows the ledger.")
    return effect_of(row)


def newest_of(
    wanted: Select[Any], *, brand: BrandId | None, states: Sequence[EffectState], subject: str | None, limit: int
) -> Select[Any]:
    """The newest `limit` of the effects that `wanted` selects, the one due last first."""
    if brand is not None:
        wanted = wanted.where(effects.c.brand == brand)
    if states:
        wanted = wanted.where(effects.c.state.in_(states))
    if subject is not None:
        wanted = wanted.where(effects.c.subject == subject)
    return wanted.order_by(effects.c.due_at.desc(), effects.c.id.desc()).limit(limit)


def list_effects(
    connection: Connection,
    *,
    brand: BrandId | None = None,
    states: Sequence[EffectState] = (),
    subject: str | None = None,
    limit: int = 1_000,
) -> list[Effect]:
    """Effects in the order they fall due, the newest `limit` of those asked for."""
    wanted = newest_of(_COLUMNS, brand=brand, states=states, subject=subject, limit=limit)
    return [effect_of(row) for row in connection.execute(wanted)][::-1]


def newest_effect_of(connection: Connection, subject: str) -> Effect | None:
    """The effect made last for a post, whatever its state."""
    wanted = _COLUMNS.where(effects.c.subject == subject)
    row = connection.execute(wanted.order_by(effects.c.created_at.desc(), effects.c.id.desc()).limit(1)).first()
    return None if row is None else effect_of(row)


def active_effect_of(connection: Connection, subject: str) -> Effect | None:
    """The one effect of a post that is not final yet."""
    row = connection.execute(_COLUMNS.where(effects.c.subject == subject, effects.c.state.in_(ACTIVE))).first()
    return None if row is None else effect_of(row)


def effect_under(connection: Connection, approval: ApprovalId) -> Effect | None:
    """The effect that a request covers and that is not final yet."""
    row = connection.execute(_COLUMNS.where(effects.c.approval == approval, effects.c.state.in_(ACTIVE))).first()
    return None if row is None else effect_of(row)


def count_effects_of(connection: Connection, subject: str) -> int:
    """How many effects a post or an ad change has had, so that the next gets a number of its own."""
    return connection.scalar(select(func.count()).where(effects.c.subject == subject)) or 0


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether a post's time has come, whatever else may keep it waiting."""
    return and_(
        _PUBLISHES,
        effects.c.state.in_(WAKING),
        effects.c.due_at <= now,
        or_(effects.c.not_before.is_(None), effects.c.not_before <= now),
    )


def claimable(now: datetime, brand: BrandId | None = None, week: str | None = None) -> Select[str]:
    """Ids of effects that may be claimed at `now`, first due first.

    No hold covers them, their account is free, and the channel has not told it to rest.
    """
    found = (
        select(effects.c.id)
        .join(posts, posts.c.id == effects.c.subject)
        .where(
            is_due(now),
            posts.c.state == PostState.SCHEDULED,
            posts.c.held.is_(False),
            ~on_hold(effects.c.brand, effects.c.channel),
            ~brand_rests(effects.c.brand, now),
            ~account_busy(EffectKind.PUBLISH_POST),
        )
        .order_by(effects.c.due_at, effects.c.id)
    )
    if brand is not None:
        found = found.where(effects.c.brand == brand)
    return found if week is None else found.where(posts.c.week == week)


def account_busy(kind: EffectKind) -> ColumnElement[bool]:
    """Whether another effect of the same kind and account is at work or unproved."""
    other, key = effects.alias("other"), _ACCOUNT[kind]
    return exists().where(
        other.c.id != effects.c.id,
        other.c.kind == kind,
        other.c.state.in_(BLOCKING),
        other.c.payload[key].as_string() == effects.c.payload[key].as_string(),
    )


def readable_back(now: datetime, kind: EffectKind = EffectKind.PUBLISH_POST) -> Select[str]:
    """Ids of unknown effects whose next read-back is due and that no other worker reads right now."""
    return (
        select(effects.c.id)
        .where(
            effects.c.kind == kind,
            effects.c.state == EffectState.UNKNOWN,
            effects.c.not_before <= now,
            or_(effects.c.lease_until.is_(None), effects.c.lease_until <= now),
        )
        .order_by(effects.c.not_before, effects.c.id)
    )


def lapsed(now: datetime, kind: EffectKind = EffectKind.PUBLISH_POST) -> Select[str]:
    """Ids of effects whose worker let its lease run out."""
    return select(effects.c.id).where(
        effects.c.kind == kind,
        effects.c.state.in_((EffectState.CLAIMED, EffectState.SENDING)),
        effects.c.lease_until <= now,
    )


def overdue(before: datetime) -> Select[str]:
    """Ids of waiting effects that were due before a moment."""
    return select(effects.c.id).where(_PUBLISHES, effects.c.state.in_(WAKING), effects.c.due_at < before)


def unapproved(now: datetime) -> Select[str]:
    """Ids of waiting effects whose approval request has no row that still counts at `now`."""
    counts = exists().where(approvals.c.id == effects.c.approval, approvals.c.expires_at > now)
    waiting = effects.c.state.in_((EffectState.AWAITING_APPROVAL, *WAKING))
    return select(effects.c.id).where(_PUBLISHES, waiting, ~counts)


def due_count(connection: Connection, now: datetime) -> int:
    """How many effects a drain could move on at `now`. What is held, or waits for a person, does not count."""
    return len(due_ids(connection, now))


def due_ids(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Ids of the effects that a drain could move on at `now`, in order. Of ad changes it reads back and sweeps."""
    ads = EffectKind.APPLY_AD_CHANGE
    work = (claimable(now), readable_back(now), lapsed(now), readable_back(now, ads), lapsed(now, ads))
    return tuple(sorted({effect for part in work for effect in connection.scalars(part)}))


def next_wake_at(connection: Connection, now: datetime) -> datetime | None:
    """The next moment after `now` at which a retry or a read-back falls due; slots of queued posts are not meant."""
    again = effects.c.state.in_((EffectState.RETRY_WAIT, EffectState.UNKNOWN))
    mine = or_(_PUBLISHES, effects.c.state == EffectState.UNKNOWN)
    return connection.scalar(select(func.min(effects.c.not_before)).where(again, mine, effects.c.not_before > now))


def next_due_at(connection: Connection) -> datetime | None:
    """The next moment at which a drain may find anything due in the ledger; None when nothing waits for time."""
    slots = select(func.min(effects.c.due_at)).where(
        _PUBLISHES, effects.c.state == EffectState.QUEUED, effects.c.not_before.is_(None)
    )
    again = or_(and_(_PUBLISHES, effects.c.state.in_(WAKING)), effects.c.state == EffectState.UNKNOWN)
    later = select(func.min(effects.c.not_before)).where(again, effects.c.not_before.is_not(None))
    leases = select(func.min(effects.c.lease_until)).where(
        effects.c.state.in_((EffectState.CLAIMED, EffectState.SENDING))
    )
    moments = [connection.scalar(part) for part in (slots, later, leases)]
    return min((moment for moment in moments if moment is not None), default=None)


def attempts_of(connection: Connection, effect: EffectId) -> list[tuple[int, AttemptOutcome, str, datetime]]:
    """Number, outcome, words and start of each call made for an effect, in order."""
    rows = connection.execute(
        select(effect_attempts).where(effect_attempts.c.effect == effect).order_by(effect_attempts.c.number)
    )
    return [(row.number, AttemptOutcome(row.outcome), row.detail, row.started_at) for row in rows]


def on_hold(brand: ColumnElement[str], channel: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hold covers a brand and channel, or an open reconciliation everything."""
    held = exists().where(
        holds.c.released_at.is_(None),
        or_(holds.c.brand.is_(None), holds.c.brand == brand),
        or_(holds.c.channel.is_(None), holds.c.channel == channel),
    )
    return or_(held, is_open())


def brand_rests(brand: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """Whether the channel takes nothing more from a brand's account for now."""
    resting = turns.alias("resting")
    return exists().where(resting.c.brand == brand, resting.c.rests_until > now)
