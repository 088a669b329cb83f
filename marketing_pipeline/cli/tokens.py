"""`marketing tokens`: what is known of access tokens, and refreshing them. No token is ever shown."""

import typer

from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.domain.channel_token import ChannelToken
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.operations.token_refresh import Outcome

tokens_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Access tokens of channels: when they end, and refreshing them. They are never shown.",
    epilog="Example: marketing tokens list",
)
_BAD = (Outcome.FAILED, Outcome.REFUSED)


@tokens_app.command("list", epilog="Example: marketing tokens list --json")
def list_tokens(as_json: JsonOption = False) -> None:
    """List what is known of each account's token; a new one of the environment is taken up."""
    with opened_home() as workplace:
        workplace.tokens.notice()
        found = workplace.tokens.known()
    if as_json:
        show_json([token.model_dump(mode="json") for token in found])
        return
    headings = ("channel", "brand", "state", "ends", "refreshed", "next refresh", "known as", "problem")
    console().print(table(counted(len(found), "token"), headings, [_row(token) for token in found]))


@tokens_app.command("refresh", epilog="Example: marketing tokens refresh --brand upscale_print")
def refresh_tokens(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """Refresh tokens now, due or not, also one that was refused. Meta refuses those of the last 24 hours."""
    with opened_home() as workplace:
        only = known_brand(workplace, brand)
        done = workplace.tokens.refresh((only,) if only else (), forced=True)
    if as_json:
        show_json([{"brand": each.brand, "outcome": each.outcome, "detail": each.detail} for each in done])
    else:
        console().print(table("", ("brand", "outcome", ""), [(each.brand, each.outcome, each.detail) for each in done]))
    if any(each.outcome in _BAD for each in done):
        raise typer.Exit(1)


def _row(token: ChannelToken) -> tuple[object, ...]:
    moments = (moment(at, None) for at in (token.expires_at, token.refreshed_at, token.next_refresh_at))
    return (token.channel, token.brand, token.state, *moments, token.token_sha256[:12], token.problem)
