"""Serves a local world on the loopback interface: from a thread, or as a process of its own."""

import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Self

import uvicorn

from marketing_pipeline.domain.clock import Clock, SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.sandbox.connections import Connections
from marketing_pipeline.sandbox.faults import Fault
from marketing_pipeline.sandbox.journal import Journal
from marketing_pipeline.sandbox.local_world import HOST, Latencies, Sandbox, SandboxConfig
from marketing_pipeline.sandbox.market import Market
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline.sandbox.wire import DroppableProtocol
from marketing_pipeline.sandbox.world import World

__all__ = ["Latencies", "SandboxConfig", "SandboxFailed", "SandboxServer", "serve"]

_START_SECONDS = 10.0
_POLL_SECONDS = 0.005
_STOP_SECONDS = 5.0
_WATCH_SECONDS = 0.5
_PATIENCE_WITH_CLIENTS = 1
_IDLE_SECONDS = 60


class SandboxFailed(MarketingError):
    """The local world cannot be served."""


class SandboxServer:
    """Serves a local world from a thread of this process, for as long as the `with` block lasts."""

    def __init__(
        self,
        config: SandboxConfig,
        clock: Clock,
        tastes: Mapping[str, Tastes] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        self._config = config
        self._sandbox = Sandbox(config, clock, tastes)
        for fault in faults:
            self._sandbox.desk.order(fault)
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address, such as http://127.0.0.1:8123. Raises SandboxFailed before `start`."""
        if self._socket is None:
            raise SandboxFailed("The sandbox is not started.", "Call start() first, or use it in a with block.")
        return _url(self._socket)

    @property
    def is_serving(self) -> bool:
        """Whether requests are answered."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def journal(self) -> Journal:
        """The ground truth."""
        return self._sandbox.journal

    @property
    def connections(self) -> Connections:
        """How many connections were accepted."""
        return self._sandbox.connections

    @property
    def market(self) -> Market:
        """The audiences."""
        return self._sandbox.market

    @property
    def world(self) -> World:
        """The state behind it all."""
        return self._sandbox.world

    def start(self) -> None:
        """Serve, and return once requests are answered. Raises SandboxFailed when the port is taken."""
        self._socket = _listen(self._config.port)
        self._server = _uvicorn(self._sandbox)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )
        self._thread.start()
        real, waited = SystemClock(), 0.0
        while not self._server.started:
            if waited > _START_SECONDS or not self._thread.is_alive():
                raise SandboxFailed("The sandbox does not start.", "See its log for the reason.")
            real.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS

    def stop(self) -> None:
        """Stop serving and let go of the port and the file."""
        if self._server is not None and self._thread is not None and self._socket is not None:
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)
            self._socket.close()
            self._sandbox.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(
    config: SandboxConfig,
    clock: Clock,
    tastes: Mapping[str, Tastes] | None = None,
    *,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM; the address stands in `<home>/sandbox/url` meanwhile, and `ready` is told it.

    For the main thread of a process. Raises SandboxFailed when the port is taken.
    """
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        told.set()

    handlers = {each: signal.signal(each, tell) for each in (signal.SIGINT, signal.SIGTERM)}
    address = config.home / "sandbox" / "url"
    try:
        with SandboxServer(config, clock, tastes) as server:
            address.write_text(server.url, encoding="utf-8")
            ready(server.url)
            while server.is_serving and not told.wait(_WATCH_SECONDS):
                pass
    finally:
        address.unlink(missing_ok=True)
        for each, handler in handlers.items():
            signal.signal(each, handler)


def _uvicorn(sandbox: Sandbox) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            sandbox.connections.counted(sandbox.app),
            http=DroppableProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            access_log=False,
            # The channels tell the time of their own world.
            date_header=False,
            # Longer than our clients keep an unused connection: what is counted is their choice.
            timeout_keep_alive=_IDLE_SECONDS,
            log_level="warning",
            log_config=None,
            timeout_graceful_shutdown=_PATIENCE_WITH_CLIENTS,
        )
    )


def _listen(port: int) -> socket.socket:
    # With the protocol spelt out asyncio turns Nagle's algorithm off, which would add 40 ms to every reply.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as taken:
        listening.close()
        raise SandboxFailed(
            f"Port {port} of {HOST} is not free: {taken.strerror}.", "Choose another port, or 0 for any free one."
        ) from taken
    return listening


def _url(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"
