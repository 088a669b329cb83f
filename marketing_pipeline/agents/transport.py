"""How a model service's bytes arrive: at most so many, uncompressed, and in live mode only from a public address."""

import asyncio
from collections.abc import AsyncIterator

import httpx2

from marketing_pipeline.settings.address import AsyncResolver, require_public, resolve_in_loop
from marketing_pipeline.settings.tls import tls

MOST_BYTES = 20_000_000
"""Of one reply: the longest answer that a model may give is far shorter."""
IDLE_SECONDS = 30.0
"""How long an unused connection is kept: longer than the steps of a week lie apart. One that the service closed just
when it was taken up again is a failed send, which is tried again."""


class ModelTransport(httpx2.AsyncBaseTransport):
    """Sends as usual; `public_only` looks the host up, checks its addresses and connects to the checked one."""

    def __init__(self, *, public_only: bool, resolve: AsyncResolver = resolve_in_loop) -> None:
        self._public_only = public_only
        self._resolve = resolve
        self._inner = httpx2.AsyncHTTPTransport(
            verify=tls(), retries=0, limits=httpx2.Limits(max_connections=100, keepalive_expiry=IDLE_SECONDS)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send. Raises httpx2.ConnectError for a host that is not public, ReadError for a reply that is too long."""
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(await self._pinned(request) if self._public_only else request)
        # A few bytes could unfold into gigabytes.
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("the reply is compressed, though none was asked for", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Limited(response.stream, request),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._inner.aclose()

    async def _pinned(self, request: httpx2.Request) -> httpx2.Request:
        host, port = request.url.host, request.url.port or 443
        seconds: float | None = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
            address = require_public(host, found)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"{host} cannot be used: {error}", request=request) from None
        return httpx2.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )


class _Limited(httpx2.AsyncByteStream):
    """The reply's bytes, cut off with an error after MOST_BYTES."""

    def __init__(self, stream: httpx2.AsyncByteStream, request: httpx2.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for part in self._stream:
            received += len(part)
            if received > MOST_BYTES:
                raise httpx2.ReadError(f"the reply is longer than {MOST_BYTES:,} bytes", request=self._request)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
