"""What every test may rely on: no network, no credentials, a home of its own, the same luck twice."""

import gc
import ipaddress
import logging
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest
from hypothesis import settings

from marketing_pipeline.settings import logs

pytest_plugins = ["marketing_pipeline_tests.fixtures"]

FOREIGN_SETTINGS = (
    "ANTHROPIC_",
    "AWS_",
    "DAGSTER_",
    "GOOGLE_ADS_",
    "IMAGE_API_",
    "INSTAGRAM_",
    "MARKETING_",
    "OPENAI_",
    "PG",
)
PROXY_SETTINGS = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
LONG, SHORT = {"end_to_end", "faults"}, {"agents", "channels", "domain", "settings"}
LOOPBACK_NAMES = {"", "localhost", "ip6-localhost", "testserver"}
MEMORY_FOLDER = Path("/dev/shm")
MEMORY_BYTES = 6 << 30
"""What must be free there: the files of a whole run and its processes together take a third of it."""


class NetworkRefused(RuntimeError):
    """A test reached for the network. Not an OSError, so that no retry and no fallback can swallow it."""


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if not isinstance(address, tuple):
            return  # a path, so a Unix socket; or a send on a connection that was allowed
        host = cast("tuple[object, ...]", address)[0]
    else:
        return
    if not _is_local(host):
        raise NetworkRefused(f"{event} to {host!r}: tests talk to this machine only; use the sandbox")


def _forget_foreign_settings() -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN_SETTINGS) or name.lower() in PROXY_SETTINGS:
            del os.environ[name]
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"


def _keep_files_in_memory() -> None:
    """Databases wait for the disk at each commit. Tests kill processes, which loses nothing there; none cuts power."""
    if MEMORY_FOLDER.is_dir() and os.access(MEMORY_FOLDER, os.W_OK):
        free = min(shutil.disk_usage(MEMORY_FOLDER).free, psutil.virtual_memory().available)
        if free >= MEMORY_BYTES:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_FOLDER))


# At import, so that fixtures of every scope and the processes that tests start see a clean environment.
# An audit hook cannot be taken away again, by a library's patch or by a test's.
_forget_foreign_settings()
_keep_files_in_memory()
sys.addaudithook(_refuse_the_network)

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _home_for_wide_fixtures(tmp_path_factory: pytest.TempPathFactory) -> None:  # pyright: ignore[reportUnusedFunction]
    os.environ["MARKETING_HOME"] = str(tmp_path_factory.mktemp("session") / "home")


@pytest.fixture(autouse=True)
def marketing_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of this test: a path of its own that does not exist yet."""
    home = tmp_path / "home"
    monkeypatch.setenv("MARKETING_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def _logs_of_this_test_alone() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """The first call in a process decides how it logs: each test is a process of its own here."""
    yield
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if type(handler).__module__ != logs.__name__]
    logging.getLogger(logs.OURS).setLevel(logging.NOTSET)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: looking for garbage in it takes a quarter of the time of collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long modules first and short ones last, so that no worker is left alone with a long one at the end."""
    items.sort(key=lambda item: (LONG.isdisjoint(item.path.parts), not SHORT.isdisjoint(item.path.parts)))
