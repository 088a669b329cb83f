"""Snapshots for people who may not see every brand: no row of another brand is in the file."""

import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_snapshot import PARENTS, PRIVATE, brand_snapshot
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.kept_views import KEPT_VIEWS
from marketing_pipeline.store.open_snapshot import NoSnapshot, SnapshotUnreadable
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshot_query import query_snapshot
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_schema import VIEWS, quoted, schema
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.store.warehouse_history import FIRST, busy_tea_room, write_history

TEA, RIVAL = BrandId("tea_room"), BrandId("rival_roasters")
BOTH = (TEA, RIVAL)
BRANDLESS = {"home", "reconciliations", "conversation_messages", "tool_calls"}
"""Tables that belong to no brand: their rows are for people who see every brand."""


@pytest.fixture
def home(tmp_path: Path, kept: Path) -> Home:
    """A published warehouse with one row a brand in every table, each text of it naming the brand."""
    shutil.copytree(kept, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It is made once, and copied for each test."""
    home = Home(tmp_path_factory.mktemp("kept"))
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        connection.execute(schema())
        connection.execute("INSERT INTO projection_progress VALUES ('posts', '2026-10-19', 2, '2026-10-19', '1')")
        for table, columns in _shapes(connection).items():
            for brand in BOTH if table != "projection_progress" else ():
                row = {name: _value(brand, table, name, kind) for name, kind in columns.items()}
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {quoted(table)} VALUES ({marks})", list(row.values()))
    publish_snapshot(warehouse)
    return home.root


def _shapes(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Every table with its columns and their types, in order."""
    rows = connection.execute(
        "SELECT c.table_name, column_name, data_type FROM duckdb_columns() AS c JOIN duckdb_tables() AS t"
        " ON t.table_oid = c.table_oid AND t.database_oid = c.database_oid WHERE NOT c.internal"
        " ORDER BY c.table_name, column_index"
    ).fetchall()
    shapes: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        shapes.setdefault(table, {})[column] = kind
    return shapes


def _value(brand: BrandId, table: str, column: str, kind: str) -> object:
    parents: Mapping[str, str] = {
        "id": table, "post": "posts", "effect": "effects", "creative": "creatives", "run": "eval_runs",
    }  # fmt: skip
    match kind:
        case "VARCHAR":
            return brand if column == "brand" else f"{brand}-{parents.get(column, column)}"
        case "JSON":
            return f'{{"of": "{brand}"}}'
        case "BOOLEAN":
            return True
        case "DATE" | "TIMESTAMP WITH TIME ZONE":
            return "2026-10-19"
        case _:
            return BOTH.index(brand) + 1


def _contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(path, read_only=True) as connection:
        names = _shapes(connection)
        return {name: connection.execute(f"FROM {quoted(name)}").fetchall() for name in names}


@pytest.mark.parametrize("mine", BOTH)
def test_every_table_holds_rows_of_the_brand_and_no_other(home: Home, mine: BrandId) -> None:
    [other] = set(BOTH) - {mine}
    path = brand_snapshot(home, frozenset({mine}))
    contents = _contents(path)
    for table, rows in contents.items():
        assert other not in str(rows), table
        expected = 0 if table in BRANDLESS or table in PRIVATE else 1
        assert len(rows) == expected or table in KEPT_VIEWS, f"{table}: decide in brand_snapshot.py whose its rows are"
    assert other.encode() not in path.read_bytes()
    assert {*PARENTS, *PRIVATE, *BRANDLESS} < set(contents)


def test_progress_tells_when_it_was_read_and_not_how_much(home: Home) -> None:
    rows = _contents(brand_snapshot(home, frozenset({TEA})))["projection_progress"]
    assert {(watermark, count) for _, watermark, count, _, _ in rows} == {(None, None)}
    assert all(at is not None for _, _, _, at, _ in rows)


def test_rows_without_a_brand_are_left_out(home: Home) -> None:
    with Warehouse(home.warehouse).write() as connection:
        connection.execute("UPDATE audit_log SET brand = NULL")
        connection.execute("UPDATE holds SET brand = NULL")
    publish_snapshot(Warehouse(home.warehouse))
    contents = _contents(brand_snapshot(home, frozenset(BOTH)))
    assert contents["audit_log"] == contents["holds"] == []
    assert len(contents["posts"]) == 2


def test_who_sees_no_brand_sees_no_row(home: Home) -> None:
    contents = _contents(brand_snapshot(home, frozenset()))
    assert {len(rows) for table, rows in contents.items() if table != "projection_progress"} == {0}


def test_queries_of_two_brand_sets_never_mix(home: Home) -> None:
    def ids(*brands: BrandId) -> list[str]:
        found = query_snapshot(home, "SELECT brand FROM posts ORDER BY brand", brands=frozenset(brands))
        return [brand for (brand,) in found.rows]

    assert ids(TEA) == [TEA]
    assert ids(RIVAL) == [RIVAL]
    assert ids(*BOTH) == [RIVAL, TEA]
    assert len(query_snapshot(home, "FROM posts").rows) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "FROM whole.posts",
        "ATTACH '{snapshot}' AS whole",
        "FROM read_duckdb('{snapshot}', table_name = 'posts')",
        "FROM '{snapshot}'",
        "FROM read_blob('{snapshot}')",
    ],
)
def test_the_whole_snapshot_cannot_be_reached_from_a_copy(home: Home, sql: str) -> None:
    snapshot = home.warehouse / "current.duckdb"
    with pytest.raises(Exception, match=r"read the snapshot and nothing else|does not exist") as refusal:
        query_snapshot(home, sql.format(snapshot=snapshot), brands=frozenset({TEA}))
    assert RIVAL not in str(refusal.value)


