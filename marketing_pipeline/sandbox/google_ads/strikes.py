"""What a fault does to one call: whether the change is made behind the client's back, and how the connection ends."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from grpc import StatusCode

from marketing_pipeline.sandbox.google_ads.api import Proto
from marketing_pipeline.sandbox.google_ads.faults import AFTER, AdsFault, AdsFaultName
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_HANGS = frozenset({AdsFaultName.HANG_BEFORE, AdsFaultName.HANG_AFTER})


class NoAnswer(Exception):
    """The call ends without one of Google's own errors. `hangs`: only once the client has given up."""

    def __init__(self, status: StatusCode, message: str, hangs: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.hangs = hangs


@dataclass(frozen=True)
class Deeds:
    """What a fault may have done besides the call itself."""

    postpone: Callable[[AdsFault], None]
    """Let the call take effect later."""
    compete: Callable[[AdsFault], None]
    """Let somebody else write first."""


def struck(fault: AdsFault, act: Callable[[], Proto], deeds: Deeds) -> Proto:
    """The answer of a call that a fault strikes. Raises Refusal or NoAnswer, mostly."""
    if fault.name is AdsFaultName.COMPETING_WRITE:
        deeds.compete(fault)
        return act()
    if fault.name is AdsFaultName.LATE_COMMIT:
        deeds.postpone(fault)
    if fault.name in AFTER:
        with suppress(Refusal):
            act()
    if fault.refusal is not None:
        raise fault.refusal
    raise no_answer(fault)


def no_answer(fault: AdsFault) -> NoAnswer:
    """How the connection ends."""
    if fault.name is AdsFaultName.EXHAUSTED_WITHOUT_DETAIL:
        return NoAnswer(StatusCode.RESOURCE_EXHAUSTED, "Received message larger than max")
    if fault.name in _HANGS:
        return NoAnswer(StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded", hangs=True)
    return NoAnswer(StatusCode.UNAVAILABLE, "Socket closed")
