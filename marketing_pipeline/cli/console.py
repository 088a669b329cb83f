"""`marketing console`: the process that looks after the rest, and shows how it stands."""

from typing import Annotated

import typer

from marketing_pipeline.settings import Settings

PORT = 3100


def console(port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.")] = PORT) -> None:
    """Serve /healthz and /metrics on this machine, and watch: health, alerts, and whether Dagster lives.

    `marketing up` starts it with the rest. Ctrl-C stops it. Example: marketing console --port 3100
    """
    from marketing_pipeline.console.server import serve_console

    serve_console(Settings.from_environment(), port)
