"""The one seam to a language model: every call is reserved, sent, judged and recorded here."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self

from marketing_pipeline.agents.call_book import CallBook, CallRequest
from marketing_pipeline.agents.connection import Connections, ModelSettings
from marketing_pipeline.agents.exchange import Exchange, send
from marketing_pipeline.agents.failures import ModelCallFailed, failure_of
from marketing_pipeline.agents.persistence import Persistence
from marketing_pipeline.agents.question import Answer, Question, Turn, schema_text
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.domain.ports import CallRecorder


@dataclass(frozen=True)
class Answered(Generic[Answer]):
    """A checked answer, and where it came from: the row of the call, the model, and how many tries it took."""

    value: Answer
    call_id: ModelCallId
    model: str
    tries: int


class LanguageModel:
    """Asks a model through the Messages API.

    Use it with `async with` in each event loop that asks, so that the loop's client is closed.
    """

    def __init__(self, settings: ModelSettings, clock: Clock, recorder: CallRecorder) -> None:
        self._settings = settings
        self._clock = clock
        self._book = CallBook(settings, clock, recorder)
        self._connections = Connections(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.close()

    async def ask(self, question: Question[Answer], *, subject: CallSubject, brand: Brand) -> Answered[Answer]:
        """Ask until the answer is valid and obeys the question's rules, as often as `Persistence` allows.

        Each try is one recorded call whose highest expected cost (micros of USD) is set aside first, within
        `brand.policies.model_spend_per_week_usd` for the brand's present week. Raises SpendCapReached, with nothing
        sent, and ModelCallFailed (AnswerUnusable, ModelUnavailable, ModelMisconfigured) for the last try's outcome.
        """
        with about(agent=question.agent, **subject.model_dump()):
            return await self._ask(question, subject, brand)

    async def _ask(self, question: Question[Answer], subject: CallSubject, brand: Brand) -> Answered[Answer]:
        persistence = Persistence(self._settings)
        turn = Turn.first(question)
        while True:
            call, exchange = await self._try(question, turn, subject, brand)
            if exchange.answer is not None:
                return Answered(exchange.answer, call.id, call.model, turn.number)
            following = persistence.after(turn, exchange)
            if following is None:
                raise self._failure(call, exchange)
            turn, wait_seconds = following
            if wait_seconds:
                await self._clock.pause(wait_seconds)

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
