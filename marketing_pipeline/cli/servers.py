"""The processes behind `marketing up`: started together, watched, and stopped together."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from marketing_pipeline.cli.kept_process import KeptProcess, ProcessEnd
from marketing_pipeline.cli.sandbox_process import SandboxUnavailable, log_of, watched_sandbox
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings
from marketing_pipeline.settings.logs import LogFormat, log_format

READY_SECONDS = 120.0
POLL_SECONDS = 0.25
STOP_SECONDS = 15.0
HOST = "127.0.0.1"
RUNS_YIELD = 10
"""Runs, which the daemon starts, leave the processor to the pages that somebody waits for."""
WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"


class ServerEnded(MarketingError):
    """One of the servers ended by itself and cannot be started again, or did not become ready."""


class PortTaken(MarketingError):
    """Somebody else listens where a server was to listen."""


def require_free(port: int) -> None:
    """Raise PortTaken, naming a port that is free, where `port` of this machine cannot be listened on."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            with socket.socket() as other:
                other.bind((HOST, 0))
                free = other.getsockname()[1]
            raise PortTaken(
                f"Port {port} of {HOST} is not free: {error.strerror}.", f"Take another: `marketing up --port {free}`."
            ) from error


class Servers:
    """Starts child processes, each with its log in `<home>/logs`; leaving the `with` block stops them all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: list[KeptProcess] = []
        self._sandbox: KeptProcess | None = None
        self._world = ExitStack()
        self._stack = ExitStack()
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        processes = [kept.process for kept in self._running]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._world.close()
        self._stack.close()

    @property
    def addresses(self) -> Mapping[str, str]:
        """What is served where, by name."""
        return self._addresses

    def start_sandbox(self) -> None:
        """The local world. Raises SandboxUnavailable."""
        self._sandbox = KeptProcess("sandbox", log_of(self._settings), self._serve_sandbox)

    def start_dagster(self, port: int, *, read_only: bool) -> None:
        """The Dagster web server and daemon, which share one code location each of their own."""
        lines = ["--log-format", "json"] if log_format() is LogFormat.JSON else []
        web = ["dagster_webserver", "-w", str(WORKSPACE), "-h", HOST, "-p", str(port), *lines]
        self._start("dagster", [*web, "--read-only"] if read_only else web)
        self._start("daemon", ["dagster._daemon", "run", "-w", str(WORKSPACE), *lines], nice=RUNS_YIELD)
        self._addresses["dagster"] = f"http://{HOST}:{port}"

    def start_console(self, port: int) -> None:
        """The console, on this port where it is free, else on any."""
        try:
            require_free(port)
        except PortTaken:
            with socket.socket() as other:
                other.bind((HOST, 0))
                port = other.getsockname()[1]
        self._start("console", ["marketing_pipeline", "console", "--port", str(port), "--no-link"])
        self._addresses["console"] = f"http://{HOST}:{port}"

    def wait_until_ready(self, stopped: threading.Event) -> None:
        """Wait until the Dagster UI has loaded the code location. Raises ServerEnded when it does not come up."""
        clock, query = SystemClock(), "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
        for _ in range(int(READY_SECONDS / POLL_SECONDS)):
            if stopped.is_set() or self._has_loaded(query):
                return
            self.require_alive()
            clock.sleep(POLL_SECONDS)
        raise ServerEnded(f"Dagster was not ready within {READY_SECONDS:g} s.", f"See {self._log('dagster')}.")

    def require_alive(self) -> None:
        """Raise ServerEnded when one of them is gone: while they start, that is no accident."""
        for kept in self._all():
            code = kept.process.poll()
            if code is not None:
                raise ServerEnded(
                    f"{kept.name} ended by itself with exit code {code}, so everything is stopped.",
                    f"Its log: {kept.log}. Then start again: `marketing up`.",
                )

    def look(self) -> Sequence[ProcessEnd]:
        """Those that have ended since the last look, each told once. What may be started again is, after its pause.

        Raises SandboxUnavailable where the sandbox cannot come back at its address.
        """
        return [end for kept in self._all() if (end := kept.look()) is not None]

    def _all(self) -> Sequence[KeptProcess]:
        return self._running if self._sandbox is None else [self._sandbox, *self._running]

    def _serve_sandbox(self) -> subprocess.Popen[bytes]:
        self._world.close()
        url, process = self._world.enter_context(watched_sandbox(self._settings))
        if self._addresses.setdefault("sandbox", url) != url:
            raise SandboxUnavailable(
                f"The sandbox could not come back at {self._addresses['sandbox']}: another process listens there.",
                "Start everything again: `marketing up`.",
            )
        return process

    def _has_loaded(self, query: str) -> bool:
        try:
            answer = httpx.post(f"{self._addresses['dagster']}/graphql", json={"query": query}, timeout=5)
            entries = answer.json()["data"]["workspaceOrError"]["locationEntries"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False
        return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)

    def _start(self, name: str, program: list[str], nice: int = 0) -> None:
        """Start a Python module that ends when this process is gone, told where the sandbox listens.

        `nice`: by how much it and what it starts give way to others.
        """
        log = self._log(name)
        written = self._stack.enter_context(self._opened(log))
        command = ["nice", "-n", str(nice), sys.executable, "-m", "marketing_pipeline.cli.with_parent", *program]
        sandbox = self._addresses.get("sandbox")
        environment = {**os.environ, **({"MARKETING_SANDBOX_URL": sandbox} if sandbox else {})}

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=written, stderr=written)

        self._running.append(KeptProcess(name, log, start))

    def _log(self, name: str) -> Path:
        return self._settings.home / "logs" / f"{name}.txt"

    def _opened(self, log: Path) -> IO[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
