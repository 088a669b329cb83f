"""The kill switch: holds on a brand, a channel, both or everything, each kept with its history."""

from sqlalchemy import Connection, insert, select, true, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.hold import Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.reconciliations import open_reconciliation
from marketing_pipeline.store.tables import holds

_ACTIVE = select(holds).where(holds.c.released_at.is_(None)).order_by(holds.c.id)


class Holds:
    """Sets and lifts holds. Each counts from its commit: a worker that has claimed reads it again before it sends."""

    def __init__(self, audit: AuditAppender, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def pause(
        self, connection: Connection, *, brand: BrandId | None, channel: str | None, actor: str, note: str
    ) -> Hold:
        """Stop effects; both None stops everything. Pausing what is paused already keeps the older hold.

        A hold that another token lifts stands beside a person's: lifting it must not lift theirs.
        """
        now = aware(self._clock.now())
        hold = Hold(brand=brand, channel=channel, actor=actor, note=note, since=now)
        for older in self.active(connection):
            if (older.brand, older.channel, older.awaits_token) == (brand, channel, hold.awaits_token):
                return older
        connection.execute(insert(holds).values(**hold.model_dump()))
        self._record(connection, "hold.set", brand, channel, actor, note)
        return hold

    def resume(
        self,
        connection: Connection,
        *,
        brand: BrandId | None,
        channel: str | None,
        actor: str,
        note: str = "",
        set_by: str | None = None,
    ) -> int:
        """Lift the holds of exactly this brand and channel (`set_by` one actor); returns how many.

        Wider and narrower ones stay.
        """
        lifted = connection.execute(
            update(holds)
            .where(
                holds.c.released_at.is_(None),
                holds.c.brand.is_(None) if brand is None else holds.c.brand == brand,
                holds.c.channel.is_(None) if channel is None else holds.c.channel == channel,
                true() if set_by is None else holds.c.actor == set_by,
            )
            .values(released_at=aware(self._clock.now()), released_by=actor)
        ).rowcount
        if lifted:
            self._record(connection, "hold.lifted", brand, channel, actor, note)
        return lifted

    def active(self, connection: Connection) -> list[Hold]:
        """Every hold in force, oldest first."""
        rows = connection.execute(_ACTIVE)
        return [
            Hold(
                brand=None if row.brand is None else BrandId(row.brand),
                channel=row.channel,
                actor=row.actor,
                note=row.note,
                since=row.since,
            )
            for row in rows
        ]

    def awaits_token(self, connection: Connection, brand: BrandId, channel: str) -> bool:
        """Whether an account is stopped until another token is in use."""
        return any(hold.awaits_token and hold.covers(brand, channel) for hold in self.active(connection))

    def reason_for(self, connection: Connection, brand: BrandId, channel: str) -> str | None:
        """Why effects of this brand and channel may not act right now; None when they may."""
        unreconciled = open_reconciliation(connection)
        if unreconciled is not None:
            return unreconciled.words()
        return next((hold.reason() for hold in self.active(connection) if hold.covers(brand, channel)), None)

    def _record(
        self, connection: Connection, action: str, brand: BrandId | None, channel: str | None, actor: str, note: str
    ) -> None:
        scope = " on ".join(part for part in (brand, channel) if part) or "everything"
        detail = {"channel": channel, "note": note}
        self._audit.append(connection, actor=actor, action=action, subject=scope, brand=brand, detail=detail)
