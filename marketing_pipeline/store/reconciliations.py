"""Reconciliations: while one is open no effect runs, since the channels may hold what this database does not know.

One is opened by a restore, and by itself where the audit log has lost rows that were anchored: somebody put an old file
back. Every call that goes out is anchored before, so no copy of the database from before that call passes for whole.
With it every session, login link and API token ends: who was shut out since that copy was made is not let in by it.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from marketing_pipeline.domain.clock import Clock, SystemClock, aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.granted_access import end_all_access
from marketing_pipeline.store.tables import audit_log, reconciliations

ACTOR = "system"
_OPEN = select(reconciliations).where(reconciliations.c.finished_at.is_(None))
_OLDEST_OPEN = _OPEN.order_by(reconciliations.c.id).limit(1)


class NotReconciled(MarketingError):
    """Effects are blocked until the channels were compared with this database."""


class OpenReconciliation(BaseModel):
    """Why and since when effects are blocked. What happened up to `since` is in this database.

    `found`: what the channels hold that this database does not know, by account.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    reason: str
    since: AwareDatetime
    started_at: AwareDatetime
    actor: str
    found: dict[str, Any]

    def words(self) -> str:
        """In one sentence, for people."""
        return f"effects are blocked until the channels are compared with this database: {self.reason}"


def is_open() -> ColumnElement[bool]:
    """Whether effects are blocked, as a condition of a query."""
    return exists().where(reconciliations.c.finished_at.is_(None))


def open_reconciliation(connection: Connection) -> OpenReconciliation | None:
    """The oldest that is open, or None."""
    row = connection.execute(_OLDEST_OPEN).mappings().first()
    return None if row is None else OpenReconciliation.model_validate(dict(row))


class Reconciliations:
    """Opens and closes them. `anchor` is the file of anchored heads; None: only what was opened by hand counts."""

    def __init__(self, audit: AuditLog, clock: Clock, anchor: Path | None) -> None:
        self._audit = audit
        self._clock = clock
        self._anchor = anchor

    def look(self, connection: Connection) -> OpenReconciliation | None:
        """The one that is open; one is opened now, where the audit log ends before its anchored head.

        In a write transaction. Only the head is compared: a moment's work.
        """
        standing = open_reconciliation(connection)
        problem = "" if standing is not None else self._problem(connection)
        if not problem:
            return standing
        return self.begin(connection, reason=f"an old copy of the database? {problem}", actor=ACTOR)

    def require_none(self, database: Database) -> None:
        """Raise NotReconciled while one is open, or when one had to be opened now."""
        with database.read() as connection:
            standing, problem = open_reconciliation(connection), self._problem(connection)
        if standing is None and problem:
            with database.write() as connection:
                standing = self.look(connection)
        if standing is not None:
            raise NotReconciled(
                f"Blocked since {standing.started_at:%Y-%m-%d %H:%M} UTC: {standing.words().rstrip('.')}.",
                "Run `marketing reconcile`.",
            )

    def begin(self, connection: Connection, *, reason: str, actor: str) -> OpenReconciliation:
        """Block effects, and end everybody's access. What the newest audit row says is the last that is known here."""
        now, last = aware(self._clock.now()), connection.scalar(select(func.max(audit_log.c.at)))
        row: dict[str, Any] = {
            "reason": reason,
            "since": now if last is None else min(now, aware(last)),
            "started_at": now,
            "actor": actor,
            "found": {},
        }
        number = connection.execute(insert(reconciliations).values(**row).returning(reconciliations.c.id)).scalar_one()
        opened = OpenReconciliation.model_validate({**row, "id": number})
        self._tell(connection, "reconciliation.opened", opened, actor, {"since": opened.since.isoformat()})
        end_all_access(connection, self._audit, actor=actor, reason=reason, now=aware(SystemClock().now()))
        return opened

    def store_found(self, connection: Connection, opened: OpenReconciliation, found: Mapping[str, Any]) -> None:
        """Write what the channels hold that this database does not know, by account."""
        mine = reconciliations.c.id == opened.id
        connection.execute(update(reconciliations).where(mine).values(found=dict(found)))

    def finish(self, connection: Connection, *, actor: str, accepted: bool) -> None:
        """Let effects run again: everything open is closed, and the anchor starts again from this database's head.

        What the anchor said before is kept beside it.
        """
        if self._anchor is not None:
            # First the file: a process that ends here leaves effects blocked.
            self._audit.anchor_anew(connection, self._anchor)
        for row in connection.execute(_OPEN).mappings().all():
            opened = OpenReconciliation.model_validate(dict(row))
            self._tell(
                connection, "reconciliation.closed", opened, actor, {"found": opened.found, "accepted": accepted}
            )
        now: datetime = aware(self._clock.now())
        still = reconciliations.c.finished_at.is_(None)
        connection.execute(update(reconciliations).where(still).values(finished_at=now))

    def anchor(self, database: Database) -> None:
        """Note the audit log's head outside the database. Raises AnchorDamaged, OSError."""
        if self._anchor is not None:
            with database.read() as connection:
                self._audit.anchor(connection, self._anchor)

    def _problem(self, connection: Connection) -> str:
        return "" if self._anchor is None else self._audit.verify_head(connection, self._anchor).problem

    def _tell(
        self, connection: Connection, action: str, opened: OpenReconciliation, actor: str, detail: Mapping[str, Any]
    ) -> None:
        content = {"reason": opened.reason, **detail}
        subject = f"reconciliation {opened.id}"
        self._audit.append(connection, actor=actor, action=action, subject=subject, brand=None, detail=content)
