"""The audit log: a chain of rows, each signed over the one before, with its head written down elsewhere as well.

Tamper-evident, not tamper-proof: an edit, a deletion, an insertion and a reordering break the chain; a cut tail shows
against the newest anchored head, so what came after the last anchor can be cut unseen. The key is outside the database.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, RowMapping, insert, select

from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.tables import audit_log

_NO_MAC = "0" * 64
_STREAM = 2_000


class AnchorDamaged(MarketingError):
    """The anchor file is not one that this system wrote."""


class AuditVerdict(BaseModel):
    """What a check of the chain found. `first_bad` is the number of the first row that is wrong or missing."""

    model_config = ConfigDict(frozen=True)

    rows: int
    first_bad: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.problem


class AnchoredHead(BaseModel):
    """One line of the anchor file: the chain's last row at a moment, signed."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    mac: str
    at: datetime
    signature: str


class AuditLog:
    """Appends to the chain and checks it. `key` is MARKETING_AUDIT_KEY as bytes."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def append(
        self,
        connection: Connection,
        *,
        actor: str,
        action: str,
        subject: str,
        brand: BrandId | None,
        detail: Mapping[str, Any],
    ) -> int:
        """Add one row in the caller's write transaction; returns its number. Numbers have no gaps.

        `detail` must be JSON and hold no credential.
        """
        sequence, previous = self._head(connection)
        row: dict[str, Any] = {
            "sequence": sequence + 1,
            "at": aware(self._clock.now()),
            "actor": actor,
            "action": action,
            "subject": subject,
            "brand": brand,
            "detail": json.loads(json.dumps(dict(detail))),
        }
        values = {**row, "previous_mac": previous, "mac": self._mac(row, previous)}
        connection.execute(insert(audit_log).values(**values))
        return sequence + 1

    def verify(self, connection: Connection, anchor: Path | None = None) -> AuditVerdict:
        """Walk the whole chain, and hold it against the heads in the `anchor` file. Streams: memory stays small."""
        try:
            anchored = {head.sequence: head.mac for head in self._anchored(anchor)}
        except (AnchorDamaged, OSError) as error:
            return AuditVerdict(rows=0, problem=str(error))
        expected, previous = 1, _NO_MAC
        for row in self._rows(connection):
            problem = self._problem(row, expected, previous, anchored)
            if problem:
                return AuditVerdict(rows=expected - 1, first_bad=expected, problem=problem)
            expected, previous = expected + 1, row["mac"]
        if anchored and max(anchored) >= expected:
            problem = f"The chain ends at row {expected - 1}, yet row {max(anchored)} was anchored: the tail is cut."
            return AuditVerdict(rows=expected - 1, first_bad=expected, problem=problem)
        return AuditVerdict(rows=expected - 1)

    def anchor(self, connection: Connection, path: Path) -> AnchoredHead | None:
        """Append the chain's head to the anchor file and sync it; returns it, or None when it stands there already.

        Keep a copy of the file on another system: whoever can write both can cut both. Raises AnchorDamaged.
        """
        sequence, mac = self._head(connection)
        last = max((head.sequence for head in self._anchored(path)), default=0)
        if sequence <= last:
            return None
        at = aware(self._clock.now())
        head = AnchoredHead(sequence=sequence, mac=mac, at=at, signature=self._anchor_signature(sequence, mac, at))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(head.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return head

    def _head(self, connection: Connection) -> tuple[int, str]:
        newest = select(audit_log.c.sequence, audit_log.c.mac).order_by(audit_log.c.sequence.desc()).limit(1)
        row = connection.execute(newest).first()
        return (row.sequence, row.mac) if row else (0, _NO_MAC)

    def _rows(self, connection: Connection) -> Iterator[RowMapping]:
        walk = select(audit_log).order_by(audit_log.c.sequence).execution_options(yield_per=_STREAM)
        yield from connection.execute(walk).mappings()

    def _problem(self, row: RowMapping, expected: int, previous: str, anchored: Mapping[int, str]) -> str:
        if row["sequence"] != expected:
            return f"Row {expected} is missing; row {row['sequence']} follows row {expected - 1}."
        if row["previous_mac"] != previous:
            return f"Row {expected} does not follow the row before it."
        if not hmac.compare_digest(row["mac"], self._mac(row, previous)):
            return f"Row {expected} is not as it was written."
        if anchored.get(expected, row["mac"]) != row["mac"]:
            return f"Row {expected} is not the one that was anchored: the chain was written anew."
        return ""

    def _mac(self, row: RowMapping | Mapping[str, Any], previous: str) -> str:
        content = {
            "sequence": row["sequence"],
            "at": row["at"].isoformat(timespec="microseconds"),
            "actor": row["actor"],
            "action": row["action"],
            "subject": row["subject"],
            "brand": row["brand"],
            "detail": row["detail"],
            "previous": previous,
        }
        return sign(self._key, "audit", content)

    def _anchored(self, path: Path | None) -> list[AnchoredHead]:
        if path is None or not path.exists():
            return []
        heads: list[AnchoredHead] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                head = AnchoredHead.model_validate_json(line)
            except ValidationError as error:
                raise _damaged(path, f"line {number} cannot be read") from error
            if not hmac.compare_digest(head.signature, self._anchor_signature(head.sequence, head.mac, head.at)):
                raise _damaged(path, f"line {number} was not written with this key")
            heads.append(head)
        return heads

    def _anchor_signature(self, sequence: int, mac: str, at: datetime) -> str:
        return sign(self._key, "anchor", {"sequence": sequence, "mac": mac, "at": aware(at).isoformat()})


def _damaged(path: Path, problem: str) -> AnchorDamaged:
    return AnchorDamaged(f"The anchor file {path} cannot be trusted: {problem}.", "Restore it from its copy.")


def sign(key: bytes, purpose: str, content: Mapping[str, Any]) -> str:
    """HMAC-SHA256 over the canonical JSON of `content`, hex; `purpose` keeps signatures of different things apart."""
    text = json.dumps({"purpose": purpose, **content}, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
