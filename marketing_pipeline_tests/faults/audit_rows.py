"""Row 43: tampering with the audit log, at random places: every kind is found, and the first bad row is named."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.audit import AuditLog, AuditVerdict
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.tampering import take_away_the_guards

KEY = b"a key that lives outside the database"
ROWS_KEPT = 60
Tampering = Callable[[Connection, random.Random, int], int]
"""Does the harm to a chain of so many rows; the number of the first row that is wrong or missing from then on."""


def _edit(connection: Connection, chance: random.Random, rows: int) -> int:
    sequence = chance.randint(1, rows)
    values = chance.choice(
        [
            {"actor": "eve"},
            {"action": "post.released"},
            {"subject": "p9"},
            {"brand": None},
            {"detail": {"number": sequence, "approved": True}},
            {"at": NOW + timedelta(days=1)},
            {"mac": "0" * 64},
            {"previous_mac": "f" * 64},
        ]
    )
    connection.execute(update(audit_log).where(audit_log.c.sequence == sequence).values(**values))
    return sequence


def _delete(connection: Connection, chance: random.Random, rows: int) -> int:
    """One row, and in every other case those after it closed up, so that no number is missing."""
    sequence = chance.randint(1, rows - 1)
    connection.execute(delete(audit_log).where(audit_log.c.sequence == sequence))
    if chance.random() < 0.5:
        for following in range(sequence + 1, rows + 1):
            _renumber(connection, following, following - 1)
    return sequence


def _insert(connection: Connection, chance: random.Random, rows: int) -> int:
    """A copy of an honest row, between two others."""
    sequence = chance.randint(2, rows)
    for following in range(rows, sequence - 1, -1):
        _renumber(connection, following, following + 1)
    copied = connection.execute(select(audit_log).where(audit_log.c.sequence == sequence - 1)).mappings().one()
    connection.execute(insert(audit_log).values({**copied, "sequence": sequence, "previous_mac": copied["mac"]}))
    return sequence


def _reorder(connection: Connection, chance: random.Random, rows: int) -> int:
    first, second = sorted(chance.sample(range(1, rows + 1), 2))
    for old, new in ((first, rows + 1000), (second, first), (rows + 1000, second)):
        _renumber(connection, old, new)
    return first


def _cut_tail(connection: Connection, chance: random.Random, rows: int) -> int:
    first = chance.randint(1, rows)
    connection.execute(delete(audit_log).where(audit_log.c.sequence >= first))
    return first


def _rebuild(connection: Connection, chance: random.Random, rows: int) -> int:
    """The whole chain written anew by somebody who can write the file and does not have the key."""
    kept = connection.execute(select(audit_log).order_by(audit_log.c.sequence)).mappings().all()
    connection.execute(delete(audit_log))
    forger = AuditLog(chance.randbytes(32), SteppedClock(NOW))
    for row in kept:
        forger.append(
            connection,
            actor="eve",
            action=row["action"],
            subject=row["subject"],
            brand=row["brand"],
            detail=row["detail"],
        )
    return 1


def _renumber(connection: Connection, old: int, new: int) -> None:
    connection.execute(update(audit_log).where(audit_log.c.sequence == old).values(sequence=new))


KINDS: dict[str, Tampering] = {
    "edit": _edit,
    "delete": _delete,
    "insert": _insert,
    "reorder": _reorder,
    "cut tail": _cut_tail,
    "whole rebuild": _rebuild,
}


def tampered(tries: int, seed: int, folder: Path) -> Figure:
    """Row 43. Each kind in turn, each time on an honest chain whose head is anchored."""
    chance, broken, found = random.Random(seed), Counter[str](), set[str]()
    log, anchor = AuditLog(KEY, SteppedClock(NOW)), folder / "audit.anchor"
    database = Database.open(f"sqlite:///{folder}/audit.sqlite", SteppedClock(NOW))
    try:
        with database.write() as connection:
            take_away_the_guards(connection)
            fill(log, connection, ROWS_KEPT)
            log.anchor(connection, anchor)
        broken["an honest chain is doubted"] += not _verdict(database, log, anchor).intact
        for number in range(tries):
            kind = list(KINDS)[number % len(KINDS)]
            first_bad, verdict = _harmed(database, log, anchor, KINDS[kind], chance)
            broken[f"{kind} is not found"] += verdict.intact
            broken[f"{kind} at {first_bad} is said to be at {verdict.first_bad}"] += verdict.first_bad != first_bad
            found |= set() if verdict.intact else {kind}
    finally:
        database.close()
    note = "; ".join(what for what, _ in (+broken).most_common(3))
    told = f"{len(found)} of {len(KINDS)} kinds found; a tail is safe from the last anchored head on"
    return Figure(tries=tries, broken=broken.total(), note=note or told)


def fill(log: AuditLog, connection: Connection, rows: int) -> None:
    """Append so many rows."""
    for number in range(rows):
        log.append(
            connection,
            actor="sam",
            action="post.moved",
            subject=f"p{number}",
            brand=BrandId("tea_room"),
            detail={"number": number, "from": "drafted", "to": "designed", "reason": "attempt 1 meets the bar"},
        )


class _Undone(Exception):
    """The harm was looked at; it is rolled back."""


def _harmed(
    database: Database, log: AuditLog, anchor: Path, tamper: Tampering, chance: random.Random
) -> tuple[int, AuditVerdict]:
    """What is said of a chain that was tampered with; the chain is honest again afterwards."""
    seen: list[tuple[int, AuditVerdict]] = []
    try:
        with database.write() as connection:
            first_bad = tamper(connection, chance, ROWS_KEPT)
            seen.append((first_bad, log.verify(connection, anchor)))
            raise _Undone
    except _Undone:
        return seen[0]


def _verdict(database: Database, log: AuditLog, anchor: Path) -> AuditVerdict:
    with database.read() as connection:
        return log.verify(connection, anchor)


ROWS = (
    FaultRow("43", "Audit tampering: edit, delete, insert, reorder, cut tail, rebuild", "tampering", 60, 600, tampered),
)
