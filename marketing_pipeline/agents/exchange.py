"""One request sent and its reply judged: an answer, or the outcome that says why there is none."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, cast

from pydantic import ValidationError

from marketing_pipeline.agents.failures import outcome_of_error
from marketing_pipeline.agents.question import Answer, Question
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.model_call import CallOutcome, TokenUse

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncAPIResponse
    from anthropic.types import Message

MOST_PROBLEMS = 12
"""Problems named in one repair; the rest tend to be the same mistake again."""
STOPS: dict[str | None, CallOutcome] = {
    "max_tokens": CallOutcome.TRUNCATED,
    "model_context_window_exceeded": CallOutcome.CONTEXT_FULL,
    "refusal": CallOutcome.REFUSED,
    "pause_turn": CallOutcome.INCOMPLETE,
    None: CallOutcome.INCOMPLETE,
}


class NoMessage(ValueError):
    """A reply of status 200 that is no Message."""


@dataclass(frozen=True)
class Exchange(Generic[Answer]):
    """What one try came to. `answer` is set exactly when the outcome is ok; `use` is None where no usage was seen."""

    outcome: CallOutcome
    detail: str = ""
    answer: Answer | None = None
    text: str = ""
    problems: tuple[Violation, ...] = ()
    use: TokenUse | None = None
    model: str = ""
    stop_reason: str | None = None
    http_status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    share: float = 1.0
    """Of the list price, that its tokens are charged at."""


async def send(
    client: "AsyncAnthropic", request: dict[str, Any], question: Question[Answer], limit_seconds: float
) -> Exchange[Answer]:
    """Send one request and judge the reply. Whatever goes wrong is an outcome; only cancellation is raised."""
    seen = Exchange[Answer](CallOutcome.INTERNAL)
    try:
        async with asyncio.timeout(limit_seconds):
            raw = cast("AsyncAPIResponse[Message]", await client.messages.with_raw_response.create(**request))
            seen = replace(seen, http_status=raw.status_code, request_id=raw.headers.get("request-id"))
            message: object = await raw.parse()
        return judged(message, question, seen)
    except NoMessage as error:
        return replace(seen, outcome=CallOutcome.BAD_WIRE, detail=str(error))
    except Exception as error:  # every failure must end as a recorded outcome
        return failed_exchange(error, seen)


def opened_ahead(exchange: Exchange[Answer]) -> Exchange[Answer]:
    """The same of a call that asked nothing: one token and its end are all that was wanted."""
    wanted = exchange.outcome in (CallOutcome.TRUNCATED, CallOutcome.INVALID_OUTPUT)
    return replace(exchange, outcome=CallOutcome.OK, detail="", problems=()) if wanted else exchange


def failed_exchange(error: Exception, seen: Exchange[Answer]) -> Exchange[Answer]:
    """The outcome that an exception of the SDK stands for, with what was known of the exchange before it."""
    response = getattr(error, "response", None)
    return replace(
        seen,
        outcome=outcome_of_error(error),
        detail=f"{type(error).__name__}: {error}".rstrip(". ")[:400],
        http_status=getattr(error, "status_code", seen.http_status),
        request_id=getattr(error, "request_id", seen.request_id),
        retry_after=_retry_after(response.headers.get("retry-after")) if response is not None else None,
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds, as the API sends them; a date or anything else is left to our own backoff."""
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def judged(message: object, question: Question[Answer], sent: Exchange[Answer]) -> Exchange[Answer]:
    """What a reply comes to. Raises NoMessage for one that is no message."""
    from anthropic.types import Message

    if not isinstance(message, Message):
        raise NoMessage(f"the reply is no message but a {type(message).__name__}")
    use, text = use_of(message.usage), _text(message.content)
    stop = cast("object", message.stop_reason)
    if not isinstance(stop, str | None):
        raise NoMessage("the reply's stop_reason is no word")
    seen = replace(sent, text=text, use=use, model=str(message.model), stop_reason=stop)
    if stop != "end_turn":
        outcome = STOPS.get(stop, CallOutcome.UNEXPECTED_STOP)
        category = getattr(message.stop_details, "category", None)
        return replace(seen, outcome=outcome, detail=f"stopped by {stop}" + (f" ({category})" if category else ""))
    return _validated(seen, question)


def _validated(seen: Exchange[Answer], question: Question[Answer]) -> Exchange[Answer]:
    try:
        answer = question.answer.model_validate_json(seen.text)
    except ValidationError as error:
        problems = _problems(error)
        return replace(seen, outcome=CallOutcome.INVALID_OUTPUT, problems=problems, detail=_told(problems))
    if broken := tuple(question.check(answer)):
        named = broken[:MOST_PROBLEMS]
        return replace(seen, outcome=CallOutcome.OFF_THE_RULES, problems=named, detail=_told(broken))
    return replace(seen, outcome=CallOutcome.OK, answer=answer)


def use_of(usage: object) -> TokenUse:
    """Tokens of a reply. Raises NoMessage where they are missing or are no counts."""
    if usage is None:
        raise NoMessage("the reply lacks its token usage")
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    counts: list[int] = []
    for name in names:
        value: object = getattr(usage, name, None)
        if value is None and name.startswith("cache_"):
            value = 0
        if not isinstance(value, int) or value < 0:
            raise NoMessage(f"the reply's {name} is no count")
        counts.append(value)
    long = min(counts[1], _kept_for_an_hour(usage))
    return TokenUse(
        input=counts[0], cache_write=counts[1] - long, cache_write_1h=long, cache_read=counts[2], output=counts[3]
    )


def _kept_for_an_hour(usage: object) -> int:
    """Of the tokens written to the cache, those that cost more; 0 where the reply does not tell."""
    told: object = getattr(getattr(usage, "cache_creation", None), "ephemeral_1h_input_tokens", 0)
    return max(0, told) if isinstance(told, int) else 0


def _text(content: object) -> str:
    """All text blocks joined: a thinking block, or one of a kind not known yet, may come first."""
    if not isinstance(content, list):
        raise NoMessage("the reply lacks its content")
    blocks = cast("list[object]", content)
    texts: list[object] = [getattr(block, "text", None) for block in blocks if getattr(block, "type", None) == "text"]
    joined = "".join(text for text in texts if isinstance(text, str))
    # Half a surrogate pair can be received but not sent back in a repair.
    return joined.encode("utf-8", "replace").decode()


def _problems(error: ValidationError) -> tuple[Violation, ...]:
    found = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_PROBLEMS]
    return tuple(
        Violation(rule="shape", where=".".join(map(str, item["loc"])) or "answer", problem=item["msg"])
        for item in found
    )


def _told(problems: Sequence[Violation]) -> str:
    return "; ".join(f"{item.where}: {item.problem}" for item in problems)[:400]
