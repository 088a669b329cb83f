"""`marketing pause` and `marketing resume`: the kill switch. It counts from the moment it returns."""

from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import known_brand
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import say
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.hold import Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.workplace.kill_switch import Channel, NotPaused

pause_app = typer.Typer(add_completion=False)
resume_app = typer.Typer(add_completion=False)


class StillPaused(MarketingError):
    """Nothing is paused in exactly this way, but a hold is in force."""


BrandOption = Annotated[
    str | None, typer.Option(help="Only this brand; default: all.", autocompletion=completing.brands)
]
ChannelOption = Annotated[Channel | None, typer.Option(help="Only this channel; default: all.")]
NoteOption = Annotated[str, typer.Option(help="Why, for those who read it later.")]


@pause_app.command(epilog='Example: marketing pause --brand upscale_print --note "wrong prices on the site"')
def pause(brand: BrandOption = None, channel: ChannelOption = None, note: NoteOption = "") -> None:
    """Stop effects at once: everything, a brand, a channel, or a brand on a channel. Nothing is asked.

    A call that is on its way already cannot be called back.
    """
    with deciding() as workplace:
        hold = workplace.kill_switch.pause(operator(), brand=known_brand(workplace, brand), channel=channel, note=note)
    say(f"{hold.reason()}, since {hold.since:%Y-%m-%d %H:%M} UTC. Lift it with `{lifting(hold)}`.")


@resume_app.command(epilog="Example: marketing resume --brand upscale_print")
def resume(brand: BrandOption = None, channel: ChannelOption = None, note: NoteOption = "") -> None:
    """Lift the pause of exactly this scope; wider and narrower ones stay."""
    with deciding() as workplace:
        person, lifted = operator(), True
        try:
            workplace.kill_switch.resume(
                person, brand=None if brand is None else BrandId(brand), channel=channel, note=note
            )
        except NotPaused:
            known_brand(workplace, brand)
            lifted = False
        left = workplace.kill_switch.holds(person)
    others = "; ".join(f"{hold.reason()}: `{lifting(hold)}`" for hold in left)
    if not lifted and left:
        raise StillPaused("Nothing is paused in exactly this way.", f"In force: {others}.")
    typer.echo("Resumed." if lifted else "Nothing was paused.")
    if left:
        say(f"Still in force: {others}.")


def lifting(hold: Hold) -> str:
    """The command that lifts a hold."""
    brand = f" --brand {hold.brand}" if hold.brand else ""
    channel = f" --channel {hold.channel}" if hold.channel else ""
    return f"marketing resume{brand}{channel}"
