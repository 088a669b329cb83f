"""Questions in SQL to the newest snapshot, which they can read and nothing else, and what there is to ask."""

from typing import Annotated

from pydantic import Field

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import PERFORMANCE
from marketing_pipeline.workflows.tools.tool import Arguments, Tool

MOST_ROWS = 200
_TABLES = """
SELECT table_name AS name, 'table' AS kind, comment FROM duckdb_tables()
WHERE NOT internal AND database_name = current_database()
UNION ALL
SELECT view_name, 'view', comment FROM duckdb_views()
WHERE NOT internal AND database_name = current_database()
ORDER BY kind DESC, name"""
_COLUMNS = """
SELECT column_name, data_type, comment FROM duckdb_columns()
WHERE table_name = ? AND database_name = current_database() ORDER BY column_index"""


class _Sql(Arguments):
    sql: Annotated[
        str, Field(min_length=1, max_length=8_000, description="One SELECT in DuckDB's dialect; aggregate and LIMIT")
    ]


class _Describe(Arguments):
    table: Annotated[
        str | None, Field(max_length=96, description="Table or view whose columns are wanted; leave out for the list")
    ] = None


def visible_brands(context: ToolContext) -> frozenset[BrandId] | None:
    """The brands whose rows the person may read; None where that is all of them."""
    if context.person.brands is None:
        context.person.require(Permission.READ)
        return None
    return frozenset(brand for brand in context.person.brands if context.person.may(Permission.READ, brand))


def _run_sql(context: ToolContext, asked: _Sql) -> ToolAnswer:
    found = context.snapshot(asked.sql, brands=visible_brands(context), row_limit=MOST_ROWS)
    return ToolAnswer(
        summary=f"{len(found.rows)} rows{', and more' if found.truncated else ''}",
        data={"columns": found.columns, "found": len(found.rows), "more_than_shown": found.truncated},
        untrusted={"rows": [list(row) for row in found.rows]},
        links=[PERFORMANCE],
    )


def _describe_data(context: ToolContext, asked: _Describe) -> ToolAnswer:
    seen = visible_brands(context)
    if asked.table is None:
        found = context.snapshot(_TABLES, brands=seen)
        tables = {name: f"{kind}: {comment or ''}" for name, kind, comment in found.rows}
        return ToolAnswer(summary=f"{len(tables)} tables and views", data={"tables": tables})
    found = context.snapshot(_COLUMNS, brands=seen, parameters=(asked.table,))
    columns = {name: f"{kind}: {comment or ''}" for name, kind, comment in found.rows}
    note = "" if columns else "There is no such table or view; leave `table` out for the list."
    return ToolAnswer(
        summary=f"{len(columns)} columns",
        data={"table": asked.table, "columns": columns, **({"note": note} if note else {})},
    )


RUN_SQL = Tool(
    name="run_sql",
    description=(
        "Run one SELECT on the newest snapshot of the warehouse (DuckDB): at most 200 rows, read-only, only brands "
        "that the person may see. Look at describe_data first; prefer the views."
    ),
    arguments=_Sql,
    run=_run_sql,
)
DESCRIBE_DATA = Tool(
    name="describe_data",
    description="The tables and views of the warehouse with what each holds, or the columns of one with their meaning.",
    arguments=_Describe,
    run=_describe_data,
)
