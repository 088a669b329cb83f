"""A control plane moved from a SQLite file to a real PostgreSQL: whole or not at all, and the file stays."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.copied_table import TableContent
from marketing_pipeline.operations.move import MOVED, MoveOrder, move_control_plane
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.database_errors import DatabaseBusy, DatabaseUnreachable
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline.store.tables import audit_log, heartbeats, metadata
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.operations.moving import ODD, move, opened, raw, rows_there, run_there, tables_of
from marketing_pipeline_tests.store.tampering import guards


def test_every_row_arrives_as_it_was_and_the_file_stays(order: MoveOrder, office: Office, empty: str) -> None:
    office.published()
    order = replace(order, target=empty)
    before = raw(order)
    moved = move(order)
    assert raw(order) == before
    assert {each.name: each.rows for each in moved.tables} == {name: len(rows) for name, rows in before.items()}
    assert moved.rows > 35 and moved.audit_rows == len(before["audit_log"])
    database = opened(order)
    with database.read() as connection, order.home.open_database().read() as file:
        for name, table in metadata.tables.items():
            if name != audit_log.name:
                there, here = (list(map(repr, each.execute(select(table)))) for each in (connection, file))
                assert sorted(there) == sorted(here), name
        odd = connection.execute(text("SELECT evidence::text, level, low, why, known FROM learnings")).one()
        assert tuple(odd) == ('{"a":  1.50, "b":"\\u0000\\ud83e", "c":[ ]}', ODD, -0.0, ODD, True)
    database.close()


def test_the_log_goes_on_after_the_same_head_and_tells_who_moved_it(order: MoveOrder) -> None:
    moved = move(order)
    database = opened(order)
    plane = ControlPlane.of(database, order.key, order.home.audit_anchor)
    with database.read() as connection:
        verdict = plane.audit.verify(connection, order.home.audit_anchor)
        last = connection.execute(select(audit_log).order_by(audit_log.c.sequence.desc()).limit(1)).one()
    assert verdict.intact and verdict.rows == moved.audit_rows + 1
    assert (last.action, last.actor, last.previous_mac) == (MOVED, "sam", moved.audit_head)
    assert last.detail["rows"] == moved.rows and "@" in last.detail["to"]
    database.close()


def test_the_guards_are_there_and_numbers_go_on(order: MoveOrder, office: Office) -> None:
    with office.work.database.write() as connection:
        for channel in ("instagram", "google_ads"):
            office.work.holds.pause(connection, actor="ana", note="", brand=None, channel=channel)
    move(order)
    database = opened(order)
    with database.read() as connection, office.work.database.read() as file:
        assert set(guards(connection)) == set(guards(file))
        assert connection.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'audit_log'")) > 0
    with pytest.raises(Exception, match="append-only"), database.write() as connection:
        connection.execute(audit_log.delete())
    plane = ControlPlane.of(database, order.key)
    with database.write() as connection:
        plane.holds.pause(connection, actor="ana", note="after", brand=None, channel=None)
        numbers = connection.scalars(text("SELECT id FROM holds ORDER BY id")).all()
    assert numbers == [1, 2, 3]
    database.close()


def test_what_acts_first_keeps_the_other_from_acting(order: MoveOrder, office: Office) -> None:
    move(order)
    database = opened(order)
    plane = ControlPlane.of(database, order.key, order.home.audit_anchor)
    plane.reconciliations.require_none(database)
    plane.reconciliations.anchor(database)
    with pytest.raises(NotReconciled, match="was anchored"):
        office.work.plane.reconciliations.require_none(office.work.database)
    plane.reconciliations.require_none(database)
    database.close()


def test_into_a_database_that_was_opened_before(order: MoveOrder) -> None:
    database = opened(order)
    order.home.bind(database, order.world)
    database.close()
    assert move(order).rows > 5


def test_a_rehearsal_takes_everything_back_and_tells_what_is_at_work(
    order: MoveOrder, office: Office, empty: str
) -> None:
    order = replace(order, target=empty)
    Heartbeats(office.work.database, SystemClock()).beat("daemon", ServerKind.DAEMON, 15)
    moved = move(replace(order, rehearsal=True))
    assert moved.rows > 5 and moved.at_work == ("daemon",)
    assert tables_of(order) == []


def test_nobody_writes_to_the_file_meanwhile_and_everybody_does_afterwards(order: MoveOrder) -> None:
    refused: list[str] = []

    def told(what: str) -> None:
        if what == "verifying the audit log":
            writer = Database.open(order.home.control_plane_url, SystemClock(), busy_timeout_ms=1)
            with pytest.raises(DatabaseBusy), writer.write():
                pass
            writer.close()
            refused.append(what)

    move_control_plane(order, real=SystemClock(), told=told)
    assert refused
    with order.home.open_database().write() as connection:
        connection.execute(heartbeats.delete())


def test_a_server_that_goes_away_in_between_has_kept_nothing(order: MoveOrder) -> None:
    def told(what: str) -> None:
        if what == "verifying posts":
            run_there(
                order,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )

    with pytest.raises(DatabaseUnreachable, match="What was not committed is undone"):
        move_control_plane(order, real=SystemClock(), told=told)
    assert rows_there(order) == 0


ROWS = st.lists(st.tuples(st.text(), st.integers() | st.floats(allow_nan=False) | st.none()), min_size=1, max_size=6)


@given(ROWS, st.randoms(use_true_random=False), st.data())
def test_a_digest_knows_no_order_and_every_difference(
    rows: list[tuple[Any, ...]], luck: Any, data: st.DataObject
) -> None:
    whole, mixed = TableContent.of("t", rows), list(rows)
    luck.shuffle(mixed)
    assert TableContent.of("t", mixed) == whole
    other = data.draw(ROWS)
    same = sorted(map(repr, other)) == sorted(map(repr, rows))
    assert (TableContent.of("t", other) == whole) == same


def test_no_password_is_shown(order: MoveOrder) -> None:
    secret = order.target.replace("postgres@", "postgres:open-sesame-7@")
    given_order = replace(order, target=secret)
    assert "open-sesame" not in repr(given_order)
    assert "open-sesame" not in move(given_order).place
    database = opened(order)
    with database.read() as connection:
        details = connection.scalars(select(audit_log.c.detail)).all()
    database.close()
    assert "sesame" not in repr(details)
