"""The append-only record of every effect on the sandbox's world: the only judge of what really happened."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from marketing_pipeline.sandbox.state_file import from_stamp, stamp
from marketing_pipeline.sandbox.world import World

_CREDENTIALS = frozenset({"access_token", "client_secret", "authorization"})


class Kind(StrEnum):
    """What a row of the journal tells."""

    ACCOUNT_CREATED = "account_created"
    CONTAINER_CREATED = "container_created"
    PUBLISH_RECEIVED = "publish_received"
    MEDIA_PUBLISHED = "media_published"
    TOKEN_REFRESHED = "token_refreshed"
    IMAGE_GENERATED = "image_generated"
    FAULT_APPLIED = "fault_applied"


class Entry(BaseModel):
    """One row. `subject` is the id of what was made or asked for; `details` never holds a credential."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    at: datetime
    kind: Kind
    account: str
    subject: str
    request_digest: str
    details: dict[str, JsonValue]


def request_digest(method: str, path: str, parameters: Mapping[str, str]) -> str:
    """SHA-256 over a request without its credentials: equal requests have equal digests."""
    kept = sorted((name, value) for name, value in parameters.items() if name not in _CREDENTIALS)
    return hashlib.sha256(json.dumps([method, path, kept]).encode()).hexdigest()


class Journal:
    """Writes and reads the journal of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def write(
        self,
        kind: Kind,
        account: str,
        subject: str,
        digest: str,
        details: Mapping[str, JsonValue] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Append one row, in the caller's transaction if there is one."""
        row = (stamp(at or self._world.now()), kind, account, subject, digest, json.dumps(dict(details or {})))
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO journal (at, kind, account, subject, request_digest, details) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )

    def rows(self, kind: Kind | None = None, account: str | None = None, after: int = 0) -> list[Entry]:
        """Rows in the order written; `after` leaves out sequence numbers up to and including it."""
        with self._world.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM journal WHERE sequence > :after AND (:kind IS NULL OR kind = :kind)"
                " AND (:account IS NULL OR account = :account) ORDER BY sequence",
                {"after": after, "kind": kind, "account": account},
            ).fetchall()
        return [
            Entry(
                sequence=row["sequence"],
                at=from_stamp(row["at"]),
                kind=Kind(row["kind"]),
                account=row["account"],
                subject=row["subject"],
                request_digest=row["request_digest"],
                details=json.loads(row["details"]),
            )
            for row in found
        ]

    def publishes(self, account: str | None = None) -> list[Entry]:
        """Every post that went live, each once for each time that it did."""
        return self.rows(Kind.MEDIA_PUBLISHED, account)
