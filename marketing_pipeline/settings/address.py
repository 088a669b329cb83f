"""Addresses of services: those of the sandbox stay on this machine, live ones leave it for the public network."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from marketing_pipeline.settings.service import EndpointRefused

Resolver = Callable[[str, int], Sequence[str]]
AsyncResolver = Callable[[str, int], Awaitable[Sequence[str]]]
# An IPv4 address can be hidden in an IPv6 one (NAT64, 6to4, Teredo, IPv4-compatible) that looks public.
_WRAPPED = tuple(
    ipaddress.ip_network(block) for block in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
# Special blocks (IANA registries) that older versions of the standard library count as global: a cloud keeps its
# metadata in the first.
_SPECIAL = tuple(ipaddress.ip_network(block) for block in ("192.0.0.0/24", "fec0::/10"))
# Names that never belong to a public host (RFC 6761, RFC 6762, RFC 8375, and the usual ones of inner networks).
_INNER = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp", ".home", ".test", ".invalid")


class AddressRefused(OSError):
    """A host leads to an address that is not public: nothing was connected."""


def local_address(url: str, name: str) -> str:
    """The address without a slash at its end. Raises EndpointRefused unless it is a loopback one."""
    if not _is_local(_host(_parts(url, name))):
        raise EndpointRefused(
            f"{name} leads off this machine, and the sandbox never does.",
            "Write a loopback address such as http://127.0.0.1:8700, or choose live mode.",
        )
    return url.rstrip("/")


def public_address(url: str, name: str) -> str:
    """The address without a slash at its end.

    Raises EndpointRefused unless it is https, without user, to a public host by name or in an address's usual spelling.
    Where a name leads is looked at again at each connection: `public_addresses`.
    """
    parts = _parts(url, name)
    host = _host(parts)
    if _is_local(host) or parts.scheme != "https":
        raise EndpointRefused(
            f"{name} is local or not https, and live mode takes neither.",
            "Write the public https:// address of the service.",
        )
    if parts.username is not None or not host.isascii() or not _may_be_public(host):
        raise EndpointRefused(
            f"{name} leads to a host that is not public, and live mode takes none.",
            "Write the public https:// address of the service, by its name.",
        )
    return url.rstrip("/")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network, also inside an IPv6 one. False for what is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in block for block in _WRAPPED):
            return False
    special = any(found.version == block.version and found in block for block in _SPECIAL)
    return found.is_global and not found.is_multicast and not special


def require_public(host: str, addresses: Sequence[str]) -> str:
    """The address to connect to. Raises AddressRefused unless there is one, and all are public."""
    if not addresses or not all(map(is_public, addresses)):
        raise AddressRefused(f"{host} leads to an address that is not public")
    return addresses[0]


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, as the operating system knows them. Raises OSError and UnicodeError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


async def resolve_in_loop(host: str, port: int) -> Sequence[str]:
    """The same without blocking the running loop."""
    return await asyncio.to_thread(resolve, host, port)


def _parts(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isprintable()
    except ValueError:
        raise _no_address(name) from None
    if not sound or " " in url:
        raise _no_address(name)
    return parts


def _no_address(name: str) -> EndpointRefused:
    return EndpointRefused(f"{name} is no web address.", "Write one that begins with http:// or https://.")


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(".")


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _may_be_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith(_INNER) and not _is_number(host)
    return is_public(host)


def _is_number(host: str) -> bool:
    """Whether the operating system takes the name for an IPv4 address: 127.1, 2130706433, 0x7f.0.0.1, 0177.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True
