"""What the warehouse may hold, and the words that describe it."""

from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.store import tables
from marketing_pipeline.store.ad_schema import AD_TABLES
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, WITHHELD_TABLES
from marketing_pipeline.store.warehouse_schema import VIEWS, data_dictionary
from marketing_pipeline_tests.store.warehouse_history import TeaRoom, busy_tea_room

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def room(tmp_path: Path) -> TeaRoom:
    return busy_tea_room(tmp_path / "home")


def _rows(room: TeaRoom, sql: str) -> list[tuple[Any, ...]]:
    with room.warehouse.read() as connection:
        return connection.execute(sql).fetchall()


def test_every_column_of_the_control_plane_was_decided_about() -> None:
    """A new column fails here until it is listed in `projected_tables`, or withheld there with the reason."""
    decided = {projected.name: projected for projected in PROJECTED_TABLES}
    assert set(tables.metadata.tables) == {*decided, *WITHHELD_TABLES}
    for name, projected in decided.items():
        listed = [*projected.columns, *projected.withheld]
        assert sorted(listed) == sorted(tables.metadata.tables[name].c.keys()), name
        assert {*projected.keys, *([projected.follows] if projected.follows else [])} <= set(projected.columns), name


@pytest.mark.parametrize("word", ["password", "token", "secret", "session", "credential", "signature", "mac"])
def test_no_column_that_could_open_a_door_is_projected(word: str) -> None:
    columns = {f"{projected.name}.{name}" for projected in PROJECTED_TABLES for name in projected.columns}
    kinds = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
    allowed = {f"model_calls.{kind}_tokens" for kind in kinds}
    assert {column for column in columns - allowed if word in column.partition(".")[2].split("_")} == set()
    assert {column for column in columns - allowed if f"{word}s" in column.partition(".")[2].split("_")} == set()


def test_what_is_withheld_is_nowhere_in_the_file(room: TeaRoom) -> None:
    room.warehouse.checkpoint()
    assert b"SECRET" not in room.warehouse.path.read_bytes()


def test_every_table_view_and_column_has_a_comment(room: TeaRoom) -> None:
    bare = _rows(
        room,
        """
        SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''
        UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE NOT internal AND coalesce(comment, '') = ''
        UNION ALL SELECT view_name, '' FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''
        """,
    )
    assert bare == []
    names = {name for (name,) in _rows(room, "SELECT DISTINCT table_name FROM duckdb_columns() WHERE NOT internal")}
    seen = tables.metadata.tables.keys() - WITHHELD_TABLES.keys()
    assert names == {*seen, *VIEWS, *AD_TABLES, "projection_progress"}


def test_the_data_dictionary_is_current() -> None:
    assert (ROOT / "docs" / "data.md").read_text() == data_dictionary(), (
        "run: python -m marketing_pipeline.store.warehouse_schema > docs/data.md"
    )


@pytest.mark.parametrize("name", ["post_metrics", "audit_log", "waiting_for_a_person"])
def test_the_data_dictionary_names(name: str) -> None:
    assert f"### {name}\n" in data_dictionary()
