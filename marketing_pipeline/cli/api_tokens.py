"""`marketing api-tokens`: what programs may do in a user's name. A token is shown once, when it is made."""

from datetime import timedelta
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import console, say, show_json, table
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.user import ApiToken

api_tokens_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Tokens for programs that call the JSON API. Each is shown once, when it is made.",
    epilog='Example: marketing api-tokens make "weekly report" --scope read --days 90',
)


@api_tokens_app.command(epilog='Example: marketing api-tokens make "weekly report" --scope read --days 90')
def make(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[Permission] | None, typer.Option(help="What it may do; again for more.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="When it ends.")] = 90,
    user: Annotated[str | None, typer.Option(help="For whom it acts; default: you.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token: it may do what its scopes and its user's role both allow. Without --scope it only reads."""
    with opened_home() as workplace:
        ends = workplace.people.now() + timedelta(days=days)
        scopes = scope or [Permission.READ]
        number, token = workplace.people.make_token(operator(), name, scopes, ends, user=user)
    if as_json:
        show_json({"id": number, "token": token, "expires_at": ends})
        return
    typer.echo(token)
    say(f"This is token {number}, until {moment(ends, None)}. It is shown this once.", err=True)


@api_tokens_app.command("list", epilog="Example: marketing api-tokens list --json")
def list_tokens(as_json: JsonOption = False) -> None:
    """List what is known of every token; never the token."""
    with opened_home() as workplace:
        found = workplace.people.tokens(operator())
    if as_json:
        show_json([{**token.model_dump(mode="json"), "scopes": _scopes(token)} for token in found])
        return
    headings = ("id", "user", "for", "scopes", "made", "ends", "last used", "revoked")
    console().print(table(counted(len(found), "token"), headings, [_row(token) for token in found]))


@api_tokens_app.command(epilog="Example: marketing api-tokens revoke 3")
def revoke(number: Annotated[str, typer.Argument(help="Number of the token.", metavar="ID")]) -> None:
    """Take a token back: its next call is refused."""
    with opened_home() as workplace:
        known = workplace.people.revoke_token(operator(), number)
    say(f"Token {known.id} of {known.user} ({known.name}) is void.")


def _scopes(token: ApiToken) -> list[Permission]:
    return [scope for scope in Permission if scope in token.scopes]


def _row(token: ApiToken) -> tuple[object, ...]:
    times = (token.created_at, token.expires_at, token.used_at, token.revoked_at)
    return (token.id, token.user, token.name, ", ".join(_scopes(token)), *(moment(at, None) for at in times))
