"""The warehouse tables of ad facts. They are not projections: a rebuild of those leaves these as they are."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AD_TABLES = ("ad_metrics", "search_terms", "ad_resources", "ad_collections")
_COLUMNS = (
    "SELECT table_name, column_name FROM duckdb_columns()"
    " WHERE database_name = current_database() AND list_contains(?, table_name)"
)


@cache
def ad_schema() -> str:
    """SQL that makes those that are missing, with a comment on each table and column."""
    folder = files("marketing_pipeline.store").joinpath("sql")
    return "\n".join(folder.joinpath(f"{name}.sql").read_text(encoding="utf-8") for name in AD_TABLES)


def make_ad_tables(connection: "DuckDBPyConnection") -> None:
    """Make the tables and columns that are missing. Where none is, nothing is touched: in a lake it would conflict."""
    there = set(connection.execute(_COLUMNS, [AD_TABLES]).fetchall())
    if not _all_columns() <= there:
        connection.execute(ad_schema())


@cache
def _all_columns() -> frozenset[tuple[str, str]]:
    import duckdb

    with duckdb.connect() as empty:
        empty.execute(ad_schema())
        return frozenset(empty.execute(_COLUMNS, [AD_TABLES]).fetchall())
