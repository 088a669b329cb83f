"""Projections: the warehouse equals the control plane, and carries nothing that it should not."""

import json
import multiprocessing
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.store import tables
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.projections import is_filled, project
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_schema import VIEWS
from marketing_pipeline_tests.store.lakes import busy_room, lose, on_both
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, tea_room
from marketing_pipeline_tests.store.warehouse_weeks import put

SPAWN = multiprocessing.get_context("spawn")
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TeaRoom]:
    with busy_room(request, tmp_path / "home") as room:
        yield room


def _originals(room: TeaRoom, projected: ProjectedTable) -> list[tuple[Any, ...]]:
    columns = [projected.table.c[name] for name in projected.columns]
    with room.database.read() as connection:
        return sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)


def _all_copies(warehouse: Warehouse) -> list[list[tuple[Any, ...]]]:
    """Every table as the control plane would give it, seen at one moment."""
    with warehouse.read() as connection:
        return [_copies(connection, projected) for projected in PROJECTED_TABLES]


def _copies(connection: Any, projected: ProjectedTable) -> list[tuple[Any, ...]]:
    """Times in UTC, JSON as objects."""
    columns = [projected.table.c[name] for name in projected.columns]

    def given(column: Any, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(column.type, tables.UtcTime):
            return datetime.fromisoformat(value.isoformat())
        return json.loads(value) if isinstance(column.type, JSON) else value

    names = ", ".join(f'"{column.name}"' for column in columns)
    rows = connection.execute(f"SELECT {names} FROM {projected.name}").fetchall()
    return sorted((tuple(given(*pair) for pair in zip(columns, row, strict=True)) for row in rows), key=repr)


def _is_equal(room: TeaRoom) -> bool:
    return _all_copies(room.warehouse) == [_originals(room, projected) for projected in PROJECTED_TABLES]


def _posts(room: TeaRoom, sql: str) -> list[tuple[Any, ...]]:
    with room.warehouse.read() as connection:
        return connection.execute(sql).fetchall()


@on_both
def test_a_first_projection_copies_every_row_with_its_types(room: TeaRoom) -> None:
    assert all(_originals(room, projected) for projected in PROJECTED_TABLES if projected.name not in _UNUSED)
    assert _is_equal(room)


_UNUSED = {
    "ad_changes", "strategies", "image_jobs", "conversations", "conversation_messages", "tool_calls", "eval_runs",
    "eval_scores", "eval_cases", "experiments", "experiment_posts", "model_batches",
}  # fmt: skip


def test_a_missing_json_value_is_no_value(room: TeaRoom) -> None:
    assert _posts(room, "SELECT count(*) FROM effects WHERE result IS NULL") == [(20,)]


def test_a_second_projection_changes_nothing(room: TeaRoom) -> None:
    again = project(room.database, room.warehouse)
    assert not again.rebuilt
    assert set(again.changes.values()) == {0}


@on_both
def test_new_and_changed_rows_follow_and_are_counted(room: TeaRoom) -> None:
    room.clock.sleep(60)
    now = room.clock.now()
    with room.database.write() as connection:
        connection.execute(
            update(tables.posts).where(tables.posts.c.position == 1).values(topic="New topic", updated_at=now)
        )
        put(
            connection,
            tables.strategies,
            brand="tea_room",
            version="v1",
            content={"goals": ['tea\'s "best"']},
            created_at=now,
        )
    done = project(room.database, room.warehouse)
    assert {name: count for name, count in done.changes.items() if count} == {"posts": 5, "strategies": 1}
    assert _is_equal(room)


def test_a_row_committed_late_within_the_overlap_is_not_missed(room: TeaRoom) -> None:
    """Stamped before the newest row that the last projection saw, committed after it."""
    newest = _posts(room, "SELECT max(updated_at) FROM posts")[0][0]
    with room.database.write() as connection:
        connection.execute(
            update(tables.posts)
            .where(tables.posts.c.week == FIRST.key)
            .values(topic="Late", updated_at=newest - timedelta(minutes=9))
        )
    assert project(room.database, room.warehouse).changes["posts"] == 5
    assert _is_equal(room)


def test_a_row_added_later_than_the_overlap_reaches_is_found_by_the_count(room: TeaRoom) -> None:
    [first] = _posts(room, "SELECT min(created_at) FROM plans")
    with room.database.write() as connection:
        put(
            connection,
            tables.plans,
            id="late",
            brand="tea_room",
            week="2026-09-07",
            version=1,
            strategy_version="a1b2c3",
            theme="Late",
            rationale="Late",
            mix={},
            created_at=first[0] - timedelta(days=30),
        )
    assert project(room.database, room.warehouse).changes["plans"] == 1
    assert _is_equal(room)


@on_both
def test_rows_removed_from_the_control_plane_disappear(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(delete(tables.model_calls).where(tables.model_calls.c.week == FIRST.key))
    assert project(room.database, room.warehouse).changes["model_calls"] == 15
    assert _is_equal(room)


@pytest.mark.parametrize("table", [tables.holds, tables.model_calls], ids=["read whole", "followed"])
def test_a_table_that_was_emptied_is_empty_here_too(room: TeaRoom, table: Table) -> None:
    with room.database.write() as connection:
        gone = connection.execute(delete(table)).rowcount
    assert project(room.database, room.warehouse).changes[table.name] == gone > 0
    assert _is_equal(room)


def test_a_table_without_a_change_column_is_read_whole(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(update(tables.holds).values(note="a flood"))
    assert project(room.database, room.warehouse).changes["holds"] == 1
    assert _is_equal(room)


def test_two_changes_at_one_simulated_moment_both_arrive(room: TeaRoom) -> None:
    for topic in ("One", "Two"):
        with room.database.write() as connection:
            connection.execute(update(tables.posts).values(topic=topic, updated_at=room.clock.now()))
        project(room.database, room.warehouse)
        assert _posts(room, "SELECT DISTINCT topic FROM posts") == [(topic,)]


@on_both
def test_a_rebuild_from_nothing_has_the_same_content(room: TeaRoom) -> None:
    before = _all_copies(room.warehouse)
    lose(room.warehouse)
    assert project(room.database, room.warehouse).rebuilt
    assert _all_copies(room.warehouse) == before


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE projection_progress SET schema_version = 'older'",
        "DELETE FROM projection_progress WHERE table_name = 'posts'",
        "DROP TABLE projection_progress",
    ],
)
def test_a_warehouse_of_another_version_is_made_anew(room: TeaRoom, spoil: str) -> None:
    with room.warehouse.write() as connection:
        connection.execute("ALTER TABLE posts DROP COLUMN topic")
        connection.execute(spoil)
    with room.warehouse.read() as connection:
        assert not is_filled(connection)
    assert project(room.database, room.warehouse).rebuilt
    assert _is_equal(room)


def test_tables_that_are_not_projected_survive_a_new_version(room: TeaRoom) -> None:
    with room.warehouse.write() as connection:
        connection.execute("INSERT INTO ad_metrics BY NAME SELECT 1 AS clicks")
        connection.execute("CREATE TABLE notes AS SELECT 'kept' AS text")
        connection.execute("DROP TABLE projection_progress")
    project(room.database, room.warehouse)
    assert _posts(room, "SELECT clicks FROM ad_metrics") == [(1,)]
    assert _posts(room, "SELECT text FROM notes") == [("kept",)]


@on_both
def test_a_failure_half_way_leaves_the_warehouse_as_it_was(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(update(tables.posts).values(topic="New", updated_at=room.clock.now()))
    with room.warehouse.write() as connection:
        connection.execute("ALTER TABLE learnings DROP COLUMN why")
    with pytest.raises(Exception, match="why"):
        project(room.database, room.warehouse)
    assert _posts(room, "SELECT count(*) FROM posts WHERE topic = 'New'") == [(0,)]


@on_both
def test_more_rows_than_one_batch_arrive(room: TeaRoom) -> None:
    row: dict[str, Any] = {
        "actor": "worker",
        "action": "x",
        "subject": "y",
        "detail": {},
        "previous_mac": "a",
        "mac": "b",
    }
    with room.database.write() as connection:
        connection.execute(insert(tables.audit_log), [{**row, "at": NOW} for _ in range(25_000)])
    assert project(room.database, room.warehouse).changes["audit_log"] == 25_000
    assert _posts(room, "SELECT count(*) FROM audit_log") == [(25_020,)]


def _project_often(root: Path, times: int) -> None:
    room = tea_room(root)
    for _ in range(times):
        project(room.database, room.warehouse)


def test_projections_of_two_processes_and_a_writer_end_equal(room: TeaRoom) -> None:
    process = SPAWN.Process(target=_project_often, args=(room.home.root, 2))
    process.start()
    number = 0
    while process.is_alive():
        number += 1
        with room.database.write() as connection:
            connection.execute(update(tables.posts).values(topic=f"Topic {number}", updated_at=NOW))
        project(room.database, room.warehouse)
    process.join()
    assert process.exitcode == 0
    assert _is_equal(room)


def test_an_empty_control_plane_gives_empty_tables_and_views(tmp_path: Path) -> None:
    room = tea_room(tmp_path)
    assert project(room.database, room.warehouse).rebuilt
    for view in VIEWS:
        assert _posts(room, f"SELECT * FROM {view}") == []
    assert not project(room.database, room.warehouse).rebuilt


@pytest.mark.parametrize("projected", [each for each in PROJECTED_TABLES if each.born], ids=lambda each: each.name)
def test_what_says_when_a_row_came_is_refused_another_value(room: TeaRoom, projected: ProjectedTable) -> None:
    column = projected.table.c[projected.born or ""]
    assert not column.nullable and column.name in projected.columns
    value: Any = _posts(room, f'SELECT max("{column.name}") FROM {projected.name}')[0][0]
    later = (
        value + timedelta(days=1) if isinstance(value, datetime) else value + 1 if isinstance(value, int) else "9999"
    )
    with pytest.raises(IntegrityError, match=r"never changes|append-only"), room.database.write() as connection:
        connection.execute(update(projected.table).values({column: later}))


@on_both
def test_a_row_that_changes_long_after_it_came_is_found_again(room: TeaRoom) -> None:
    room.clock.sleep(400 * 24 * 3600)
    now = room.clock.now()
    [oldest] = _posts(room, "SELECT id FROM posts ORDER BY created_at LIMIT 1")
    with room.database.write() as connection:
        connection.execute(
            update(tables.posts).where(tables.posts.c.id == oldest[0]).values(topic="Seen anew", updated_at=now)
        )
    assert project(room.database, room.warehouse).changes["posts"] == 1
    assert _is_equal(room)
