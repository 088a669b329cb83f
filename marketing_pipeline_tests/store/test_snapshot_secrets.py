"""What a query is not told: where the home is, and what stands in the environment."""

from contextlib import suppress

import duckdb
import pytest

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import attach_snapshot, published_snapshot
from marketing_pipeline.store.snapshot_query import QueryFailed, QueryRefused, query_snapshot
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One table is all that these queries need."""
    home = Home(tmp_path_factory.mktemp("home"))
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE posts AS SELECT i AS id, 'tea_room' AS brand FROM range(3) AS t(i)")
    publish_snapshot(warehouse)
    return home


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT path FROM duckdb_databases()",
        "SELECT path FROM duckdb_databases",
        'SELECT path FROM system.main."duckdb_databases"',
        "SELECT * FROM Duckdb_Databases /* so */ ()",
        "SELECT * FROM query_table('duckdb_' || 'databases')",
        "PRAGMA database_list",
        "SELECT * FROM pragma_database_list",
        "SELECT value FROM duckdb_settings() WHERE name = 'allowed_paths'",
        "SELECT setting FROM pg_catalog.pg_settings",
        "SELECT current_setting('allowed_paths')",
        "SELECT current_setting('secret_directory')",
        "SELECT * FROM duckdb_extensions()",
        "SELECT * FROM duckdb_temporary_files()",
        "SELECT * FROM duckdb_external_file_cache()",
        "SELECT * FROM duckdb_logs()",
    ],
)
def test_where_the_home_is_is_not_told(home: Home, sql: str) -> None:
    with pytest.raises(QueryRefused, match="tells of the machine") as refusal:
        query_snapshot(home, sql)
    assert str(home.root) not in str(refusal.value)


def test_whatever_of_the_catalogue_knows_where_the_home_is_is_refused(home: Home) -> None:
    knowing: list[str] = []
    with duckdb.connect() as connection:
        attach_snapshot(connection, published_snapshot(home))
        connection.execute("SET enable_external_access = false")
        views = "SELECT schema_name, view_name FROM duckdb_views() WHERE internal"
        named = "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table' AND parameters = []"
        sources = [f'{schema}."{view}"' for schema, view in connection.execute(views).fetchall()]
        sources += [f"{name}()" for (name,) in connection.execute(named).fetchall() if "checkpoint" not in name]
        for source in sources:
            with suppress(duckdb.Error):
                rows = connection.execute(f"SELECT * FROM {source}").fetchall()
                knowing += [source] if str(home.root) in str(rows) else []
    assert {"duckdb_databases()", "duckdb_settings()"} <= set(knowing)
    for source in knowing:
        with pytest.raises(QueryRefused, match="tells of the machine"):
            query_snapshot(home, f"SELECT * FROM {source}")


@pytest.mark.parametrize("name", ["HOME", "ANTHROPIC_API_KEY"])
def test_the_environment_cannot_be_read(home: Home, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "12345")
    with pytest.raises(QueryFailed, match="getenv does not exist"):
        query_snapshot(home, f"SELECT getenv('{name}')")
