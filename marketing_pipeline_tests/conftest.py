"""What every test may rely on: no network, no credentials, a home of its own, the same luck twice."""

import ipaddress
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings

from marketing_pipeline.settings import logs

pytest_plugins = ["marketing_pipeline_tests.fixtures"]

FOREIGN_SETTINGS = (
    "ANTHROPIC_",
    "DAGSTER_",
    "GOOGLE_ADS_",
    "IMAGE_API_",
    "INSTAGRAM_",
    "MARKETING_",
    "OPENAI_",
)
PROXY_SETTINGS = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
LOOPBACK_NAMES = {"", "localhost", "ip6-localhost", "testserver"}


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


# At import, so that fixtures of every scope and the processes that tests start see a clean environment.
# An audit hook cannot be taken away again, by a library's patch or by a test's.
_forget_foreign_settings()
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the long ones first, so that no worker is left alone with them at the end."""
    long_ones = {"end_to_end", "faults"}
    items.sort(key=lambda item: long_ones.isdisjoint(item.path.parts))
