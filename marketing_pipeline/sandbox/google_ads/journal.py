"""The append-only record of every mutation asked for, done or not: the only judge of what really happened."""

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from marketing_pipeline.sandbox.google_ads.world import AdsWorld
from marketing_pipeline.sandbox.state_file import from_stamp, stamp


class Outcome(StrEnum):
    """What became of an operation."""

    APPLIED = "applied"
    VALIDATED = "validated"
    """A dry run that would have passed."""
    REFUSED = "refused"
    """Nothing changed: this operation or another one of its request was refused."""


class Actor(BaseModel):
    """Who changes something, in the words of change_event."""

    model_config = ConfigDict(frozen=True)

    client_type: str = "GOOGLE_ADS_API"
    user_email: str = "sandbox@sandbox.invalid"


THE_CLIENT = Actor()
SOMEBODY_ELSE = Actor(client_type="GOOGLE_ADS_WEB_CLIENT", user_email="colleague@shop.example")


class AdsEntry(BaseModel):
    """One operation of one request. `before` and `after` are whole resources; amounts in micros, enums by name."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    at: datetime
    customer: str
    request_id: str
    method: str
    position: int
    operation: str
    resource: str
    resource_type: str
    validate_only: bool
    outcome: Outcome
    errors: tuple[str, ...]
    before: dict[str, JsonValue] | None
    after: dict[str, JsonValue] | None
    actor: Actor


class AdsJournal:
    """Writes and reads the journal of one world."""

    def __init__(self, world: AdsWorld) -> None:
        self._world = world

    def write(self, entries: Sequence[AdsEntry]) -> None:
        """Append rows, in the caller's transaction if there is one. Their sequence numbers are given here."""
        with self._world.transaction() as connection:
            connection.executemany(
                "INSERT INTO journal (at, customer, request_id, method, position, operation, resource, resource_type,"
                " validate_only, outcome, errors, before, after, client_type, user_email)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        stamp(entry.at),
                        entry.customer,
                        entry.request_id,
                        entry.method,
                        entry.position,
                        entry.operation,
                        entry.resource,
                        entry.resource_type,
                        entry.validate_only,
                        entry.outcome,
                        json.dumps(entry.errors),
                        None if entry.before is None else json.dumps(entry.before),
                        None if entry.after is None else json.dumps(entry.after),
                        entry.actor.client_type,
                        entry.actor.user_email,
                    )
                    for entry in entries
                ],
            )

    def rows(self, customer: str | None = None, after: int = 0, outcome: Outcome | None = None) -> list[AdsEntry]:
        """Rows in the order written; `after` leaves out sequence numbers up to and including it."""
        with self._world.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM journal WHERE sequence > :after AND (:customer IS NULL OR customer = :customer)"
                " AND (:outcome IS NULL OR outcome = :outcome) ORDER BY sequence",
                {"after": after, "customer": customer, "outcome": outcome},
            ).fetchall()
        return [
            AdsEntry(
                sequence=row["sequence"],
                at=from_stamp(row["at"]),
                customer=row["customer"],
                request_id=row["request_id"],
                method=row["method"],
                position=row["position"],
                operation=row["operation"],
                resource=row["resource"],
                resource_type=row["resource_type"],
                validate_only=bool(row["validate_only"]),
                outcome=Outcome(row["outcome"]),
                errors=tuple(json.loads(row["errors"])),
                before=None if row["before"] is None else json.loads(row["before"]),
                after=None if row["after"] is None else json.loads(row["after"]),
                actor=Actor(client_type=row["client_type"], user_email=row["user_email"]),
            )
            for row in found
        ]

    def applied(self, customer: str | None = None) -> list[AdsEntry]:
        """Every operation that took effect, in order."""
        return self.rows(customer, outcome=Outcome.APPLIED)
