"""The audit log: a chain of rows, each signed over the one before, with its head written down elsewhere as well.

Tamper-evident, not tamper-proof: an edit, a deletion, an insertion and a reordering break the chain; a cut tail shows
against the newest anchored head, so what came after the last anchor can be cut unseen. The key is outside the database.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, insert, select

from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.audit_anchor import AnchorDamaged, AnchoredHead, AnchorFile
from marketing_pipeline.store.commit_log import log_after_commit
from marketing_pipeline.store.signature import sign
from marketing_pipeline.store.surface import surface
from marketing_pipeline.store.tables import audit_log

_NO_MAC = "0" * 64
_STREAM = 2_000
# Each step of the ledger writes some rows: these are put together once.
_HEAD = select(audit_log.c.sequence, audit_log.c.mac).order_by(audit_log.c.sequence.desc()).limit(1)
_ADD = insert(audit_log)


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


class ChainPart(StrEnum):
    """Which rows of the chain are looked at."""

    WHOLE = "whole"
    FROM_A_ROW = "from a row on"
    SELECTED = "selected rows"


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

        `detail` must be JSON and hold no credential. While a person acts it is given their `source`; see `acting_by`.
        """
        sequence, previous = self._head(connection)
        reason = detail.get("reason") or detail.get("note")
        source = {"source": surface()} if surface() else {}
        row: dict[str, Any] = {
            "sequence": sequence + 1,
            "at": aware(self._clock.now()),
            "actor": actor,
            "action": action,
            "subject": subject,
            "brand": brand,
            "detail": json.loads(json.dumps(source | dict(detail))),
        }
        connection.execute(_ADD, {**row, "previous_mac": previous, "mac": self._mac(row, previous)})
        log_after_commit(connection, f"{action}: {subject}, by {actor}" + (f": {reason}" if reason else ""))
        return sequence + 1

    def verify(
        self, connection: Connection, anchor: Path | None = None, on_rows: Callable[[int], None] = lambda _: None
    ) -> AuditVerdict:
        """Walk the whole chain, and hold it against the heads in the `anchor` file. Streams: memory stays small.

        `on_rows` is told now and then how many rows were found as they were written.
        """
        walk = select(audit_log).order_by(audit_log.c.sequence).execution_options(yield_per=_STREAM)
        with connection.execute(walk) as rows:
            return self.verify_rows(iter(rows.mappings()), anchor, on_rows=on_rows)

    def verify_rows(
        self,
        rows: Iterable[RowMapping] | Iterable[Mapping[str, Any]],
        anchor: Path | None = None,
        part: ChainPart = ChainPart.WHOLE,
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> AuditVerdict:
        """The same for rows from anywhere, such as an export; of a `part` of the chain no tail is missed."""
        try:
            heads = AnchorFile(self._key, anchor).heads() if anchor is not None else []
        except (AnchorDamaged, OSError) as error:
            return AuditVerdict(rows=0, problem=str(error))
        anchored = {head.sequence: head.mac for head in heads}
        good, expected, previous = 0, 1, _NO_MAC
        for row in rows:
            gap = part is ChainPart.SELECTED and row["sequence"] > expected
            if gap or (part is not ChainPart.WHOLE and good == 0):
                expected, previous = row["sequence"], row["previous_mac"]
            problem = self._problem(row, expected, previous, anchored)
            if problem:
                return AuditVerdict(rows=good, first_bad=expected, problem=problem)
            good, expected, previous = good + 1, expected + 1, row["mac"]
            if good % _STREAM == 0:
                on_rows(good)
        if part is ChainPart.WHOLE and anchored and max(anchored) >= expected:
            problem = f"The chain ends at row {expected - 1}, yet row {max(anchored)} was anchored: the tail is cut."
            return AuditVerdict(rows=good, first_bad=expected, problem=problem)
        return AuditVerdict(rows=good)

    def anchor(self, connection: Connection, path: Path) -> AnchoredHead | None:
        """Append the chain's head to the anchor file and sync it; returns it, or None when it stands there already.

        None as well where the chain does not hold the newest anchored head. Keep a copy of the file on another system:
        whoever can write both can cut both. Raises AnchorDamaged.
        """
        file = AnchorFile(self._key, path)
        with file.alone():
            sequence, mac = self._head(connection)
            last = file.last()
            if sequence <= (last.sequence if last is not None else 0):
                return None
            if last is not None and not self._holds(connection, last):
                return None  # on an old copy of the database: a newer line would hide what it lost
            return file.add(sequence, mac, aware(self._clock.now()))

    def anchor_anew(self, connection: Connection, path: Path) -> Path | None:
        """Take out of the anchor file what this chain does not hold; returns where the old file is kept, if it is.

        For a database that was put back and compared with the channels: only then is the tail that it lost no matter.
        """
        sequence, _ = self._head(connection)
        return AnchorFile(self._key, path).keep_only(lambda head: self._holds(connection, head), until=sequence)

    def _holds(self, connection: Connection, head: AnchoredHead) -> bool:
        return connection.scalar(select(audit_log.c.mac).where(audit_log.c.sequence == head.sequence)) == head.mac

    def verify_head(self, connection: Connection, anchor: Path) -> AuditVerdict:
        """Hold the chain's head alone against the newest anchored one: a moment's work, for a look each minute."""
        try:
            last = AnchorFile(self._key, anchor).last()
        except (AnchorDamaged, OSError) as error:
            return AuditVerdict(rows=0, problem=str(error))
        sequence, _ = self._head(connection)
        if last is None:
            return AuditVerdict(rows=sequence)
        mac = connection.scalar(select(audit_log.c.mac).where(audit_log.c.sequence == last.sequence))
        problem = ""
        if mac is None:
            problem = f"The chain ends at row {sequence}, yet row {last.sequence} was anchored: the tail is cut."
        elif mac != last.mac:
            problem = f"Row {last.sequence} is not the one that was anchored: the chain was written anew."
        return AuditVerdict(rows=sequence, first_bad=last.sequence if problem else None, problem=problem)

    def _head(self, connection: Connection) -> tuple[int, str]:
        row = connection.execute(_HEAD).first()
        return (row.sequence, row.mac) if row else (0, _NO_MAC)

    def _problem(
        self, row: RowMapping | Mapping[str, Any], expected: int, previous: str, anchored: Mapping[int, str]
    ) -> str:
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
