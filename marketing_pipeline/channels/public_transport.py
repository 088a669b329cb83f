"""HTTP transports for live mode: they connect only to the public address that they have just looked up and checked.

The connection goes to the checked address itself, so that a name which leads elsewhere a moment later changes nothing;
the name still stands in the Host header and in the TLS handshake, which proves it.
"""

import asyncio

import httpx

from marketing_pipeline.settings.address import (
    AddressRefused,
    AsyncResolver,
    Resolver,
    require_public,
    resolve,
    resolve_in_loop,
)
from marketing_pipeline.settings.tls import tls

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)
"""Those of httpx itself."""


class PublicTransport(httpx.BaseTransport):
    """For `httpx.Client`. Raises httpx.ConnectError, with nothing connected, for a host that is not public."""

    def __init__(self, resolve: Resolver = resolve) -> None:
        self._resolve = resolve
        self._inner = httpx.HTTPTransport(verify=tls(), retries=0, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Look up, check, send."""
        host, port = _place(request)
        try:
            address = require_public(host, self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise _unreachable(host, error, request) from None
        return self._inner.handle_request(pinned(request, address))

    def close(self) -> None:
        """Let go of the connections."""
        self._inner.close()


class AsyncPublicTransport(httpx.AsyncBaseTransport):
    """The same for `httpx.AsyncClient`."""

    def __init__(self, resolve: AsyncResolver = resolve_in_loop, limits: httpx.Limits = LIMITS) -> None:
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(verify=tls(), retries=0, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Look up, check, send."""
        host, port = _place(request)
        seconds: float | None = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
            address = require_public(host, found)
        except (OSError, UnicodeError) as error:
            raise _unreachable(host, error, request) from None
        return await self._inner.handle_async_request(pinned(request, address))

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._inner.aclose()


def pinned(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to one address of its host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _place(request: httpx.Request) -> tuple[str, int]:
    return request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)


def _unreachable(host: str, error: Exception, request: httpx.Request) -> httpx.ConnectError:
    why = str(error) if isinstance(error, AddressRefused) else f"{host} is not known: {type(error).__name__}"
    return httpx.ConnectError(why, request=request)
