"""One turn of a conversation in which the model may ask for tools: streamed as it comes, in the books as any call."""

import asyncio
import json
import math
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from marketing_pipeline.agents.call_book import CallBook
from marketing_pipeline.agents.connection import Connections, ModelSettings
from marketing_pipeline.agents.exchange import STOPS, Exchange, NoMessage, failed_exchange, use_of
from marketing_pipeline.agents.persistence import Persistence
from marketing_pipeline.agents.prices import CHARACTERS_PER_TOKEN
from marketing_pipeline.agents.speech import Json, Speech
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.domain.ports import CallRecorder
from marketing_pipeline.settings.loop_client import LoopClient

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import Message


@dataclass(frozen=True)
class WantedTool:
    """A tool that the model asks for."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True)
class Reply:
    """The end of a turn. Only with outcome ok is it whole: `wanted` is empty otherwise, and `text` may break off."""

    call: ModelCallId
    outcome: CallOutcome
    detail: str
    text: str
    content: tuple[Json, ...] = ()
    wanted: tuple[WantedTool, ...] = ()


class Dialogue:
    """Converses through the Messages API. Use it with `async with` in each event loop that converses.

    A `kept` client is shared with others and stays open.
    """

    def __init__(
        self,
        settings: ModelSettings,
        clock: Clock,
        recorder: CallRecorder,
        kept: "LoopClient[AsyncAnthropic] | None" = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._book = CallBook(settings, clock, recorder)
        self._connections = Connections(settings, kept)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.close()

    async def converse(self, speech: Speech, *, subject: CallSubject, brand: Brand) -> AsyncGenerator[str | Reply]:
        """Pieces of text as they arrive, then the Reply.

        Tried again, as often as the settings say, only while nothing has been said yet. Each try is a recorded call
        within the brand's weekly cap; one that is cut off keeps its reservation as cost, since what it used is not
        known. Raises SpendCapReached, with nothing sent.
        """
        persistence, attempt = Persistence(self._settings), 0
        while True:
            attempt += 1
            listening = _Listening(self._settings.timeout_seconds)
            with about(agent=speech.agent, **subject.model_dump()):
                async with aclosing(self._try(speech, attempt, listening, subject, brand)) as pieces:
                    async for piece in pieces:
                        yield piece
            wait = None if listening.text else persistence.wait_before_again(listening.exchange)
            if wait is None:
                yield listening.reply()
                return
            await self._clock.pause(wait)

    async def _try(
        self, speech: Speech, attempt: int, listening: "_Listening", subject: CallSubject, brand: Brand
    ) -> AsyncGenerator[str]:
        async with self._connections.client() as client:
            call = self._book.open(speech.request(attempt), subject=subject, brand=brand)
            listening.call, started = call, time.perf_counter()
            try:
                async with aclosing(listening.to(client, speech.arguments(call.model))) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                latency_ms = (time.perf_counter() - started) * 1000
                listening.call = self._book.close(call, listening.exchange, latency_ms, counted=listening.whole)


class _Listening:
    """One stream: what has been heard of it so far, whatever becomes of it."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._heard: Exchange[Any] = Exchange(CallOutcome.ABANDONED, "nobody listened to the end")
        self._message: Message | None = None
        self.call: ModelCall | None = None
        self.text = ""

    @property
    def whole(self) -> bool:
        """Whether the stream came to its own end, so that its count of tokens is the last word."""
        return self._heard.stop_reason is not None or self._message is None

    @property
    def exchange(self) -> Exchange[Any]:
        """What the call has come to, with the tokens that are known to have been used."""
        if self._message is None:
            return self._heard
        try:
            use = use_of(self._message.usage)
        except NoMessage as none:
            return replace(self._heard, outcome=CallOutcome.BAD_WIRE, detail=str(none))
        if not self.whole:
            # The count comes at the very end; what arrived was certainly used.
            written = self.text + "".join(json.dumps(wanted.arguments) for wanted in _wanted(self._message))
            use = use.model_copy(update={"output": max(use.output, math.ceil(len(written) / CHARACTERS_PER_TOKEN))})
        return replace(self._heard, use=use, model=str(self._message.model), text=self.text)

    async def to(self, client: "AsyncAnthropic", arguments: Json) -> AsyncGenerator[str]:
        """Listen, and give each piece of text as it comes. Whatever goes wrong is an outcome."""
        try:
            async with client.messages.stream(**arguments) as stream:
                response = stream.response
                self._heard = replace(
                    self._heard, http_status=response.status_code, request_id=response.headers.get("request-id")
                )
                events = aiter(stream)
                ends_at = time.monotonic() + self._limit
                while True:
                    async with asyncio.timeout(ends_at - time.monotonic()):
                        event = await anext(events, None)
                    if event is None:
                        break
                    if event.type == "message_start":
                        self._message = stream.current_message_snapshot
                    elif event.type == "text":
                        self.text += event.text
                        yield event.text
            self._heard = _judged(self._message, self._heard)
        except Exception as error:  # every failure must end as a recorded outcome
            self._heard = failed_exchange(error, self._heard)

    def reply(self) -> Reply:
        """The end of the turn."""
        assert self.call is not None
        exchange = self.exchange
        if exchange.outcome is not CallOutcome.OK or self._message is None:
            return Reply(self.call.id, exchange.outcome, self.call.error or "", self.text)
        content = tuple(_block(block.model_dump(mode="json")) for block in self._message.content)
        return Reply(self.call.id, exchange.outcome, "", self.text, content, _wanted(self._message))


def _judged(message: "Message | None", heard: Exchange[Any]) -> Exchange[Any]:
    if message is None:
        return replace(heard, outcome=CallOutcome.BAD_WIRE, detail="the stream held no message")
    stop = message.stop_reason
    if stop in ("end_turn", "tool_use"):
        return replace(heard, outcome=CallOutcome.OK, detail="", stop_reason=stop)
    outcome = STOPS.get(stop, CallOutcome.UNEXPECTED_STOP)
    category = getattr(message.stop_details, "category", None)
    detail = f"stopped by {stop}" + (f" ({category})" if category else "") if stop else "the stream was cut off"
    return replace(heard, outcome=outcome, detail=detail, stop_reason=stop)


def _wanted(message: "Message") -> tuple[WantedTool, ...]:
    return tuple(
        WantedTool(block.id, block.name, dict(block.input)) for block in message.content if block.type == "tool_use"
    )


_SENT_BACK = {
    "text": ("type", "text"),
    "tool_use": ("type", "id", "name", "input"),
    "thinking": ("type", "thinking", "signature"),
}


def _block(block: Json) -> Json:
    """A block as it may be sent back: what only stands in replies is left out."""
    names = _SENT_BACK.get(block["type"])
    return block if names is None else {name: block[name] for name in names}
