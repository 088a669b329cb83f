"""The one seam to a language model: every call is reserved, sent, judged and recorded here."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self

from marketing_pipeline.agents.batch_wire import BatchWire
from marketing_pipeline.agents.batching import Batching, BatchTerms
from marketing_pipeline.agents.call_book import CallBook, CallRequest
from marketing_pipeline.agents.connection import Connections, ModelSettings
from marketing_pipeline.agents.exchange import Exchange, opened_ahead, send
from marketing_pipeline.agents.failures import ModelCallFailed, failure_of
from marketing_pipeline.agents.persistence import Persistence
from marketing_pipeline.agents.question import Answer, Question, Turn, opening_request, schema_text
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.domain.ports import CallRecorder, SpendCapReached
from marketing_pipeline.settings.loop_client import LoopClient

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

AHEAD_OF_TIME = "cache"
"""Stands as the agent on calls that ask nothing."""


@dataclass(frozen=True)
class Answered(Generic[Answer]):
    """A checked answer, and where it came from: the row of the call, the model, and how many tries it took."""

    value: Answer
    call_id: ModelCallId
    model: str
    tries: int


class LanguageModel:
    """Asks a model through the Messages API; with `batches`, questions are first put together in batches.

    Use it with `async with` in each event loop that asks, so that the loop's client is closed; a `kept` one is not.
    """

    def __init__(
        self,
        settings: ModelSettings,
        clock: Clock,
        recorder: CallRecorder,
        batches: BatchTerms | None = None,
        kept: "LoopClient[AsyncAnthropic] | None" = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._book = CallBook(settings, clock, recorder)
        self._connections = Connections(settings, kept)
        self._batching = Batching(BatchWire(self._connections), clock, self._book, batches) if batches else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._batching is not None:
            await self._batching.close()
        await self._connections.close()

    async def ask(self, question: Question[Answer], *, subject: CallSubject, brand: Brand) -> Answered[Answer]:
        """Ask until the answer is valid and obeys the question's rules, as often as `Persistence` allows.

        Each try is one recorded call whose highest expected cost (micros of USD) is set aside first, within
        `brand.policies.model_spend_per_week_usd` for the brand's present week. Raises SpendCapReached, with nothing
        sent, WaitsForBatch where the answer is still to come, and ModelCallFailed (AnswerUnusable, ModelUnavailable,
        ModelMisconfigured) for the last try's outcome.
        """
        with about(agent=question.agent, **subject.model_dump()):
            return await self._ask(question, subject, brand)

    @asynccontextmanager
    async def sending_ahead(
        self, opening: Question[Any], *, subject: CallSubject, brand: Brand
    ) -> AsyncGenerator[None]:
        """Have the provider keep what many questions will begin with, while the work inside is going on.

        Questions that are asked at once find nothing in the cache, since it holds a beginning only once a first answer
        to it has begun. One recorded call of the agent `cache`; whatever becomes of it, the questions are asked.
        Nothing is sent where they go into a batch, which may be worked on hours later.
        """
        if self._batching is not None:
            yield
            return
        sent = asyncio.create_task(self._send_ahead(opening, subject, brand))
        try:
            yield
        finally:
            await sent

    async def _send_ahead(self, opening: Question[Any], subject: CallSubject, brand: Brand) -> None:
        request = replace(_request_of(opening, Turn.first(opening)), max_tokens=1, recorded_as=AHEAD_OF_TIME)
        with about(agent=AHEAD_OF_TIME, **subject.model_dump()):
            async with self._connections.client() as client:
                try:
                    call = self._book.open(request, subject=subject, brand=brand)
                except SpendCapReached:
                    return
                exchange = Exchange[Any](CallOutcome.ABANDONED, "cancelled before the reply was read")
                started = time.perf_counter()
                try:
                    sent = opening_request(opening, call.model)
                    exchange = opened_ahead(await send(client, sent, opening, self._settings.timeout_seconds))
                finally:
                    self._book.close(call, exchange, (time.perf_counter() - started) * 1000)

    async def _ask(self, question: Question[Answer], subject: CallSubject, brand: Brand) -> Answered[Answer]:
        persistence = Persistence(self._settings)
        turn = Turn.first(question)
        in_batch = await self._from_batch(question, turn, subject, brand)
        while True:
            call, exchange = in_batch or await self._try(question, turn, subject, brand)
            if exchange.answer is not None:
                return Answered(exchange.answer, call.id, call.model, turn.number)
            # Whatever a batch did not come to is asked directly, at once.
            unread = in_batch is not None and not exchange.stop_reason
            following, in_batch = (turn.again(), 0.0) if unread else persistence.after(turn, exchange), None
            if following is None:
                raise self._failure(call, exchange)
            turn, wait_seconds = following
            if wait_seconds:
                await self._clock.pause(wait_seconds)

    async def _from_batch(
        self, question: Question[Answer], turn: Turn, subject: CallSubject, brand: Brand
    ) -> tuple[ModelCall, Exchange[Answer]] | None:
        if self._batching is None:
            return None
        return await self._batching.ask(question, _request_of(question, turn), subject, brand)

    async def _try(
        self, question: Question[Answer], turn: Turn, subject: CallSubject, brand: Brand
    ) -> tuple[ModelCall, Exchange[Answer]]:
        async with self._connections.client() as client:
            call = self._book.open(_request_of(question, turn), subject=subject, brand=brand)
            exchange = Exchange[Answer](CallOutcome.ABANDONED, "cancelled before the reply was read")
            started = time.perf_counter()
            try:
                request = turn.request(call.model)
                exchange = await send(client, request, question, self._settings.timeout_seconds)
            finally:
                call = self._book.close(call, exchange, (time.perf_counter() - started) * 1000)
        return call, exchange

    def _failure(self, call: ModelCall, exchange: Exchange[Any]) -> ModelCallFailed:
        return failure_of(exchange.outcome, call.agent, call.id, call.error or "no detail", exchange.problems)


def _request_of(question: Question[Any], turn: Turn) -> CallRequest:
    return CallRequest(
        agent=question.agent,
        attempt=turn.number,
        prompt=question.prompt,
        schema_text=schema_text(question.answer),
        characters=turn.characters(),
        images=len(question.pictures),
        max_tokens=turn.max_tokens,
    )
