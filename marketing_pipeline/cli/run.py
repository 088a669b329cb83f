"""`marketing run`: one weekly run through Dagster, in this process."""

from typing import Annotated

import typer
from rich.console import Console

from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.cli.kill_switch import lifting
from marketing_pipeline.cli.sandbox_process import sandbox_if_needed
from marketing_pipeline.cli.screen import plain, say
from marketing_pipeline.cli.weeks import week_option
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import read_brand
from marketing_pipeline.workplace.kill_switch import Channel

run_app = typer.Typer(no_args_is_help=True, help="Run work through Dagster, in this process.")


@run_app.callback()
def run() -> None:
    """Run work through Dagster, in this process."""


@run_app.command(epilog="Example: marketing run week --brand upscale_print --week 2026-11-23")
def week(
    brand: Annotated[str, typer.Option(help="Brand id, the name of its folder.")],
    week: Annotated[str, typer.Option(help="Monday of the week, as YYYY-MM-DD.")],
    yes: Annotated[bool, typer.Option("--yes", help="Make it also while nothing may go out.")] = False,
) -> None:
    """Plan, write, design and queue one week of a brand; what is due goes out.

    What keeps its posts from going out is said before anything is paid for.
    """
    settings = Settings.from_environment()
    wanted = week_option(week)
    _require_partition(wanted)
    brand_id = read_brand(settings.brands, brand).brand_id  # what is refused here makes no home
    with Workplace.open(settings) as workplace:
        tell_what_blocks(workplace, brand_id, yes=yes)
    with sandbox_if_needed(settings), dagster_instance(settings) as instance:
        run_id = run_job(instance, "weekly", brand_id, wanted)
    with Workplace.open(settings) as workplace:
        workplace.publish_pending()
        posts = workplace.posts.find(brand=brand_id, week=wanted.key)
    console = Console()
    console.print(f"{counted(len(posts), 'post')} of {brand}, week of {wanted.key} (run {run_id}):")
    for post in posts:
        console.print(plain(f"  {post.scheduled_at:%a %d %b %H:%M} UTC  {post.state:12} {post.topic}"))


def tell_what_blocks(workplace: Workplace, brand: BrandId, *, yes: bool) -> None:
    """Warn of what would keep posts from going out. Raises NotReconciled, unless the person wants them made anyway."""
    try:
        workplace.plane.reconciliations.require_none(workplace.database)
    except NotReconciled as blocked:
        if not yes:
            mend = f"{blocked.mend} With --yes the week is made and paid for all the same, and nothing goes out."
            raise NotReconciled(blocked.message, mend) from blocked
        say(f"warning: {blocked.message} {blocked.mend}", err=True)
    with workplace.database.read() as connection:
        holds = workplace.holds.active(connection)
    for hold in holds:
        if hold.covers(brand, Channel.INSTAGRAM):
            say(f"warning: {hold.reason()}: what is made waits until `{lifting(hold)}`.", err=True)


def _require_partition(week: Week) -> None:
    """Wrong usage for a week that Dagster has no partition for."""
    from marketing_pipeline.assets.partitions import known_weeks

    first, last = known_weeks()
    if not first <= week <= last:
        raise typer.BadParameter(
            f"{week.key} cannot be run: weeks reach from {first.key} to {last.key}.", param_hint="--week"
        )
