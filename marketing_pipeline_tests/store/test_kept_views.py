"""Views whose rows stand in a snapshot: the same rows, columns and words, and never in the way of a publication."""

import re
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.kept_views import KEPT_VIEWS
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import newest_snapshot, publish_snapshot
from marketing_pipeline.store.warehouse_schema import VIEWS
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.store.warehouse_history import FIRST, TeaRoom, busy_tea_room, write_history

_COLUMNS = "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"


@pytest.fixture
def room(tmp_path: Path) -> TeaRoom:
    room = busy_tea_room(tmp_path / "home")
    write_history(room.database, make_brand(id=BrandId("rival_roasters")), FIRST, seed=2)
    project(room.database, room.warehouse)
    return room


def _told(path: Path, name: str) -> tuple[set[str], list[tuple[Any, ...]]]:
    """Rows of a table or view, and its columns."""
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = {str(row) for row in connection.execute(f"FROM {name}").fetchall()}
        return rows, connection.execute(_COLUMNS, [name]).fetchall()


def _kinds(path: Path) -> dict[str, tuple[str, str]]:
    """By name of each table and view: which of both it is, and its comment."""
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, 'table', comment FROM duckdb_tables()"
            " UNION ALL SELECT view_name, 'view', comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    return {name: (kind, comment) for name, kind, comment in rows}


def test_a_kept_view_has_the_rows_columns_and_words_of_the_view(room: TeaRoom) -> None:
    snapshot = publish_snapshot(room.warehouse)
    before, after = _kinds(room.warehouse.path), _kinds(snapshot)
    assert before.keys() == after.keys()
    for view in VIEWS:
        assert before[view][0] == "view"
        assert after[view] == ("table" if view in KEPT_VIEWS else "view", before[view][1])
        assert _told(snapshot, view) == _told(room.warehouse.path, view), view
    assert _told(snapshot, "post_results")[0]


def test_each_kept_view_comes_after_those_that_it_reads() -> None:
    assert set(KEPT_VIEWS) <= set(VIEWS)
    for place, view in enumerate(KEPT_VIEWS):
        sql = files("marketing_pipeline.store").joinpath("sql", f"{view}.sql").read_text(encoding="utf-8")
        read = set(re.findall(r"(?:FROM|JOIN) (\w+)", sql.partition("COMMENT ON")[0]))
        assert read & set(KEPT_VIEWS) <= set(KEPT_VIEWS[:place]), view


def test_a_row_that_a_view_cannot_read_stops_no_publication(room: TeaRoom, caplog: pytest.LogCaptureFixture) -> None:
    with room.warehouse.write() as connection:
        connection.execute("""UPDATE plans SET mix = '{"pillar": {"tea": "much"}}'""")
    snapshot = publish_snapshot(room.warehouse)
    assert newest_snapshot(room.warehouse.folder) == snapshot.resolve()
    assert _kinds(snapshot)["planned_mix"][0] == "view" and _kinds(snapshot)["post_results"][0] == "table"
    assert "planned_mix cannot be worked out" in caplog.text
    with duckdb.connect(snapshot, read_only=True) as connection, pytest.raises(duckdb.ConversionException):
        connection.execute("FROM planned_mix").fetchall()


def test_who_publishes_at_once_takes_turns(room: TeaRoom) -> None:
    published: list[Path] = []
    threads = [threading.Thread(target=lambda: published.append(publish_snapshot(room.warehouse))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(published)) == 3
    assert newest_snapshot(room.warehouse.folder) == max(published).resolve()
    assert {_kinds(path)["post_results"][0] for path in published} == {"table"}
