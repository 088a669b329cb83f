"""Applies a fault to one call: what the client sees, and whether the effect happened behind its back."""

from collections.abc import Callable

from starlette.responses import HTMLResponse, Response

from marketing_pipeline.sandbox.faults import Fault, FaultName
from marketing_pipeline.sandbox.wire import Dripping, HangUp

_GATEWAY_PAGE = "<!DOCTYPE html><html><head><title>Error</title></head><body>Something went wrong.</body></html>"


def answer(fault: Fault | None, act: Callable[[], Response], refuse: Callable[[Fault], Response]) -> Response:
    """The response to a call: `act` performs it and gives the true reply, `refuse` turns a fault into an error."""
    if fault is None:
        return act()
    match fault.name:
        case FaultName.DROP_BEFORE:
            return HangUp()
        case FaultName.DROP_AFTER | FaultName.LATE_COMMIT:
            act()
            return HangUp()
        case FaultName.SLOW:
            return Dripping.of(act(), fault.seconds)
        case FaultName.HALF_JSON:
            whole = act()
            body = bytes(whole.body)
            return Response(body[: len(body) // 2], whole.status_code, media_type="application/json")
        case FaultName.HTML:
            if fault.effect:
                act()
            return HTMLResponse(_GATEWAY_PAGE, fault.http_status or 502)
        case FaultName.ERROR_AFTER:
            act()
            return refuse(fault)
        case _:
            return refuse(fault)
