"""Proposed ad changes: recorded once, superseded by newer ones, moved as states.md draws, each with its audit row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import (
    OPEN,
    AdChangeKind,
    AdChangeProposal,
    AdChangeState,
    require_transition,
)
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_change_row import AdChange, ad_change_of, get_ad_change, list_ad_changes
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes

ACTOR = "ads_analyst"


@dataclass(frozen=True)
class Recorded:
    """What became of some proposals: ids of those stored, of open ones that say the same, of older ones replaced."""

    stored: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


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
        """By resource, the account's day on which this system last changed it."""
        applied = [change for change in self.find(brand=brand) if change.applied_at is not None]
        return {
            change.payload.resource: account_day(change.applied_at, zone)
            for change in sorted(applied, key=lambda change: (change.applied_at is not None, change.applied_at))
            if change.applied_at is not None
        }

    def record(self, proposals: Sequence[AdChangeProposal], *, actor: str = ACTOR) -> Recorded:
        """Store proposals in one transaction. An open identical one stays; one of the same field is replaced."""
        stored: list[str] = []
        repeated: list[str] = []
        superseded: list[str] = []
        with self._database.write() as connection:
            for proposal in proposals:
                rivals = self._rivals(connection, proposal)
                same = [change for change in rivals if change.fingerprint == proposal.fingerprint]
                if same:
                    repeated.append(same[0].id)
                    continue
                for change in rivals:
                    reason = f"replaced by {proposal.id}"
                    self.move_within(connection, change.id, AdChangeState.SUPERSEDED, reason=reason, actor=actor)
                    superseded.append(change.id)
                self._insert(connection, proposal, actor)
                stored.append(proposal.id)
        return Recorded(tuple(stored), tuple(repeated), tuple(superseded))

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
        values = {**columns, "state": to, "state_reason": reason, "updated_at": self._database.clock.now()}
        connection.execute(update(ad_changes).where(ad_changes.c.id == change).values(**values))
        self._tell(connection, before, f"ad_change.{to}", actor, {"from": before.state, "reason": reason})
        return get_ad_change(connection, change)

    def _rivals(self, connection: Connection, proposal: AdChangeProposal) -> list[AdChange]:
        """Open changes that a new one repeats or replaces; what has lapsed is expired on the way.

        Two negative keywords of one campaign are two changes, not versions of one.
        """
        payload = proposal.payload
        wanted = select(ad_changes).where(
            ad_changes.c.brand == proposal.brand,
            ad_changes.c.resource == payload.resource,
            ad_changes.c.field == payload.field,
            ad_changes.c.state.in_(OPEN),
        )
        if payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
            wanted = wanted.where(ad_changes.c.after == payload.after)
        rivals: list[AdChange] = []
        for row in connection.execute(wanted.order_by(ad_changes.c.proposed_at)).all():
            change = ad_change_of(row)
            if change.expires_at <= proposal.proposed_at:
                reason = "nobody decided in time"
                self.move_within(connection, change.id, AdChangeState.EXPIRED, reason=reason, actor=ACTOR)
            else:
                rivals.append(change)
        return rivals

    def _insert(self, connection: Connection, proposal: AdChangeProposal, actor: str) -> None:
        payload = proposal.payload
        row: dict[str, Any] = {
            **proposal.model_dump(mode="json", exclude={"proposed_at", "expires_at"}),
            "customer_id": payload.customer_id,
            "kind": payload.change_kind,
            "resource": payload.resource,
            "field": payload.field,
            "before": payload.before,
            "after": payload.after,
            "currency": payload.currency,
            "fingerprint": proposal.fingerprint,
            "state": AdChangeState.PROPOSED,
            "state_reason": "proposed",
            "proposed_at": proposal.proposed_at,
            "expires_at": proposal.expires_at,
            "updated_at": self._database.clock.now(),
        }
        connection.execute(insert(ad_changes).values(**row))
        self._tell(connection, proposal, "ad_change.proposed", actor, {"fingerprint": proposal.fingerprint})

    def _tell(
        self, connection: Connection, change: AdChangeProposal, action: str, actor: str, detail: Mapping[str, Any]
    ) -> None:
        self._audit.append(
            connection, actor=actor, action=action, subject=change.id, brand=change.brand, detail=dict(detail)
        )
