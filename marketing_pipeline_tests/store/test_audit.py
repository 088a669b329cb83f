"""The audit chain shows every way of tampering, names the first bad row, and is quick to check."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.audit import AuditLog, AuditVerdict
from marketing_pipeline.store.audit_anchor import AnchorDamaged
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.store.tampering import take_away_the_guards

KEY = b"outside the database"
ROWS = 10
Tampering = Callable[[Connection], object]


@pytest.fixture
def log(database: Database, clock: SteppedClock) -> AuditLog:
    log = AuditLog(KEY, clock)
    _append(database, log, ROWS)
    return log


def _append(database: Database, log: AuditLog, rows: int) -> None:
    with database.write() as connection:
        for number in range(rows):
            detail = {"number": number, "words": "naïve – 'quoted'"}
            brand = BrandId("tea_room") if number % 2 else None
            log.append(connection, actor="sam", action="post.moved", subject="p1", brand=brand, detail=detail)


def _verify(database: Database, log: AuditLog, anchor: Path | None = None) -> AuditVerdict:
    with database.read() as connection:
        return log.verify(connection, anchor)


def _swap(connection: Connection) -> None:
    for old, new in ((4, 400), (5, 4), (400, 5)):
        connection.execute(update(audit_log).where(audit_log.c.sequence == old).values(sequence=new))


def _insert(connection: Connection) -> None:
    for sequence in range(ROWS, 5, -1):
        connection.execute(update(audit_log).where(audit_log.c.sequence == sequence).values(sequence=sequence + 1))
    row = connection.execute(select(audit_log).where(audit_log.c.sequence == 5)).mappings().one()
    connection.execute(insert(audit_log).values({**row, "sequence": 6, "previous_mac": row["mac"]}))


def _rebuild(connection: Connection) -> None:
    rows = connection.execute(select(audit_log).order_by(audit_log.c.sequence)).mappings().all()
    connection.execute(delete(audit_log))
    forger = AuditLog(b"a guess at the key", SteppedClock(rows[0]["at"]))
    for row in rows:
        forger.append(
            connection, actor="eve", action=row["action"], subject=row["subject"], brand=None, detail=row["detail"]
        )


def _set(sequence: int, **values: object) -> Tampering:
    return lambda connection: connection.execute(
        update(audit_log).where(audit_log.c.sequence == sequence).values(**values)
    )


def _delete(*sequences: int) -> Tampering:
    return lambda connection: connection.execute(delete(audit_log).where(audit_log.c.sequence.in_(sequences)))


TAMPERINGS: dict[str, tuple[Tampering, int]] = {
    "actor edited": (_set(4, actor="eve"), 4),
    "action edited": (_set(4, action="post.held"), 4),
    "subject edited": (_set(4, subject="p2"), 4),
    "brand edited": (_set(4, brand=None), 4),
    "detail edited": (_set(4, detail={"number": 99}), 4),
    "mac edited": (_set(4, mac="0" * 64), 4),
    "link edited": (_set(4, previous_mac="0" * 64), 4),
    "first row deleted": (_delete(1), 1),
    "middle row deleted": (_delete(6), 6),
    "row inserted": (_insert, 6),
    "two rows swapped": (_swap, 4),
    "rebuilt with another key": (_rebuild, 1),
    "tail cut": (_delete(9, 10), 9),
    "emptied": (_delete(*range(1, ROWS + 1)), 1),
}


def test_an_honest_chain_is_intact_and_has_no_gaps(database: Database, log: AuditLog, tmp_path: Path) -> None:
    with database.read() as connection:
        assert log.anchor(connection, tmp_path / "audit.anchor") is not None
        assert list(connection.scalars(select(audit_log.c.sequence))) == list(range(1, ROWS + 1))
    verdict = _verify(database, log, tmp_path / "audit.anchor")
    assert verdict.intact
    assert verdict.rows == ROWS


@pytest.mark.parametrize(("tamper", "first_bad"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_tampering_is_found_and_the_first_bad_row_named(
    database: Database, log: AuditLog, tmp_path: Path, tamper: Tampering, first_bad: int
) -> None:
    anchor = tmp_path / "audit.anchor"
    with database.read() as connection:
        log.anchor(connection, anchor)
    with database.write() as connection:
        take_away_the_guards(connection)
        tamper(connection)
    verdict = _verify(database, log, anchor)
    assert not verdict.intact
    assert verdict.first_bad == first_bad
    assert verdict.problem


def test_a_chain_rebuilt_with_the_stolen_key_differs_from_the_anchor(
    database: Database, log: AuditLog, tmp_path: Path
) -> None:
    with database.read() as connection:
        log.anchor(connection, tmp_path / "audit.anchor")
    with database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(delete(audit_log))
    _append(database, AuditLog(KEY, SteppedClock(database.clock.now().replace(year=2027))), ROWS)
    verdict = _verify(database, log, tmp_path / "audit.anchor")
    assert verdict.first_bad == ROWS
    assert "anchored" in verdict.problem
    assert _verify(database, log).intact


def test_what_is_rolled_back_leaves_no_row_and_no_gap(database: Database, log: AuditLog) -> None:
    def fails() -> None:
        with database.write() as connection:
            log.append(connection, actor="a", action="b.c", subject="d", brand=None, detail={})
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    _append(database, log, 1)
    assert _verify(database, log).rows == ROWS + 1


def test_an_anchor_is_written_once_per_head_and_only_appended(
    database: Database, log: AuditLog, tmp_path: Path
) -> None:
    anchor = tmp_path / "home" / "audit.anchor"
    for expected in (1, 1):
        with database.read() as connection:
            log.anchor(connection, anchor)
        assert len(anchor.read_text().splitlines()) == expected
    _append(database, log, 1)
    before = anchor.read_text()
    with database.read() as connection:
        log.anchor(connection, anchor)
    assert anchor.read_text().startswith(before)


@pytest.mark.parametrize(
    "line", ["{", json.dumps({"sequence": 3, "mac": "0", "at": "2026-11-16T09:00:00Z", "signature": "0"})]
)
def test_a_damaged_or_forged_anchor_is_not_believed(
    database: Database, log: AuditLog, tmp_path: Path, line: str
) -> None:
    anchor = tmp_path / "audit.anchor"
    anchor.write_text(line + "\n")
    assert "line 1" in _verify(database, log, anchor).problem
    with database.read() as connection, pytest.raises(AnchorDamaged):
        log.anchor(connection, anchor)


def test_a_long_chain_is_checked_as_a_stream(database: Database, log: AuditLog) -> None:
    _append(database, log, 3_000)
    verdict = _verify(database, log)
    assert verdict.intact
    with database.read() as connection:
        assert verdict.rows == connection.scalar(select(func.count()).select_from(audit_log)) == 3_000 + ROWS
