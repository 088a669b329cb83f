"""The asynchronous clients of one installation: one a provider, kept from one piece of work to the next."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakSet

from marketing_pipeline.settings.loop_client import LoopClient

Result = TypeVar("Result")


class KeptClients:
    """Clients of the loop in which `run` works, and of every other for as long as it is inside `kept_here`.

    Any other loop could end with connections open: `in_this_loop` gives it none, and who asks there opens its own.
    """

    def __init__(self, *clients: LoopClient[Any]) -> None:
        self._clients = clients
        self._turn = Lock()
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._keeping: WeakSet[asyncio.AbstractEventLoop] = WeakSet()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """As asyncio.run, but always in the same loop; threads wait for each other. Not from inside a loop."""
        with self._turn:
            if self._runner is None:
                self._runner = asyncio.Runner()
                self._runner.run(self._stack.enter_async_context(self.kept_here()))
            # Names in the log are those of this piece of work, not those of the first.
            return self._runner.run(work, context=copy_context())

    @asynccontextmanager
    async def kept_here(self) -> AsyncGenerator[None]:
        """Keep clients for the running loop until the end, and close them then."""
        import anyio

        loop = asyncio.get_running_loop()
        self._keeping.add(loop)
        try:
            yield
        finally:
            self._keeping.discard(loop)
            with anyio.CancelScope(shield=True):
                for client in self._clients:
                    await client.close()

    def in_this_loop(self) -> bool:
        """Whether this is called inside a loop for which clients are kept."""
        try:
            return asyncio.get_running_loop() in self._keeping
        except RuntimeError:
            return False

    def close(self) -> None:
        """Close the clients of `run`, and its loop. Work after that begins with new ones."""
        with self._turn:
            if self._runner is not None:
                with self._runner as runner:
                    runner.run(self._stack.aclose())
                self._runner = None
