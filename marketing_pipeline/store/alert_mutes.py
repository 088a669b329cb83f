"""Mutes: alerts that are kept but not sent, for a while."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from marketing_pipeline.domain.alert import AlertKind, Mute
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import alert_mutes

LONGEST = timedelta(days=30)


class MuteRefused(MarketingError):
    """A mute that would last too long, or end before it begins."""


class AlertMutes:
    """Sets, lifts and reads mutes."""

    def __init__(self, database: Database, audit: AuditAppender) -> None:
        self._database = database
        self._audit = audit

    def mute(
        self,
        until: datetime,
        *,
        actor: str,
        note: str,
        kind: AlertKind | None = None,
        brand: BrandId | None = None,
        subject: str | None = None,
    ) -> int:
        """Send none of what this covers until then; returns the mute's number. Raises MuteRefused."""
        now = aware(self._database.clock.now())
        if not now < until <= now + LONGEST:
            raise MuteRefused(
                f"A mute ends after now and within {LONGEST.days} days.", "Write --for 2h, 3d or at most 30d."
            )
        row = Mute(kind=kind, brand=brand, subject=subject, actor=actor, note=note, since=now, until=until)
        with self._database.write() as connection:
            made = connection.execute(insert(alert_mutes).values(**row.model_dump())).inserted_primary_key
            number = int(made[0]) if made else 0
            self._record(connection, "alert.muted", number, row, actor)
        return number

    def unmute(self, number: int, *, actor: str) -> Mute:
        """End a mute now. Raises NotFound for one that is not in force."""
        now = aware(self._database.clock.now())
        with self._database.write() as connection:
            standing = _numbered(connection, now).get(number)
            if standing is None:
                raise NotFound(f"There is no mute {number} in force.", "`marketing alerts list` shows those in force.")
            connection.execute(update(alert_mutes).where(alert_mutes.c.id == number).values(until=now))
            self._record(connection, "alert.unmuted", number, standing, actor)
        return standing

    def in_force(self) -> dict[int, Mute]:
        """The mutes that count now, by their number."""
        with self._database.read() as connection:
            return _numbered(connection, aware(self._database.clock.now()))

    def _record(self, connection: Connection, action: str, number: int, row: Mute, actor: str) -> None:
        detail = row.model_dump(mode="json", include={"kind", "subject", "note", "until"})
        self._audit.append(
            connection, actor=actor, action=action, subject=f"mute {number}", brand=row.brand, detail=detail
        )


def mutes_in_force(connection: Connection, now: datetime) -> tuple[Mute, ...]:
    """The mutes that count at `now`."""
    return tuple(_numbered(connection, now).values())


def _numbered(connection: Connection, now: datetime) -> dict[int, Mute]:
    wanted = select(alert_mutes).where(alert_mutes.c.since <= now, alert_mutes.c.until > now)
    rows = connection.execute(wanted.order_by(alert_mutes.c.id)).mappings()
    return {row["id"]: Mute.model_validate(dict(row)) for row in rows}
