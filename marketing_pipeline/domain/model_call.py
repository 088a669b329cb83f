"""The record of one call to a language model, and what it cost."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.identifiers import BrandId, ModelCallId


class CallOutcome(StrEnum):
    """How a call ended. Only `ok` yields an answer."""

    IN_FLIGHT = "in_flight"
    OK = "ok"
    TRUNCATED = "truncated"
    INVALID_OUTPUT = "invalid_output"
    OFF_THE_RULES = "off_the_rules"
    CONTEXT_FULL = "context_full"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    UNEXPECTED_STOP = "unexpected_stop"
    BAD_WIRE = "bad_wire"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BAD_REQUEST = "bad_request"
    CREDENTIAL = "credential"
    BILLING = "billing"
    INTERNAL = "internal"
    ABANDONED = "abandoned"


class TokenUse(BaseModel):
    """Tokens as the API counted them. `input` excludes cached tokens; `output` includes thinking.

    `cache_write` are those kept for five minutes, `cache_write_1h` those kept for an hour.
    """

    model_config = ConfigDict(frozen=True)

    input: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input + self.cache_write + self.cache_write_1h + self.cache_read


class ModelPrice(BaseModel):
    """USD per million tokens of one model, as published on `as_of`."""

    model_config = ConfigDict(frozen=True)

    model: str
    as_of: date
    input: float
    output: float
    cache_write: float
    cache_write_1h: float
    cache_read: float

    def cost_micros(self, use: TokenUse, share: float = 1.0) -> int:
        """Cost in micros of USD: a token at 1 USD per million costs 1 micro. `share` of the list price is charged."""
        total = (
            use.input * self.input
            + use.output * self.output
            + use.cache_write * self.cache_write
            + use.cache_write_1h * self.cache_write_1h
            + use.cache_read * self.cache_read
        )
        return round(total * share)


class CallSubject(BaseModel):
    """What a call is made for: lets cost and quality be traced to a week and a post."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    week: str
    post: str | None = None


class ModelCall(BaseModel):
    """One attempt at one call. `cost_micros` is None where the price is not known: unknown is not free."""

    model_config = ConfigDict(frozen=True)

    id: ModelCallId
    subject: CallSubject
    agent: str
    attempt: Annotated[int, Field(ge=1)]
    provider: Annotated[str, Field(description="sandbox or anthropic; sandbox rows are never reported as quality")]
    model: str
    prompt: Annotated[str, Field(description="Name of the prompt file")]
    prompt_sha256: str
    schema_sha256: str
    run: Annotated[str | None, Field(description="Dagster run that asked; None outside of runs")] = None
    started_at: datetime
    outcome: CallOutcome
    reserved_micros: int
    cost_micros: int | None = None
    price_as_of: date | None = None
    use: TokenUse = TokenUse()
    latency_ms: float | None = None
    images: int = 0
    http_status: int | None = None
    retries: int = 0
    stop_reason: str | None = None
    request_id: str | None = None
    error: str | None = None
