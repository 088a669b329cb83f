"""`marketing sql`: read-only questions to the newest warehouse snapshot."""

import csv
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import BrandsOption, JsonOption, known_brands
from marketing_pipeline.cli.screen import console, facts, show_json, table
from marketing_pipeline.settings import Settings

NARROWEST = 8
"""Characters that a column needs to be read, its line included; with fewer, each row is shown by itself."""

sql_app = typer.Typer(add_completion=False)


@sql_app.command(epilog='Example: marketing sql "SELECT * FROM weekly_summary ORDER BY week"')
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT, DESCRIBE, SHOW or EXPLAIN.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 1_000,
    brands: BrandsOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run one query on the newest snapshot, which it can read and nothing else. docs/data.md lists the tables."""
    from marketing_pipeline import analytics

    if as_csv and as_json:
        raise typer.BadParameter("print one of both", param_hint="--csv or --json")
    settings = Settings.from_environment()
    found = analytics.query(query, settings.home, brands=known_brands(settings, brands), row_limit=limit)
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([found.columns, *found.rows])
    elif as_json:
        show_json([dict(zip(found.columns, map(_number, row), strict=True)) for row in found.rows])
    elif found.rows:
        _print(found.columns, found.rows)
    else:
        typer.echo('No rows. `marketing sql "SHOW TABLES"` lists the tables and views.')
    if found.truncated:
        typer.echo(f"There are more than these {limit} rows: raise --limit, or aggregate.", err=True)


def _print(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; where it is too wide for the screen, one list of names and values a row."""
    screen = console()
    if len(columns) * NARROWEST <= screen.width:
        screen.print(table("", columns, rows))
        return
    for number, row in enumerate(rows, 1):
        values = ("–" if value is None else value if value != "" else " " for value in row)
        screen.print(facts(f"row {number}", zip(columns, values, strict=True)))


def _number(value: object) -> object:
    """Exact decimals as the numbers that programs expect."""
    return float(value) if isinstance(value, Decimal) else value
