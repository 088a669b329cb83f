"""The one seam to a language model: every call is reserved, sent, judged and recorded here."""

import logging
import time
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self

from marketing_pipeline.agents.connection import Connections, ModelSettings
from marketing_pipeline.agents.exchange import Exchange, send
from marketing_pipeline.agents.failures import UNBILLED, ModelCallFailed, failure_of
from marketing_pipeline.agents.persistence import Persistence
from marketing_pipeline.agents.prices import cost_of, reservation_micros
from marketing_pipeline.agents.question import Answer, Question, Turn, schema_text
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId, short_hash
from marketing_pipeline.domain.log_context import about, ids
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.ports import CallRecorder
from marketing_pipeline.domain.week import Week

log = logging.getLogger(__name__)


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
        self._recorder = recorder
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
            call = self._reserve(question, turn, subject, brand)
            exchange = Exchange[Answer](CallOutcome.ABANDONED, "cancelled before the reply was read")
            started = time.perf_counter()
            try:
                request = turn.request(call.model)
                exchange = await send(client, request, question, self._settings.timeout_seconds)
            finally:
                call = self._closed(call, exchange, (time.perf_counter() - started) * 1000)
                self._recorder.close_call(call)
                _tell(call)
        return call, exchange

    def _reserve(self, question: Question[Any], turn: Turn, subject: CallSubject, brand: Brand) -> ModelCall:
        now = self._clock.now()
        week = Week.containing(now, brand.zone)
        model = self._settings.model_for(question.agent)
        call = ModelCall(
            id=ModelCallId(f"call-{uuid.uuid4().hex}"),
            subject=subject,
            agent=question.agent,
            attempt=turn.number,
            provider=self._settings.provider,
            model=model,
            prompt=question.prompt.name,
            prompt_sha256=question.prompt.sha256,
            schema_sha256=short_hash(schema_text(question.answer), length=64),
            run=ids().get("run"),
            started_at=now,
            outcome=CallOutcome.IN_FLIGHT,
            reserved_micros=reservation_micros(
                model, turn.characters(), len(question.pictures), turn.max_tokens, now.date()
            ),
            images=len(question.pictures),
        )
        cap_micros = round(brand.policies.model_spend_per_week_usd * MICROS)
        opened = self._recorder.open_call(call, cap_micros, week.start(brand.zone), week.end(brand.zone))
        return call.model_copy(update={"id": opened})

    def _closed(self, call: ModelCall, exchange: Exchange[Any], latency_ms: float) -> ModelCall:
        cost_micros, price_as_of = self._cost(call, exchange)
        return call.model_copy(
            update={
                "outcome": exchange.outcome,
                "cost_micros": cost_micros,
                "price_as_of": price_as_of,
                "use": exchange.use or TokenUse(),
                "latency_ms": latency_ms,
                "http_status": exchange.http_status,
                "stop_reason": exchange.stop_reason,
                "request_id": exchange.request_id,
                "error": self._without_key(exchange.detail) or None,
            }
        )

    def _cost(self, call: ModelCall, exchange: Exchange[Any]) -> tuple[int | None, Any]:
        if exchange.use is None:
            return (0 if exchange.outcome in UNBILLED else None), None
        day = call.started_at.date()
        priced = cost_of(exchange.model, exchange.use, day) or cost_of(call.model, exchange.use, day)
        if priced is None:
            log.warning("No price is known for %s: its cost stays open and its reservation counts.", call.model)
            return None, None
        return priced

    def _failure(self, call: ModelCall, exchange: Exchange[Any]) -> ModelCallFailed:
        return failure_of(exchange.outcome, call.agent, call.id, call.error or "no detail", exchange.problems)

    def _without_key(self, text: str) -> str:
        """An error page may repeat what was sent to it."""
        return text.replace(self._settings.api_key.get_secret_value(), "[key]")


def _tell(call: ModelCall) -> None:
    """One line a call, with what is needed to ask the provider about it."""
    log.log(
        logging.INFO if call.outcome is CallOutcome.OK else logging.WARNING,
        "%s, try %d: %s of %s (request %s): %d tokens in, %d out, %s, %.0f ms%s",
        call.agent,
        call.attempt,
        call.outcome,
        call.model,
        call.request_id or "unknown",
        call.use.input + call.use.cache_read + call.use.cache_write,
        call.use.output,
        "cost unknown" if call.cost_micros is None else f"{call.cost_micros / MICROS:.6f} USD",
        call.latency_ms or 0,
        f": {call.error}" if call.error else "",
    )
