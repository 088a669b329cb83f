"""`marketing login-link`: a way into the console that works once."""

from contextlib import suppress
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import say, show_json
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.user import LINK_LIFE
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

login_link_app = typer.Typer(add_completion=False)
_MINUTES = int(LINK_LIFE.total_seconds() // 60)


class ConsoleNotServed(MarketingError):
    """No console runs on this home, so that no link leads to it."""


@login_link_app.command(epilog="Example: marketing login-link ben")
def login_link(
    name: Annotated[str | None, typer.Argument(help="Name of the user; default: you.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a link that lets a user into the console: once, within 15 minutes. Whoever has it can use it.

    Where there is no user yet you become the first, as admin.
    """
    settings, person = Settings.from_environment(), operator()
    address = _served_at(settings)
    with Workplace.open(settings) as workplace:
        url = f"{address}/login/link?token={workplace.people.login_link(name or person.name, by=person)}"
    if as_json:
        show_json({"user": name or person.name, "url": url, "minutes": _MINUTES})
    else:
        typer.echo(url)


def greeting(settings: Settings, address: str) -> str:
    """What the console's starter is told: a link that lets them in, or where to sign in where they are no user."""
    with suppress(MarketingError), Workplace.open(settings) as workplace:
        person = operator()
        token = workplace.people.login_link(person.name, by=person)
        return f"sign in, once and within {_MINUTES} minutes: {address}/login/link?token={token}"
    return f"sign in: {address}/login"


def say_greeting(settings: Settings, address: str) -> None:
    """Print it to whoever started the console."""
    say(greeting(settings, address))


def _served_at(settings: Settings) -> str:
    try:
        return (settings.home / "console" / "url").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConsoleNotServed(
            f"No console is served for {settings.home}.", "Start it: `marketing up`, or `marketing console`."
        ) from error
