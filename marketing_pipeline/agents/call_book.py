"""Every call to a model in the books: its highest cost is set aside before it, its outcome written down after it."""

import logging
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.exchange import Exchange
from marketing_pipeline.agents.failures import UNBILLED
from marketing_pipeline.agents.prices import cost_of, reservation_micros
from marketing_pipeline.agents.prompt import Prompt
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId, short_hash
from marketing_pipeline.domain.log_context import ids
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.ports import CallRecorder
from marketing_pipeline.domain.week import Week

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallRequest:
    """What a call is about to ask. `characters` counts everything sent as text; `max_tokens` bounds the answer."""

    agent: str
    attempt: int
    prompt: Prompt
    schema_text: str
    characters: int
    images: int
    max_tokens: int
    share: float = 1.0
    """Of the list price, that it will be charged at."""
    recorded_as: str | None = None
    """The agent that stands on the row, where it is not the one whose model is asked."""


class CallBook:
    """Opens and closes the rows of calls."""

    def __init__(self, settings: ModelSettings, clock: Clock, recorder: CallRecorder) -> None:
        self._settings = settings
        self._clock = clock
        self._recorder = recorder

    def open(self, request: CallRequest, *, subject: CallSubject, brand: Brand) -> ModelCall:
        """Set the highest cost aside within the brand's cap of this week. Raises SpendCapReached, storing nothing."""
        now = self._clock.now()
        week = Week.containing(now, brand.zone)
        model = self._settings.model_for(request.agent)
        call = ModelCall(
            id=ModelCallId(f"call-{uuid.uuid4().hex}"),
            subject=subject,
            agent=request.recorded_as or request.agent,
            attempt=request.attempt,
            provider=self._settings.provider,
            model=model,
            prompt=request.prompt.name,
            prompt_sha256=request.prompt.sha256,
            schema_sha256=short_hash(request.schema_text, length=64),
            run=ids().get("run"),
            started_at=now,
            outcome=CallOutcome.IN_FLIGHT,
            reserved_micros=reservation_micros(
                model, request.characters, request.images, request.max_tokens, now.date(), request.share
            ),
            images=request.images,
        )
        cap_micros = round(brand.policies.model_spend_per_week_usd * MICROS)
        opened = self._recorder.open_call(call, cap_micros, week.start(brand.zone), week.end(brand.zone))
        return call.model_copy(update={"id": opened})

    def close(self, call: ModelCall, exchange: Exchange[Any], latency_ms: float, *, counted: bool = True) -> ModelCall:
        """Write the outcome down and return the row.

        `counted` False: the tokens seen are not all that were used, so the cost stays open and the reservation counts.
        """
        cost_micros, price_as_of = self._cost(call, exchange) if counted else (None, None)
        closed = call.model_copy(
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
        self._recorder.close_call(closed)
        _tell(closed)
        return closed

    def _cost(self, call: ModelCall, exchange: Exchange[Any]) -> tuple[int | None, date | None]:
        if exchange.use is None:
            return (0 if exchange.outcome in UNBILLED else None), None
        day = call.started_at.date()
        share = exchange.share
        priced = cost_of(exchange.model, exchange.use, day, share) or cost_of(call.model, exchange.use, day, share)
        if priced is None:
            log.warning("No price is known for %s: its cost stays open and its reservation counts.", call.model)
            return None, None
        return priced

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
        call.use.prompt,
        call.use.output,
        "cost unknown" if call.cost_micros is None else f"{call.cost_micros / MICROS:.6f} USD",
        call.latency_ms or 0,
        f": {call.error}" if call.error else "",
    )
