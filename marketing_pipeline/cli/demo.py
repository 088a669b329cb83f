"""`marketing demo`: the main job in the sandbox, for some weeks in simulated time up to now, and the week ahead."""

from typing import Annotated

import typer
from rich.console import Console

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.cli.demo_story import DemoStory
from marketing_pipeline.cli.demo_summary import summary
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import ServiceMode, Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import read_brand


class NotASandbox(MarketingError):
    """The demo plays in simulated time, so it runs in the sandbox only."""


def demo(
    weeks: Annotated[int, typer.Option(min=1, max=26, help="Weeks to live through.")] = 4,
    brand: Annotated[str, typer.Option(help="Brand id, the name of its folder.")] = "upscale_print",
    seed: Annotated[int | None, typer.Option(help="Seed of the local world; default: MARKETING_SANDBOX_SEED.")] = None,
) -> None:
    """Live through some weeks in the sandbox: plan, write, design, publish, measure, learn; then look ahead.

    Until Wednesday these are past weeks, and this one is planned. From Thursday on this week is the last of them, up
    to now, and the coming one is planned, written, designed and queued: what waits for you lies ahead.

    It may be stopped at any moment: started again, it goes on where it was.

    Example: marketing demo --weeks 4 --brand upscale_print
    """
    settings = Settings.from_environment()
    if seed is not None:
        settings = settings.model_copy(update={"sandbox_seed": seed})
    if set(settings.modes.values()) != {ServiceMode.SANDBOX}:
        raise NotASandbox("The demo runs in the sandbox only.", "Unset MARKETING_MODE and MARKETING_..._MODE.")
    read_brand(settings.brands, brand)  # what is refused here makes no home
    console = Console()
    with Workplace.open(settings) as workplace:
        chosen = workplace.brand(brand)
        story = DemoStory(workplace, chosen, weeks, SystemClock().now())
        story.begin()
        with sandbox_process(settings), dagster_instance(settings) as instance:
            story.tell(instance, console)
        story.end()
        console.print(summary(story))
