"""Alerts: raised once however often they are found, resolved when their cause is gone, told once by one process."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, case, false, insert, or_, select, update

from marketing_pipeline.domain.alert import Alert, AlertKind, AlertState, Finding, Severity
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline.store.alert_rows import STANDING, alert_of, alert_row, neglected, rows_of, standing_of, untold
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import alerts

ACTOR = "alerts"
CALM = timedelta(minutes=30)
"""What comes back within so long after it was resolved has never been gone: people are not told again."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_RISING = list(Severity)
_URGENCY = case({str(severity): place for place, severity in enumerate(_RISING)}, value=alerts.c.severity)
_NOBODY_TOLD: dict[str, Any] = {
    "notified_at": None,
    "notify_attempts": 0,
    "notify_problem": None,
    "notify_after": None,
}


class Alerts:
    """Writes and reads the alerts. Several processes may watch at once: each change is one transaction."""

    def __init__(self, database: Database, audit: AuditAppender) -> None:
        self._database = database
        self._audit = audit

    def settle(self, found: Sequence[Finding], kinds: Collection[AlertKind], brand: BrandId | None = None) -> None:
        """Make the standing alerts of these kinds (of this brand) exactly what was found.

        New ones are raised, known ones refreshed, and those not found any more resolved. Writes nothing where there
        is nothing to write.
        """
        now = self._now()
        with self._database.read() as connection:
            standing = standing_of(connection, kinds, brand)
        if not found and not standing:
            return
        with self._database.write() as connection:
            wanted = {finding.alert_id: finding for finding in found}
            known = rows_of(connection, wanted)
            found_again = [
                refreshed
                for alert, finding in wanted.items()
                if (refreshed := self._found(connection, known.get(alert), finding, now))
            ]
            if found_again:
                # At once: a large installation has hundreds that stand, and looks every few seconds.
                connection.execute(update(alerts).where(alerts.c.id == bindparam("alert")), found_again)
            for gone in standing_of(connection, kinds, brand):
                if gone["id"] not in wanted:
                    self._change(connection, gone, "resolved", now, {"state": AlertState.RESOLVED, "resolved_at": now})

    def escalate(self) -> None:
        """Make what nobody has taken on for too long one step more urgent, once, so that it is told again."""
        now = self._now()
        with self._database.read() as connection:
            due = neglected(connection, now)
        if not due:
            return
        with self._database.write() as connection:
            for row in neglected(connection, now):
                higher = _RISING[min(_RISING.index(Severity(row["severity"])) + 1, len(_RISING) - 1)]
                values = {"severity": higher, "escalated_at": now, **_NOBODY_TOLD}
                self._change(connection, row, "escalated", now, values)

    def claim_untold(self) -> tuple[Alert, ...]:
        """Take the open alerts that people have still to be told of; whoever calls this must tell them, or say why not.

        No other process is given them before the pause that doubles with each attempt has passed. Muted ones wait.
        """
        now = self._now()
        with self._database.read() as connection:
            if not untold(connection, now):
                return ()
        with self._database.write() as connection:
            taken = untold(connection, now)
            for row in taken:
                attempts = row["notify_attempts"] + 1
                pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
                _write(connection, row["id"], now, notify_attempts=attempts, notify_after=now + pause)
        return tuple(alert_of(row) for row in taken)

    def told(self, ids: Iterable[AlertId], problem: str | None) -> None:
        """People were told of these; `problem` says which service did not take it."""
        now = self._now()
        with self._database.write() as connection:
            for alert in ids:
                _write(connection, alert, now, notified_at=now, notify_problem=problem, notify_after=None)

    def not_told(self, ids: Iterable[AlertId], problem: str) -> None:
        """Nobody could be told of these, and why. They are tried again after their pause."""
        now = self._now()
        with self._database.write() as connection:
            for alert in ids:
                _write(connection, alert, now, notify_problem=problem)

    def acknowledge(self, alert: AlertId, actor: str, note: str = "") -> Alert:
        """Somebody takes an open alert on. Raises NotFound, and RefusedTransition where it is not open."""
        with self._database.write() as connection:
            row = alert_row(connection, alert)
            if row["state"] != AlertState.OPEN:
                by = f" by {row['acknowledged_by']}" if row["acknowledged_by"] else ""
                raise RefusedTransition(
                    f"The alert {alert} is {row['state']} already{by}.", "`marketing alerts list` shows what is open."
                )
            values = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": actor}
            self._change(connection, row, "acknowledged", self._now(), values, actor, note)
        return self.get(alert)

    def get(self, alert: AlertId) -> Alert:
        """The alert of that id. Raises NotFound."""
        with self._database.read() as connection:
            return alert_of(alert_row(connection, alert))

    def find(
        self,
        *,
        states: Collection[AlertState] = STANDING,
        brand: BrandId | None = None,
        kind: AlertKind | None = None,
        limit: int = 500,
    ) -> tuple[Alert, ...]:
        """The newest alerts in these states, most urgent first, then newest."""
        wanted = select(alerts).where(alerts.c.state.in_(states))
        if brand is not None:
            wanted = wanted.where(alerts.c.brand == brand)
        if kind is not None:
            wanted = wanted.where(alerts.c.kind == kind)
        with self._database.read() as connection:
            newest = wanted.order_by(alerts.c.first_at.desc(), alerts.c.id).limit(limit)
            found = [alert_of(row) for row in connection.execute(newest).mappings()]
        return tuple(sorted(found, key=lambda alert: -_RISING.index(alert.severity)))

    def standing(
        self,
        brands: Collection[BrandId | None] | None,
        *,
        without: Collection[AlertKind] = (),
        limit: int,
        skipped: int = 0,
    ) -> tuple[Alert, ...]:
        """What is not resolved, the most urgent of all first, then newest; at most `limit` after the first `skipped`.

        `brands`: only theirs, and where None is among them what is of no one brand; None: everything. `without`: none
        of these kinds.
        """
        wanted = select(alerts).where(alerts.c.state.in_(STANDING), alerts.c.kind.not_in(without))
        if brands is not None:
            of_no_brand = alerts.c.brand.is_(None) if None in brands else false()
            wanted = wanted.where(or_(alerts.c.brand.in_([each for each in brands if each is not None]), of_no_brand))
        wanted = wanted.order_by(_URGENCY.desc(), alerts.c.first_at.desc(), alerts.c.id).limit(limit).offset(skipped)
        with self._database.read() as connection:
            return tuple(alert_of(row) for row in connection.execute(wanted).mappings())

    def _found(
        self, connection: Connection, row: RowMapping | None, finding: Finding, now: datetime
    ) -> dict[str, Any] | None:
        """Write what a finding changes, but for what it only refreshes: that is returned with the `alert` it is of."""
        shown = finding.model_dump(include={"title", "detail", "mend"})
        if row is None:
            self._raise_first(connection, finding, now, shown)
            return None
        if row["state"] == AlertState.RESOLVED:
            self._raise_again(connection, row, finding, now, shown)
            return None
        values: dict[str, Any] = {**shown, "last_at": now, "occurrences": row["occurrences"] + 1}
        if _RISING.index(finding.urgency) > _RISING.index(Severity(row["severity"])):
            # It has become worse: who took the lesser thing on has not heard of this.
            values |= {"severity": finding.urgency, "state": AlertState.OPEN, "acknowledged_by": None, **_NOBODY_TOLD}
            self._change(connection, row, "raised", now, values)
            return None
        return {"alert": row["id"], **values, "updated_at": now}

    def _raise_first(self, connection: Connection, finding: Finding, now: datetime, shown: dict[str, str]) -> None:
        values = {
            **shown,
            **_NOBODY_TOLD,
            **finding.model_dump(include={"kind", "brand", "subject"}),
            "id": finding.alert_id,
            "severity": finding.urgency,
            "state": AlertState.OPEN,
            "first_at": now,
            "last_at": now,
            "occurrences": 1,
            "updated_at": now,
        }
        connection.execute(insert(alerts).values(**values))
        self._tell(connection, finding.alert_id, "raised", finding.brand, {"severity": finding.urgency, **shown})

    def _raise_again(
        self, connection: Connection, row: RowMapping, finding: Finding, now: datetime, shown: dict[str, str]
    ) -> None:
        values: dict[str, Any] = {**shown, "state": AlertState.OPEN, "last_at": now, "resolved_at": None}
        if now - row["resolved_at"] < CALM:
            values |= {"occurrences": row["occurrences"] + 1}
        else:
            values |= {"occurrences": 1, "first_at": now, "severity": finding.urgency, **_NOBODY_TOLD}
            values |= {"escalated_at": None, "acknowledged_by": None}
        if values.get("acknowledged_by", row["acknowledged_by"]):
            values["state"] = AlertState.ACKNOWLEDGED
        self._change(connection, row, "raised", now, values)

    def _change(
        self,
        connection: Connection,
        row: RowMapping,
        act: str,
        now: datetime,
        values: dict[str, Any],
        actor: str = ACTOR,
        note: str = "",
    ) -> None:
        _write(connection, row["id"], now, **values)
        detail = {"title": row["title"], "severity": values.get("severity", row["severity"])}
        brand = None if row["brand"] is None else BrandId(row["brand"])
        self._tell(connection, AlertId(row["id"]), act, brand, {**detail, **({"note": note} if note else {})}, actor)

    def _tell(
        self,
        connection: Connection,
        alert: AlertId,
        act: str,
        brand: BrandId | None,
        detail: dict[str, Any],
        actor: str = ACTOR,
    ) -> None:
        self._audit.append(connection, actor=actor, action=f"alert.{act}", subject=alert, brand=brand, detail=detail)

    def _now(self) -> datetime:
        return aware(self._database.clock.now())


def _write(connection: Connection, alert: str, now: datetime, **values: Any) -> None:
    connection.execute(update(alerts).where(alerts.c.id == alert).values(**values, updated_at=now))
