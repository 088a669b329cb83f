"""The sandbox as a process of its own, started beside a command and stopped with it."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import ServiceMode, Settings, SettingsInvalid

START_SECONDS = 30.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.05


class SandboxUnavailable(MarketingError):
    """The sandbox did not start."""


@contextmanager
def sandbox_process(settings: Settings, *options: str) -> Generator[str]:
    """Serve the settings' sandbox, and give its address. Its log is `log_of`. Raises SandboxUnavailable."""
    with watched_sandbox(settings, *options) as (url, _):
        yield url


def log_of(settings: Settings) -> Path:
    """Where the sandbox of these settings writes what it has to say."""
    return settings.home / "sandbox" / "log.txt"


@contextmanager
def watched_sandbox(settings: Settings, *options: str) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, with the process, for whoever watches it."""
    folder = settings.home / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    address, log = folder / "url", log_of(settings)
    _require_alone(settings)
    address.unlink(missing_ok=True)
    command = [sys.executable, "-m", "marketing_pipeline", "sandbox", "serve", "--with-parent", *options]
    environment = {**os.environ, "MARKETING_HOME": str(settings.home)}
    with (
        log.open("ab") as written,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=written, stderr=written) as world,
    ):
        try:
            yield _address(world, address, log), world
        finally:
            world.terminate()
            try:
                world.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                world.kill()


@contextmanager
def sandbox_if_needed(settings: Settings) -> Generator[None]:
    """Serve the sandbox for the length of a command, unless one runs already or no service is in the sandbox."""
    if ServiceMode.SANDBOX not in settings.modes.values() or settings.sandbox_url or _is_running(settings):
        yield
        return
    with sandbox_process(settings):
        yield


def _require_alone(settings: Settings) -> None:
    """One sandbox a home: a second would take the first one's address away. One that is ending is waited for."""
    clock = SystemClock()
    for _ in range(int(STOP_SECONDS / POLL_SECONDS)):
        if not _is_running(settings):
            return
        clock.sleep(POLL_SECONDS)
    raise SandboxUnavailable(
        f"A sandbox of this home is serving already ({settings.sandbox_base_url()}).",
        "End `make up` or `make demo` in the other terminal, or set MARKETING_HOME to another folder.",
    )


def _is_running(settings: Settings) -> bool:
    try:
        place = urlsplit(settings.sandbox_base_url())
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=1):
            return True
    except (OSError, SettingsInvalid):
        return False


def _address(world: subprocess.Popen[bytes], address: Path, log: Path) -> str:
    clock = SystemClock()
    for _ in range(int(START_SECONDS / POLL_SECONDS)):
        if address.is_file() and (url := address.read_text(encoding="utf-8").strip()):
            return url
        if world.poll() is not None:
            break
        clock.sleep(POLL_SECONDS)
    raise SandboxUnavailable("The sandbox did not start.", f"Its log says why: {log}")
