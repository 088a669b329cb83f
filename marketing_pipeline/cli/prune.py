"""`marketing prune`: what is no longer of use goes. The daily maintenance job does the same."""

from typing import Annotated

import typer

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.settings import Settings

prune_app = typer.Typer(add_completion=False)


@prune_app.command(epilog="Example: marketing prune --dry-run")
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove old Dagster runs, pictures that nothing names, resolved alerts and the like. Safe while all works.

    The audit log, posts, effects and approvals are never pruned. MARKETING_KEEP_* say how long things are kept.
    """
    settings = Settings.from_environment()
    with opened_home(settings) as workplace, dagster_instance(settings) as instance:
        done = workplace.upkeep.prune(instance, dry_run=dry_run)
    if as_json:
        show_json([each.model_dump() for each in done])
        return
    headings = ("what", "would go" if dry_run else "gone", "bytes", "")
    console().print(table("", headings, [(each.what, each.count, each.byte_count, each.note) for each in done]))
