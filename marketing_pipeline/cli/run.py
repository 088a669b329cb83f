"""`marketing run`: one weekly run through Dagster, in this process."""

from typing import Annotated

import typer
from rich.console import Console

from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.cli.sandbox_process import sandbox_if_needed
from marketing_pipeline.cli.screen import plain
from marketing_pipeline.cli.weeks import week_option
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

run_app = typer.Typer(no_args_is_help=True, help="Run work through Dagster, in this process.")


@run_app.callback()
def run() -> None:
    """Run work through Dagster, in this process."""


@run_app.command(epilog="Example: marketing run week --brand upscale_print --week 2026-11-23")
def week(
    brand: Annotated[str, typer.Option(help="Brand id, the name of its folder.")],
    week: Annotated[str, typer.Option(help="Monday of the week, as YYYY-MM-DD.")],
) -> None:
    """Plan, write, design and queue one week of a brand; what is due goes out."""
    settings = Settings.from_environment()
    wanted = week_option(week)
    _require_partition(wanted)
    with Workplace.open(settings) as workplace:
        brand_id = workplace.brand(brand).brand_id
    with sandbox_if_needed(settings), dagster_instance(settings) as instance:
        run_id = run_job(instance, "weekly", brand_id, wanted)
    with Workplace.open(settings) as workplace:
        posts = workplace.posts.find(brand=brand_id, week=wanted.key)
    console = Console()
    console.print(f"{len(posts)} posts of {brand}, week of {wanted.key} (run {run_id}):")
    for post in posts:
        console.print(plain(f"  {post.scheduled_at:%a %d %b %H:%M} UTC  {post.state:12} {post.topic}"))


def _require_partition(week: Week) -> None:
    """Wrong usage for a week that Dagster has no partition for."""
    from marketing_pipeline.assets.partitions import known_weeks

    first, last = known_weeks()
    if not first <= week <= last:
        raise typer.BadParameter(
            f"{week.key} cannot be run: weeks reach from {first.key} to {last.key}.", param_hint="--week"
        )
