"""The processes behind `marketing up`: started together, watched, and stopped together."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings

READY_SECONDS = 120.0
POLL_SECONDS = 0.25
STOP_SECONDS = 15.0
WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"


class ServerEnded(MarketingError):
    """One of the servers ended by itself, or did not become ready."""


class Servers:
    """Starts child processes, each with its log in `<home>/logs`; leaving the `with` block stops them all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._stack.close()

    @property
    def addresses(self) -> Mapping[str, str]:
        """What is served where, by name."""
        return self._addresses

    def start_sandbox(self) -> None:
        """The local world. Raises SandboxUnavailable."""
        self._addresses["sandbox"] = self._stack.enter_context(sandbox_process(self._settings))

    def start_dagster(self, port: int, *, read_only: bool) -> None:
        """The Dagster web server and daemon, which share one code location each of their own."""
        binaries = Path(sys.executable).parent
        web = [str(binaries / "dagster-webserver"), "-w", str(WORKSPACE), "-h", "127.0.0.1", "-p", str(port)]
        self._start("dagster", [*web, "--read-only"] if read_only else web)
        self._start("daemon", [str(binaries / "dagster-daemon"), "run", "-w", str(WORKSPACE)])
        self._addresses["dagster"] = f"http://127.0.0.1:{port}"

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
        """Raise ServerEnded when one of them is gone."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ServerEnded(
                    f"{name} ended by itself with exit code {process.returncode}.", f"Its log: {self._log(name)}"
                )

    def _has_loaded(self, query: str) -> bool:
        try:
            answer = httpx.post(f"{self._addresses['dagster']}/graphql", json={"query": query}, timeout=5)
            entries = answer.json()["data"]["workspaceOrError"]["locationEntries"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False
        return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)

    def _start(self, name: str, command: list[str]) -> None:
        written = self._stack.enter_context(self._opened(self._log(name)))
        self._running[name] = subprocess.Popen(command, env=os.environ.copy(), stdout=written, stderr=written)

    def _log(self, name: str) -> Path:
        return self._settings.home / "logs" / f"{name}.txt"

    def _opened(self, log: Path) -> IO[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
