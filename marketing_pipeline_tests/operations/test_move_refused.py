"""What a control plane is not moved for, each on its own: neither side is changed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.copied_table import RowsRefused
from marketing_pipeline.operations.move import MOVED, MoveFailed, MoveOrder, MoveRefused
from marketing_pipeline.store.database_errors import DatabaseNewer, DatabaseUnreachable
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.operations.moving import move, opened, rows_there, run_here, run_there, tables_of
from marketing_pipeline_tests.store.tampering import take_away_the_guards


def at_work(order: MoveOrder) -> MoveOrder:
    Heartbeats(order.home.open_database(), SystemClock()).beat("daemon", ServerKind.DAEMON, 15)
    return order


def of_another_world(order: MoveOrder) -> MoveOrder:
    return replace(order, world="live")


def of_no_file(order: MoveOrder) -> MoveOrder:
    return replace(order, home=Home(order.home.root / "elsewhere"))


def of_an_older_schema(order: MoveOrder) -> MoveOrder:
    run_here(order, "UPDATE alembic_version SET version_num = '0001'")
    return order


def of_a_newer_schema(order: MoveOrder) -> MoveOrder:
    run_here(order, "UPDATE alembic_version SET version_num = '9999'")
    return order


def without_a_table(order: MoveOrder) -> MoveOrder:
    run_here(order, "DROP TABLE turns")
    return order


def with_a_forged_row(order: MoveOrder) -> MoveOrder:
    with order.home.open_database().write() as connection:
        take_away_the_guards(connection)
        connection.execute(audit_log.update().where(audit_log.c.sequence == 2).values(actor="eve"))
    return order


def with_another_key(order: MoveOrder) -> MoveOrder:
    return replace(order, key=b"another key of the same length, really")


def into_a_file(order: MoveOrder) -> MoveOrder:
    return replace(order, target=f"sqlite:///{order.home.root}/other.sqlite")


def into_what_is_no_address(order: MoveOrder) -> MoveOrder:
    return replace(order, target="db.example/marketing")


def among_other_tables(order: MoveOrder) -> MoveOrder:
    run_there(order, "CREATE TABLE runs (id INT)")
    return order


def into_a_world_of_its_own(order: MoveOrder) -> MoveOrder:
    database = opened(order)
    order.home.bind(database, "live")
    database.close()
    return order


def into_rows(order: MoveOrder) -> MoveOrder:
    database = opened(order)
    Heartbeats(database, SystemClock()).beat("console", ServerKind.CONSOLE, 15)
    database.close()
    return order


def into_a_newer_schema(order: MoveOrder) -> MoveOrder:
    run_there(order, "CREATE TABLE of_a_later_time (id INT); UPDATE alembic_version SET version_num = '9999'")
    return order


def into_no_server(order: MoveOrder) -> MoveOrder:
    return replace(order, target="postgresql+psycopg://postgres@127.0.0.1:9/nowhere")


def with_words_too_long(order: MoveOrder) -> MoveOrder:
    run_here(order, f"UPDATE learnings SET factor = '{'x' * 97}'")
    return order


def through_a_rule_of_its_own(order: MoveOrder) -> MoveOrder:
    run_there(
        order,
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.topic = NEW.topic || '!'; RETURN NEW; END $$;"
        " CREATE TRIGGER meddle BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION meddle()",
    )
    return order


REFUSED: tuple[tuple[Callable[[MoveOrder], MoveOrder], type[Exception], str], ...] = (
    (at_work, MoveRefused, "is at work: daemon"),
    (of_another_world, MoveRefused, "belongs to the world 'sandbox:7'"),
    (of_no_file, MoveRefused, "There is no SQLite file"),
    (of_an_older_schema, MoveRefused, "older version"),
    (of_a_newer_schema, DatabaseNewer, "newer version"),
    (without_a_table, MoveRefused, "older version"),
    (with_a_forged_row, MoveRefused, "Row 2 is not as it was written"),
    (with_another_key, MoveRefused, "cannot be verified"),
    (into_a_file, MoveRefused, "must be a database on a PostgreSQL server"),
    (into_what_is_no_address, MoveRefused, "must be a database on a PostgreSQL server"),
    (among_other_tables, MoveRefused, "tables of something else: runs"),
    (into_a_world_of_its_own, MoveRefused, "belongs to the world 'live'"),
    (into_rows, MoveRefused, "is not empty: there are rows in heartbeats"),
    (into_a_newer_schema, DatabaseNewer, "newer version"),
    (into_no_server, DatabaseUnreachable, "cannot be used"),
    (with_words_too_long, RowsRefused, "rows of learnings: value too long"),
    (through_a_rule_of_its_own, MoveFailed, "of posts 2 rows were sent and 2 arrived, or others"),
)


@pytest.mark.parametrize(("wrong", "kind", "words"), REFUSED, ids=[wrong.__name__ for wrong, _, _ in REFUSED])
def test_each_refusal_changes_nothing_on_either_side(
    order: MoveOrder, wrong: Callable[[MoveOrder], MoveOrder], kind: type[Exception], words: str
) -> None:
    given_order = wrong(order)
    tables = tables_of(order)
    rows = rows_there(order)
    with pytest.raises(kind, match=words):
        move(given_order)
    assert (tables_of(order), rows_there(order)) == (tables, rows)
    with closing(sqlite3.connect(order.home.root / "control_plane.sqlite")) as file:
        assert file.execute("SELECT count(*) FROM audit_log WHERE action = ?", (MOVED,)).fetchone() == (0,)
    assert not (order.home.root / "elsewhere").exists() and not (order.home.root / "other.sqlite").exists()
