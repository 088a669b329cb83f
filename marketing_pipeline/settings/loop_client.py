"""One client for each event loop: asynchronous connections belong to the loop that they were opened in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Client = TypeVar("Client")


class LoopClient(Generic[Client]):
    """Made at its first use in a loop, kept until `close` is awaited there. Loops in several threads may share it."""

    def __init__(self, make: Callable[[], Client], close: Callable[[Client], Awaitable[None]]) -> None:
        self._make = make
        self._close = close
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def here(self) -> Client:
        """The running loop's client."""
        loop = asyncio.get_running_loop()
        client = self._open.get(loop)
        if client is None:
            client = self._open[loop] = self._make()
        return client

    async def close(self) -> None:
        """Close the running loop's client, if it has one."""
        client = self._open.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await self._close(client)
