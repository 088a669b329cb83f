"""Bad networks for real: connections that are cut and replies that trickle."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from marketing_pipeline.domain.clock import SystemClock

_HANG_UP = "sandbox.hang_up"
_App = Callable[[Scope, Receive, Send], Awaitable[None]]


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, except that a response may cut the connection through its scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Offer the transport's abort to the application of this connection."""
        super().connection_made(transport)
        inner = cast(_App, self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_HANG_UP] = transport.abort
            await inner(scope, receive, send)

        self.app = cast(Any, app)


class HangUp(Response):
    """Closes the socket; not one byte of an answer is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection and wait until the server has noticed."""
        scope[_HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            pass


class Dripping(Response):
    """A complete and correct reply, byte by byte over `seconds` of real time."""

    seconds: float = 1.0

    @classmethod
    def of(cls, response: Response, seconds: float) -> "Dripping":
        """The same reply, slow."""
        slow = cls(response.body, response.status_code, dict(response.headers))
        slow.seconds = seconds
        return slow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head at once and the body in single bytes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        for position in range(len(body)):
            await SystemClock().pause(self.seconds / len(body))
            await send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