def test_every_view_works_on_a_copy_and_shows_the_brand_alone(tmp_path: Path) -> None:
    room = busy_tea_room(tmp_path / "home")
    write_history(room.database, make_brand(id=RIVAL), FIRST, seed=2)
    project(room.database, room.warehouse)
    snapshot = publish_snapshot(room.warehouse)
    copy = brand_snapshot(room.home, frozenset({TEA}))
    with duckdb.connect(copy, read_only=True) as part, duckdb.connect(snapshot, read_only=True) as whole:
        for view in VIEWS:
            of_mine = f"FROM {view} WHERE brand = '{TEA}'"
            mine = {str(row) for row in whole.execute(of_mine).fetchall()}
            assert {str(row) for row in part.execute(f"FROM {view}").fetchall()} == mine, view
        comments = part.execute("SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
        assert comments.fetchall() == [(0,)]
        assert part.execute("FROM post_results").fetchall()


def test_it_is_built_once_and_those_who_ask_meanwhile_wait(home: Home) -> None:
    found: list[tuple[Path, int]] = []

    def ask() -> None:
        path = brand_snapshot(home, frozenset({TEA}))
        found.append((path, path.stat().st_ino))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    [path] = {path for path, _ in found}
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o222 == 0


def test_what_a_killed_builder_left_is_built_over(home: Home) -> None:
    path = brand_snapshot(home, frozenset({TEA}))
    path.unlink()
    (path.parent / "building").mkdir()
    (path.parent / "building" / path.name).write_bytes(b"half a file")
    assert brand_snapshot(home, frozenset({TEA})) == path
    assert len(_contents(path)["posts"]) == 1


def test_copies_go_with_their_snapshot(home: Home) -> None:
    warehouse = Warehouse(home.warehouse)
    old = brand_snapshot(home, frozenset({TEA}))
    publish_snapshot(warehouse, keep=2)
    new = brand_snapshot(home, frozenset({TEA}))
    assert old.exists() and new.exists() and old.parent != new.parent
    publish_snapshot(warehouse, keep=2)
    assert not old.parent.exists() and new.exists()


def test_a_snapshot_pruned_while_it_was_copied_gives_way_to_the_newer(home: Home) -> None:
    warehouse = Warehouse(home.warehouse)
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            publish_snapshot(warehouse, keep=1)

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        for _ in range(2):
            # Pruned three times in a row, at many publications a second, it gives up in words.
            with suppress(SnapshotUnreadable):
                assert brand_snapshot(home, frozenset({TEA})).suffix == ".duckdb"
    finally:
        stop.set()
        publisher.join()
    assert len(_contents(brand_snapshot(home, frozenset({TEA})))["posts"]) == 1


def test_before_the_first_snapshot_there_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot):
        brand_snapshot(Home(tmp_path), frozenset({TEA}))


def test_a_damaged_snapshot_is_named(home: Home) -> None:
    path = (home.warehouse / "current.duckdb").resolve()
    path.unlink()
    path.write_bytes(b"no database")
    with pytest.raises(SnapshotUnreadable):
        brand_snapshot(home, frozenset({TEA}))
