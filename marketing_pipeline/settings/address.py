"""Addresses of services: those of the sandbox stay on this machine, live ones leave it, and only protected."""

import ipaddress
from urllib.parse import urlsplit

from marketing_pipeline.settings.service import EndpointRefused


def local_address(url: str, name: str) -> str:
    """The address without a slash at its end. Raises EndpointRefused unless it is a loopback one."""
    if not _host_is_local(url, name):
        raise EndpointRefused(
            f"{name} leads off this machine, and the sandbox never does.",
            "Write a loopback address such as http://127.0.0.1:8700, or choose live mode.",
        )
    return url.rstrip("/")


def public_address(url: str, name: str) -> str:
    """The address without a slash at its end. Raises EndpointRefused unless it is https and not on this machine."""
    if _host_is_local(url, name) or not url.startswith("https://"):
        raise EndpointRefused(
            f"{name} is local or not https, and live mode takes neither.",
            "Write the public https:// address of the service.",
        )
    return url.rstrip("/")


def _host_is_local(url: str, name: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not host or not url.startswith(("http://", "https://")):
        raise EndpointRefused(f"{name} is no web address.", "Write one that begins with http:// or https://.")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
