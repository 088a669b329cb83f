"""`marketing reconcile`: compare the channels with a restored database, then let effects run again."""

from typing import Annotated

import typer

from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.person import whoami
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.execution.after_restore import Reconciled

reconcile_app = typer.Typer(add_completion=False)


@reconcile_app.command(epilog="Example: marketing reconcile --accept")
def reconcile(
    brand: BrandOption = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="You have seen what the channels hold and this database does not know.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read every account, settle what ran after the copy was made, and let effects run again. Sends nothing.

    What is neither found nor surely absent is parked for you: `marketing effects resolve`. Exit code 1 while effects
    stay blocked.
    """
    with deciding() as workplace:
        wanted = known_brand(workplace, brand)
        done = workplace.upkeep.reconcile(actor=whoami(), brand=wanted, accept=accept)
    if as_json:
        show_json(done.model_dump(mode="json"))
    else:
        _print(done)
    if done.opened is not None and not done.closed:
        raise typer.Exit(1)


def _print(done: Reconciled) -> None:
    if done.opened is None:
        typer.echo("Nothing to reconcile: no effect is blocked.")
        return
    screen = console()
    settled = [each for account in done.accounts for each in account.settled]
    rows = [(each.brand, each.subject, each.before, each.now, each.reason) for each in settled]
    if rows:
        screen.print(table("Settled", ("brand", "what", "was", "is", "why"), rows))
    held = [
        (account.brand, account.account, found["media_id"], found["at"], found["caption"], found["permalink"])
        for account in done.accounts
        for found in account.unknown
    ]
    if held:
        title = "On the channel, and not known here"
        screen.print(table(title, ("brand", "account", "post", "at", "caption", "address"), held))
    for account in done.accounts:
        if account.problem:
            screen.print(f"{account.brand} on {account.channel} could not be compared: {account.problem}", markup=False)
        elif account.waits_until is not None:
            until = f"{account.waits_until:%Y-%m-%d %H:%M} UTC"
            screen.print(f"{account.brand} on {account.channel}: a late post may still appear; look after {until}.")
    typer.echo(_verdict(done))


def _verdict(done: Reconciled) -> str:
    if done.closed:
        return "Reconciled: effects run again."
    if done.left:
        return f"Effects stay blocked: {', '.join(done.left)} not compared to the end. Run `marketing reconcile` again."
    return "Effects stay blocked: look at what is not known here, then run `marketing reconcile --accept`."
