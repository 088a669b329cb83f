"""The shape of the warehouse: projected tables, the views of `sql/`, and the words that describe both."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer

from marketing_pipeline.store.ad_schema import AD_TABLES, ad_schema
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.tables import UtcTime

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEWS = (
    "post_metrics",
    "post_results",
    "best_posts",
    "factor_performance",
    "pillar_performance",
    "weekly_summary",
    "planned_mix",
    "goal_progress",
    "model_cost_by_agent",
    "cost_by_post",
    "creative_attempts",
    "evaluation_weekly",
    "human_agreement",
    "approvals_story",
    "ad_pacing_daily",
    "waiting_for_a_person",
    "eval_scores_by_run",
    "experiment_results",
)
"""The views of `sql/`, each after those that it reads."""
_TYPES = ((UtcTime, "TIMESTAMPTZ"), (JSON, "JSON"), (Boolean, "BOOLEAN"), (Integer, "BIGINT"), (Float, "DOUBLE"))


@cache
def schema() -> str:
    """SQL that makes every projected table (empty) and view anew, with a comment on each and on each column.

    The tables of ad facts are made where they are missing, and kept with their rows where they stand.
    """
    tables = [_table_sql(projected) for projected in PROJECTED_TABLES]
    return "\n".join([ad_schema(), _sql_file("projection_progress"), *tables, *(_sql_file(view) for view in VIEWS)])


@cache
def schema_version() -> str:
    """Changes with every change to the schema: a warehouse of another version is made anew."""
    return hashlib.sha256(schema().encode()).hexdigest()[:16]


def duckdb_type(column: Column[Any]) -> str:
    """DuckDB's type for a column of the control plane."""
    return next((name for family, name in _TYPES if isinstance(column.type, family)), "VARCHAR")


def quoted(name: str) -> str:
    """A name as an SQL identifier; `at`, for one, is a reserved word."""
    return '"' + name.replace('"', '""') + '"'


def commented(table: str, about: str | None, columns: Iterable[tuple[str, str | None]]) -> str:
    """SQL that says of a table and of each of its columns what it holds."""
    name = quoted(table)
    told = [f"COMMENT ON COLUMN {name}.{quoted(column)} IS {_text(words)};" for column, words in columns]
    return "\n".join([f"COMMENT ON TABLE {name} IS {_text(about)};", *told])


def data_dictionary() -> str:
    """Every table and view with its columns, as Markdown, from the comments that the warehouse itself carries."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(schema())
        views = "\n".join(_described(connection, view) for view in VIEWS)
        tables = "\n".join(
            _described(connection, name)
            for name in (*(table.name for table in PROJECTED_TABLES), "projection_progress")
        )
        ads = "\n".join(_described(connection, name) for name in AD_TABLES)
    return _DICTIONARY.format(views=views, ads=ads, tables=tables)


def _sql_file(name: str) -> str:
    return files("marketing_pipeline.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _table_sql(projected: ProjectedTable) -> str:
    columns = [projected.table.c[column] for column in projected.columns]
    inside = ", ".join(f"{quoted(column.name)} {duckdb_type(column)}" for column in columns)
    comments = commented(projected.name, projected.table.comment, [(column.name, column.comment) for column in columns])
    return f"CREATE OR REPLACE TABLE {quoted(projected.name)} ({inside});\n{comments}"


def _text(words: str | None) -> str:
    return "'" + (words or "").replace("'", "''") + "'"


def _described(connection: "DuckDBPyConnection", name: str) -> str:
    [comment] = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = $1"
        " UNION ALL SELECT comment FROM duckdb_views() WHERE view_name = $1",
        [name],
    ).fetchone() or ("",)
    columns = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
        [name],
    ).fetchall()
    kinds = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    rows = [f"| `{column}` | {kinds.get(kind, kind)} | {words} |" for column, kind, words in columns]
    return "\n".join([f"### {name}", "", f"{comment}.", "", "| column | type | holds |", "|---|---|---|", *rows, ""])


_DICTIONARY = """\
# Data dictionary

What analysts may ask. `marketing sql "SELECT ..."` and `marketing_pipeline.analytics.connect()` read the latest
published snapshot, `warehouse/current.duckdb` in the home; the same words stand as comments in the database
(`duckdb_tables()`, `duckdb_views()`, `duckdb_columns()`). This page is generated:
`python -m marketing_pipeline.store.warehouse_schema > docs/data.md`.

Times are moments in UTC. Weeks are named by their Monday, in the brand's own time zone. Money is in micros (millionths)
of the currency that the comment names, except where the name ends in `_usd`. An empty metric was not given by
Instagram; it is not zero.

## Views

In a snapshot those that take long are tables of the same name and columns, worked out when it was published.

{views}
## Ad facts

Read from Google Ads into the warehouse. Days are those of the account; the last 14 are read again each time, since
conversions come in late.

{ads}
## Tables

Copies of the control plane's tables under the same names, without signatures and handles.

{tables}"""


if __name__ == "__main__":
    print(data_dictionary(), end="")  # noqa: T201
