"""`marketing up`: everything at once on loopback, until Ctrl-C."""

import logging
import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from marketing_pipeline.cli.console import PORT as CONSOLE_PORT
from marketing_pipeline.cli.dagster_home import dagster_instance, prepare_dagster_home
from marketing_pipeline.cli.home_lock import only_one_up
from marketing_pipeline.cli.kept_process import ProcessEnd
from marketing_pipeline.cli.login_link import greeting
from marketing_pipeline.cli.opened_home import has_home
from marketing_pipeline.cli.servers import HOST, ServerEnded, Servers, require_free
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import ServiceMode, Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import read_brands

WATCH_SECONDS = 0.5
log = logging.getLogger(__name__)


def up(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI on 127.0.0.1.")] = 3000,
    read_only: Annotated[
        bool, typer.Option(help="Serve the Dagster UI without the right to launch or change.")
    ] = False,
) -> None:
    """Serve the sandbox, the Dagster UI, its daemon and the console on this machine; Ctrl-C stops all of it.

    One that ends by itself is started again, up to three times within ten minutes, and people are told.

    Example: marketing up --port 3000
    """
    settings = Settings.from_environment()
    settings.require_credentials(tuple(read_brands(settings.brands)[0].values()))
    if not has_home(settings):
        require_free(port)  # before anything is made: what is refused leaves no home behind
    with Workplace.open(settings):
        pass  # a home of another world, or one that cannot be used, is refused here
    with only_one_up(settings.home, f"http://{HOST}:{port}"):
        require_free(port)
        _serve(settings, port, read_only=read_only)


def _serve(settings: Settings, port: int, *, read_only: bool) -> None:
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
        servers.start_console(CONSOLE_PORT)
        with console.status("starting"):
            with dagster_instance(settings):
                pass  # opening it fails the runs that a killed daemon left behind
            servers.wait_until_ready(stopped)
        if not stopped.is_set():
            _greet(console, settings, servers)
        while not stopped.wait(WATCH_SECONDS):
            for end in servers.look():
                _tell(console, settings, end)
    console.print("stopped")


def _tell(console: Console, settings: Settings, end: ProcessEnd) -> None:
    """Say it here, and to whoever hears of alerts. Raises ServerEnded where it has ended too often."""
    console.print(end.words, highlight=False, soft_wrap=True)
    try:
        with Workplace.open(settings) as workplace:
            workplace.health.server_ended(end.name, end.words, final=end.again_in is None)
    except MarketingError as refusal:  # what cannot be stored now must not keep a server from coming back
        log.error("Nobody could be told that %s ended: %s", end.name, refusal)
    if end.again_in is None:
        raise ServerEnded(f"{end.words}. Everything is stopped.", "Mend it, then start again: `marketing up`.")


def _greet(console: Console, settings: Settings, servers: Servers) -> None:
    for name, url in servers.addresses.items():
        console.print(f"  {name:12} {url}", highlight=False)
    console.print(greeting(settings, servers.addresses["console"]), highlight=False, soft_wrap=True)
    console.print("ready; Ctrl-C stops everything")
