"""Faults of the model service that a test may ask for: by a header on the call, or ordered for calls to come."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.sandbox.answers.answer import Agent
from marketing_pipeline.sandbox.messages_rules import Refusal, invalid


class ModelFault(StrEnum):
    """What goes wrong, each as seen from the genuine client."""

    RATE_LIMITED = "429"
    OVERLOADED = "529"
    SERVER_ERROR = "500"
    BILLING = "402"
    BAD_GATEWAY = "502"
    """A gateway's web page with status 502."""
    WEB_PAGE = "web_page"
    """A web page with status 200."""
    HALF_JSON = "half_json"
    """Status 200 and half a body."""
    EMPTY_MESSAGE = "empty_message"
    """A message without content and usage."""
    SLOW = "slow"
    """The right answer, `seconds` late."""
    INVALID_JSON = "invalid_json"
    """A whole turn whose text is not valid JSON."""
    WRONG_SHAPE = "wrong_shape"
    """Valid JSON that the schema would not allow."""
    OFF_THE_RULES = "off_the_rules"
    """An answer of the right shape that breaks the brand's rules."""
    TRUNCATED = "truncated"
    """The text stops in the middle: stop_reason max_tokens."""
    REFUSED = "refusal"
    PAUSED = "pause_turn"
    STREAM_ERROR = "stream_error"
    """An error event in the middle of a stream."""
    STREAM_CUT = "stream_cut"
    """A stream that ends in the middle, without an error."""
    EXPIRED = "batch_expired"
    """A request of a batch that was not come to within the day."""
    MISSING = "batch_missing"
    """A request of a batch of which the results say nothing."""


ERRORS = {
    ModelFault.RATE_LIMITED: (429, "rate_limit_error", "This request would exceed your rate limit"),
    ModelFault.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    ModelFault.SERVER_ERROR: (500, "api_error", "Internal server error"),
    ModelFault.BILLING: (402, "billing_error", "Your credit balance is too low"),
}


class FaultOrder(BaseModel):
    """A fault for the next calls: of one agent, or of any. `seconds` is the lateness, or the retry-after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ModelFault
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    agent: Agent | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0


class FaultOrders:
    """Orders waiting for the calls they strike, oldest first, and the count of those that a header limits."""

    def __init__(self) -> None:
        self._waiting: list[FaultOrder] = []
        self._served: dict[str, int] = {}

    def add(self, order: FaultOrder) -> None:
        """Take an order."""
        self._waiting.append(order)

    def clear(self) -> None:
        """Forget every order."""
        self._waiting.clear()
        self._served.clear()

    def waiting(self) -> tuple[FaultOrder, ...]:
        """Orders not yet used up; `times` is what remains of each."""
        return tuple(self._waiting)

    def take(self, agent: Agent | None) -> FaultOrder | None:
        """The oldest order that strikes a call of this agent, used once."""
        for number, order in enumerate(self._waiting):
            if order.agent in (None, agent):
                self._waiting[number : number + 1] = (
                    [order.model_copy(update={"times": order.times - 1})] if order.times > 1 else []
                )
                return order
        return None

    def from_header(self, header: str, seconds: str, digest: str) -> FaultOrder | None:
        """A header such as `429` (always) or `429*2` (the first two calls with this body). Raises Refusal."""
        name, _, limit = header.partition("*")
        if name not in set(ModelFault) or not (limit or "1").isdecimal():
            raise invalid(f"x-sandbox-fault: {header!r} is none of {', '.join(ModelFault)}")
        order = FaultOrder(name=ModelFault(name), seconds=float(seconds))
        if limit:
            key = f"{header}/{digest}"
            self._served[key] = self._served.get(key, 0) + 1
            return order if self._served[key] <= int(limit) else None
        return order


def refusal_of(fault: ModelFault) -> Refusal | None:
    """The error that a fault of the service is answered with; None when the fault is another kind of trouble."""
    return Refusal(*ERRORS[fault]) if fault in ERRORS else None
