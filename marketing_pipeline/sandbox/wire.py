"""Bad networks for real: connections that are cut and replies that trickle."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from marketing_pipeline.domain.clock import SystemClock

CONNECTION = "sandbox.connection"
"""In a request's scope: the services that its connection was used for so far, a set that the connection keeps."""
_HANG_UP = "sandbox.hang_up"
_MOST_PIECES = 200
_App = Callable[[Scope, Receive, Send], Awaitable[None]]


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, except that a response may cut the connection through its scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Offer the transport's abort, and what it was used for, to the application of this connection."""
        super().connection_made(transport)
        inner, used_for = cast(_App, self.app), set[str]()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_HANG_UP], scope[CONNECTION] = transport.abort, used_for
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
    """A complete and correct reply that takes `seconds` of real time: byte by byte, a longer one in 200 pieces."""

    seconds: float = 1.0

    @classmethod
    def of(cls, response: Response, seconds: float) -> "Dripping":
        """The same reply, slow."""
        slow = cls(response.body, response.status_code, dict(response.headers))
        slow.seconds = seconds
        return slow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head at once and the body in pieces."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        step = math.ceil(len(body) / _MOST_PIECES) or 1
        pieces = [body[start : start + step] for start in range(0, len(body), step)]
        for piece in pieces:
            await SystemClock().pause(self.seconds / len(pieces))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
