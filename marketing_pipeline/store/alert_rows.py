"""Reading the alerts: rows of the table, and those that something is to be done about."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, or_, select

from marketing_pipeline.domain.alert import ESCALATES_AFTER, Alert, AlertKind, AlertState, Finding
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline.store.alert_mutes import mutes_in_force
from marketing_pipeline.store.tables import alerts

STANDING = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


def neglected(connection: Connection, now: datetime) -> list[RowMapping]:
    """Open alerts that were told and that nobody has taken on for too long, without muted ones and those told twice."""
    too_long: list[ColumnElement[bool]] = [
        (alerts.c.severity == severity) & (alerts.c.notified_at <= now - patience)
        for severity, patience in ESCALATES_AFTER.items()
    ]
    open_ones = (alerts.c.state == AlertState.OPEN, alerts.c.escalated_at.is_(None))
    rows = connection.execute(select(alerts).where(*open_ones, or_(*too_long))).mappings().all()
    mutes = mutes_in_force(connection, now)
    return [row for row in rows if not any(mute.covers(_finding(row)) for mute in mutes)]


def untold(connection: Connection, now: datetime) -> list[RowMapping]:
    """Open alerts that people have still to be told of and that nobody is telling now, without muted ones."""
    wanted = select(alerts).where(
        alerts.c.state == AlertState.OPEN,
        alerts.c.notified_at.is_(None),
        or_(alerts.c.notify_after.is_(None), alerts.c.notify_after <= now),
    )
    rows = connection.execute(wanted.order_by(alerts.c.first_at, alerts.c.id)).mappings().all()
    mutes = mutes_in_force(connection, now) if rows else ()
    return [row for row in rows if not any(mute.covers(_finding(row)) for mute in mutes)]


def standing_of(connection: Connection, kinds: Collection[AlertKind], brand: BrandId | None) -> Sequence[RowMapping]:
    """The alerts of these kinds (of this brand) that are not resolved."""
    wanted = select(alerts).where(alerts.c.state.in_(STANDING), alerts.c.kind.in_(kinds))
    return connection.execute(wanted if brand is None else wanted.where(alerts.c.brand == brand)).mappings().all()


def rows_of(connection: Connection, ids: Collection[AlertId]) -> dict[str, RowMapping]:
    """The rows of those of these alerts that there are, by id."""
    rows = connection.execute(select(alerts).where(alerts.c.id.in_(ids))).mappings()
    return {row["id"]: row for row in rows}


def alert_row(connection: Connection, alert: AlertId) -> RowMapping:
    """The row of an alert. Raises NotFound."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert)).mappings().first()
    if row is None:
        raise NotFound(f"There is no alert {alert}.", "`marketing alerts list --state all` shows them.")
    return row


def alert_of(row: RowMapping) -> Alert:
    """One row as an alert."""
    return Alert.model_validate({name: row[name] for name in Alert.model_fields})


def _finding(row: RowMapping) -> Finding:
    """The finding behind a stored alert, as mutes see it."""
    return Finding(kind=AlertKind(row["kind"]), brand=row["brand"], subject=row["subject"], title=row["title"])
