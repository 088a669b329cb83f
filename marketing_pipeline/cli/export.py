"""`marketing export`: the newest snapshot as files for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import BrandsOption, JsonOption, known_brands
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake_news import bring_news
from marketing_pipeline.store.snapshot_export import ExportFormat, export_snapshot

export_app = typer.Typer(add_completion=False)


@export_app.command(epilog="Example: marketing export --to figures --table post_results --table weekly_summary")
def export(
    to: Annotated[Path, typer.Option("--to", help="Folder to write; it must be new, empty, or an earlier export.")],
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table or view; may be repeated.", metavar="TABLE")
    ] = None,
    format: Annotated[ExportFormat, typer.Option(help="How tables are written.")] = ExportFormat.PARQUET,
    brands: BrandsOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of an earlier export there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write every table and view of the newest snapshot to a folder, one file each, with a manifest."""
    settings, screen = Settings.from_environment(), console()
    with screen.status("opening the snapshot") as status:
        bring_news(settings.stores, settings.object_storage, Home(settings.home).warehouse)
        made = export_snapshot(
            Home(settings.home),
            to.absolute(),
            tables=tables or (),
            format=format,
            brands=known_brands(settings, brands),
            replace=replace,
            told=lambda name: status.update(f"writing {name}"),
        )
    if as_json:
        show_json(made.as_json())
        return
    rows = [(each.name, each.kind, each.rows, each.file) for each in made.tables]
    screen.print(table(f"{to}, from snapshot {made.snapshot}", ("name", "kind", "rows", "file"), rows))
