"""Ad changes as rows: stored, read, and moved as states.md draws, each step with its audit row."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, update

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeProposal, AdChangeState, require_transition
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, list_ad_changes
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes


class AdChanges:
    """The repository of ad changes. Safe to share between threads and processes: the database decides."""

    def __init__(self, database: Database, audit: AuditAppender) -> None:
        self._database = database
        self._audit = audit

    def get(self, change: str) -> AdChange:
        """The ad change of that id. Raises NotFound."""
        with self._database.read() as connection:
            return get_ad_change(connection, change)

    def find(self, *, brand: BrandId | None = None, states: Sequence[AdChangeState] = ()) -> tuple[AdChange, ...]:
        """Ad changes, oldest first."""
        with self._database.read() as connection:
            return tuple(list_ad_changes(connection, brand=brand, states=states))

    def of_week(self, brand: BrandId, week: str) -> tuple[AdChange, ...]:
        """Everything proposed for a brand in a week."""
        return tuple(change for change in self.find(brand=brand) if change.week == week)

    def last_changed(self, brand: BrandId, zone: ZoneInfo) -> dict[str, date]:
        """By resource, the account's day on which we last changed it. A negative keyword changes no campaign."""
        applied = [
            change
            for change in self.find(brand=brand)
            if change.applied_at is not None and change.payload.change_kind is not AdChangeKind.ADD_NEGATIVE_KEYWORD
        ]
        return {
            change.payload.resource: account_day(change.applied_at, zone)
            for change in sorted(applied, key=lambda change: (change.applied_at is not None, change.applied_at))
            if change.applied_at is not None
        }

    def move(self, change: str, to: AdChangeState, *, reason: str, actor: str, **columns: Any) -> AdChange:
        """Bring a change to another state. Raises NotFound, or RefusedTransition for a step that is not drawn."""
        with self._database.write() as connection:
            return self.move_within(connection, change, to, reason=reason, actor=actor, **columns)

    def move_within(
        self, connection: Connection, change: str, to: AdChangeState, *, reason: str, actor: str, **columns: Any
    ) -> AdChange:
        """`move` inside a write transaction of the caller's."""
        before = get_ad_change(connection, change)
        require_transition(before.state, to)
        self.note_within(connection, change, **columns, state=to, state_reason=reason)
        self._tell(connection, before, f"ad_change.{to}", actor, {"from": before.state, "reason": reason})
        return get_ad_change(connection, change)

    def note_within(self, connection: Connection, change: str, **columns: Any) -> None:
        """Write columns of a change without moving it."""
        values = {**columns, "updated_at": aware(self._database.clock.now())}
        connection.execute(update(ad_changes).where(ad_changes.c.id == change).values(**values))

    def insert_within(
        self, connection: Connection, proposal: AdChangeProposal, *, actor: str, detail: Mapping[str, Any]
    ) -> AdChange:
        """Store a proposal, with its audit row."""
        payload = proposal.payload
        row: dict[str, Any] = {
            **proposal.model_dump(mode="json", exclude={"proposed_at", "expires_at"}),
            "customer_id": payload.customer_id,
            "kind": payload.change_kind,
            **payload.model_dump(include={"resource", "field", "before", "after", "currency"}),
            "fingerprint": proposal.fingerprint,
            "state": AdChangeState.PROPOSED,
            "state_reason": "proposed",
            "proposed_at": proposal.proposed_at,
            "expires_at": proposal.expires_at,
            "updated_at": aware(self._database.clock.now()),
        }
        connection.execute(insert(ad_changes).values(**row))
        self._tell(connection, proposal, "ad_change.proposed", actor, {**detail, "fingerprint": proposal.fingerprint})
        return get_ad_change(connection, proposal.id)

    def _tell(
        self, connection: Connection, change: AdChangeProposal, action: str, actor: str, detail: Mapping[str, Any]
    ) -> None:
        self._audit.append(
            connection, actor=actor, action=action, subject=change.id, brand=change.brand, detail=dict(detail)
        )
