"""What a projection reads: what changed, and not all that there ever was."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, text

from marketing_pipeline.store import tables
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.warehouse_history import FIRST, TeaRoom, busy_tea_room

_CALLS_OF_FIRST = delete(tables.model_calls).where(tables.model_calls.c.week == FIRST.key)
_FOLLOWED = [projected for projected in PROJECTED_TABLES if projected.follows]


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> TeaRoom:
    """One that no test writes to."""
    return busy_tea_room(tmp_path_factory.mktemp("still") / "home")


@contextmanager
def _statements() -> Generator[list[str]]:
    """What is asked of any control plane meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("projected", _FOLLOWED, ids=lambda projected: projected.name)
def test_what_is_new_in_a_table_is_found_in_an_index(still: TeaRoom, projected: ProjectedTable) -> None:
    with still.database.read() as connection:
        plan = connection.execute(
            text(f'EXPLAIN QUERY PLAN SELECT * FROM "{projected.name}" WHERE "{projected.follows}" >= 1')
        ).fetchall()
    assert all(row.detail.startswith(f"SEARCH {projected.name} USING") for row in plan), plan


def test_a_large_table_is_counted_by_the_first_projection_of_a_day_alone(tmp_path: Path) -> None:
    room = busy_tea_room(tmp_path / "home")
    with room.database.write() as connection:
        gone = connection.execute(_CALLS_OF_FIRST).rowcount
    with _statements() as asked:
        assert project(room.database, room.warehouse, few_rows=0).changes["model_calls"] == 0
    [counted] = [statement for statement in asked if "count(" in statement]
    assert "strategies" in counted and "model_calls" not in counted
    room.clock.sleep(timedelta(days=1).total_seconds())
    assert project(room.database, room.warehouse, few_rows=0).changes["model_calls"] == gone > 0
    with room.warehouse.read() as connection:
        held = connection.execute("SELECT count(*) FROM model_calls").fetchone()
        noted = connection.execute(
            "SELECT row_count FROM projection_progress WHERE table_name = 'model_calls'"
        ).fetchone()
    assert held == noted


def test_a_table_with_few_rows_is_counted_each_time(tmp_path: Path) -> None:
    room = busy_tea_room(tmp_path / "home")
    with room.warehouse.read() as connection:
        [rows] = connection.execute("SELECT count(*) FROM model_calls").fetchone() or (0,)
    with room.database.write() as connection:
        gone = connection.execute(_CALLS_OF_FIRST).rowcount
    assert project(room.database, room.warehouse, few_rows=rows - 1).changes["model_calls"] == 0
    assert project(room.database, room.warehouse, few_rows=rows).changes["model_calls"] == gone
