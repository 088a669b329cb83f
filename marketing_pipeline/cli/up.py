"""`marketing up`: everything at once on loopback, until Ctrl-C."""

import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from marketing_pipeline.cli.dagster_home import prepare_dagster_home
from marketing_pipeline.cli.servers import Servers
from marketing_pipeline.settings import ServiceMode, Settings
from marketing_pipeline.workplace import Workplace

WATCH_SECONDS = 0.5


def up(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI on 127.0.0.1.")] = 3000,
    read_only: Annotated[
        bool, typer.Option(help="Serve the Dagster UI without the right to launch or change.")
    ] = False,
) -> None:
    """Serve the sandbox, the Dagster UI and the Dagster daemon on this machine; Ctrl-C stops all of it.

    Example: marketing up --port 3000
    """
    settings = Settings.from_environment()
    with Workplace.open(settings) as workplace:
        settings.require_credentials(tuple(workplace.brands.values()))
    prepare_dagster_home(settings)
    console = Console()
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    with Servers(settings) as servers:
        if ServiceMode.SANDBOX in settings.modes.values() and not settings.sandbox_url:
            servers.start_sandbox()
        servers.start_dagster(port, read_only=read_only)
        with console.status("starting"):
            servers.wait_until_ready(stopped)
        if not stopped.is_set():
            _greet(console, servers)
        while not stopped.wait(WATCH_SECONDS):
            servers.require_alive()
    console.print("stopped")


def _greet(console: Console, servers: Servers) -> None:
    for name, url in servers.addresses.items():
        console.print(f"  {name:12} {url}", highlight=False)
    console.print("ready; Ctrl-C stops everything")
