"""Who may reach the console, and whom a proxy before it may name."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from marketing_pipeline.settings.service import SettingsInvalid

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
LEAST_PROXY_SECRET = 24
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|[0-9a-f:]{2,39}")
_HEADER = re.compile(r"[a-z][a-z0-9-]*")
_NOT_A_PROXYS = frozenset({"authorization", "cookie", "host", "origin", "referer", "content-type", "content-length"})


class ConsoleAccess(BaseModel):
    """The console listens on this machine alone; all of this is for a proxy before it, and for scrapers behind one."""

    model_config = ConfigDict(frozen=True)

    hosts: Annotated[frozenset[str], Field(description="Names under which it answers, small letters, no port")] = (
        LOCAL_HOSTS
    )
    proxy_header: Annotated[str, Field(description="Header with the user's name; empty: no proxy is trusted")] = ""
    proxy_key: Annotated[SecretStr, Field(description="What the proxy sends in x-marketing-proxy-secret")] = SecretStr(
        ""
    )
    open_metrics: Annotated[bool, Field(description="/healthz and /metrics also for other machines")] = False


def console_access_in(given: Mapping[str, str]) -> ConsoleAccess:
    """Read the MARKETING_CONSOLE_* variables. Raises SettingsInvalid."""
    header, secret = given.get("MARKETING_CONSOLE_PROXY_HEADER", "").lower(), given.get(_SECRET, "")
    _check_proxy(header, secret)
    return ConsoleAccess(
        hosts=LOCAL_HOSTS | _hosts(given.get("MARKETING_CONSOLE_HOSTS", "")),
        proxy_header=header,
        proxy_key=SecretStr(secret),
        open_metrics=_switch(given, "MARKETING_CONSOLE_OPEN_METRICS"),
    )


_SECRET = "MARKETING_CONSOLE_PROXY_SECRET"


def _check_proxy(header: str, secret: str) -> None:
    if bool(header) != bool(secret):
        raise SettingsInvalid(
            "Of MARKETING_CONSOLE_PROXY_HEADER and MARKETING_CONSOLE_PROXY_SECRET only one is set.",
            "Set both to trust a proxy, or none.",
        )
    if header and (not _HEADER.fullmatch(header) or header in _NOT_A_PROXYS):
        raise SettingsInvalid(
            f"MARKETING_CONSOLE_PROXY_HEADER is {header!r}.", "Name the header of the user, such as X-Forwarded-User."
        )
    if secret and (len(secret) < LEAST_PROXY_SECRET or not secret.isascii()):
        raise SettingsInvalid(
            f"{_SECRET} is shorter than {LEAST_PROXY_SECRET} characters, or not ASCII.",
            "Make one with `openssl rand -hex 32`.",
        )


def _hosts(text: str) -> frozenset[str]:
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    wrong = sorted(host for host in hosts if not _HOST.fullmatch(host))
    if wrong:
        raise SettingsInvalid(
            f"MARKETING_CONSOLE_HOSTS names {wrong[0]!r}.",
            "Write host names by commas, without scheme, port or *, such as console.example.com.",
        )
    return hosts


def _switch(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "").lower()
    if text not in ("", "yes", "no"):
        raise SettingsInvalid(f"{name} is {text!r}.", "Write yes or no.")
    return text == "yes"
