"""Talks with the orchestrator run beside the pages: while one waits for the database, no page waits for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, aclosing
from functools import partial

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from marketing_pipeline.domain.conversation import Event


class Talks:
    """One event loop in a thread of its own for all talks, from the first one until `close`.

    It is inside `kept` all the while, where what talks share is opened and closed.
    """

    def __init__(self, kept: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._kept = kept
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    async def hear(self, talk: Callable[[], AsyncGenerator[Event]]) -> AsyncGenerator[Event]:
        """The events of a talk, as they come. Raises what it raises; a listener who leaves early ends it."""
        loop, heard = asyncio.get_running_loop(), asyncio.Queue[Event | Exception | None]()

        def tell(item: Event | Exception | None) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, item)

        async def tell_all() -> None:
            try:
                async with aclosing(talk()) as events:
                    async for event in events:
                        tell(event)
                tell(None)
            except Exception as error:  # whoever listens is told, whatever it is
                tell(error)

        going = self._started().start_task_soon(tell_all)
        try:
            while (item := await heard.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            going.cancel()

    def close(self) -> None:
        """End every talk, and the thread."""
        self._stack.close()
        self._portal = None

    async def _keep(self) -> None:
        async with self._kept():
            await anyio.sleep_forever()

    def _started(self) -> BlockingPortal:
        if self._portal is None:
            self._portal = self._stack.enter_context(start_blocking_portal())
            self._portal.start_task_soon(self._keep)
            self._stack.callback(self._portal.start_task_soon, partial(self._portal.stop, cancel_remaining=True))
        return self._portal
