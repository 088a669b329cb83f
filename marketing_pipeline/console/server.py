"""Serving the console, on this machine unless told otherwise, until it is told to end."""

import ipaddress
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.lake_watch import LakeWatch
from marketing_pipeline.console.office import Office
from marketing_pipeline.console.page import templates
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings
from marketing_pipeline.settings.console import LOCAL_HOSTS

HOST = "127.0.0.1"
_PATIENCE_WITH_CLIENTS = 3
_SWITCH_SECONDS = 0.0005
"""How long a busy thread keeps the others waiting. At Python's 5 ms a page that asks the database forty times would
wait that long each time while the rounds are at work."""


class ConsoleFailed(MarketingError):
    """The console cannot be served."""


def serve_console(
    settings: Settings, port: int, greet: Callable[[str], None] = lambda _: None, host: str = HOST
) -> None:
    """Serve until SIGINT or SIGTERM; the address stands in `<home>/console/url` meanwhile, and `greet` is told it.

    For the main thread of a process. `port` 0 takes any free one, `host` is the IPv4 address to listen at. Raises
    ConsoleFailed when the port is taken, and for another address than this machine's own without a name to answer by.
    """
    _require_a_name(settings, host)
    address = settings.home / "console" / "url"
    sys.setswitchinterval(_SWITCH_SECONDS)
    with (
        _listening(host, port) as listening,
        _asked_to_end(),
        Rounds(settings) as rounds,
        LakeWatch(settings),
        Office(settings) as office,
    ):
        _make_ready(office)
        address.parent.mkdir(parents=True, exist_ok=True)
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        address.write_text(url, encoding="utf-8")
        try:
            greet(url)
            uvicorn.Server(
                uvicorn.Config(
                    console_app(settings, rounds, office),
                    ws="none",
                    lifespan="off",
                    access_log=False,
                    # uvicorn believes X-Forwarded-For of whoever is on this machine; tries to sign in count by it.
                    proxy_headers=bool(settings.console.proxy_header),
                    forwarded_allow_ips=HOST,
                    log_level="warning",
                    log_config=None,
                    timeout_graceful_shutdown=_PATIENCE_WITH_CLIENTS,
                )
            ).run(sockets=[listening])
        finally:
            address.unlink(missing_ok=True)


def _make_ready(office: Office) -> None:
    """Do before anybody waits for it what the first page would: read the brands, open the figures, load the pages."""
    known = templates()
    for name in known.list_templates():
        known.get_template(name)
    with suppress(MarketingError):  # whatever cannot be read is told of on the pages that need it
        office.brand_files.read()
        office.snapshot.rows("SELECT 1")


@contextmanager
def _asked_to_end() -> Generator[None]:
    """The server ends by itself at these signals and then raises them again: that must not cut the goodbye short."""

    def go_on(_signal: int, _frame: FrameType | None) -> None:
        pass

    handlers = {each: signal.signal(each, go_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


def _require_a_name(settings: Settings, host: str) -> None:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        mend = "Name an address of this machine, or 0.0.0.0 for all."
        raise ConsoleFailed(f"{host!r} is no IPv4 address.", mend) from None
    if not address.is_loopback and not settings.console.hosts - LOCAL_HOSTS:
        raise ConsoleFailed(
            f"At {host} other machines reach the console, and it has no name by which it answers them.",
            "Set MARKETING_CONSOLE_HOSTS to the name under which a proxy with TLS serves it, or leave --host away.",
        )


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as taken:
        listening.close()
        raise ConsoleFailed(
            f"Port {port} of {host} is not free: {taken.strerror}.", "Choose another: `marketing console --port 0`."
        ) from taken
    return listening
