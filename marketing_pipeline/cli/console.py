"""`marketing console`: the process that looks after the rest, and shows how it stands."""

from functools import partial
from typing import Annotated

import typer

from marketing_pipeline.settings import Settings

PORT = 3100
HOST = "127.0.0.1"


def console(
    port: Annotated[int, typer.Option(help="Port; 0 takes any free one.")] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen at; another needs MARKETING_CONSOLE_HOSTS.")] = HOST,
    link: Annotated[bool, typer.Option(help="Print a link that lets you in once.")] = True,
) -> None:
    """Serve the operators' pages on this machine, and watch: health, alerts, and whether Dagster lives.

    `marketing up` starts it with the rest. Ctrl-C stops it. Example: marketing console --port 3100
    """
    from marketing_pipeline.cli.login_link import say_greeting
    from marketing_pipeline.console.server import serve_console

    settings = Settings.from_environment()
    if link:
        serve_console(settings, port, partial(say_greeting, settings), host)
    else:
        serve_console(settings, port, host=host)
