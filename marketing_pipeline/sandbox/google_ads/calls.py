"""Each call from its arrival to its answer: let in, struck by faults, answered or refused, in the shapes of gRPC."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn
from uuid import uuid4

import grpc

from marketing_pipeline.sandbox.google_ads.api import Proto
from marketing_pipeline.sandbox.google_ads.faults import (
    FAULT_HEADER,
    AdsFault,
    AdsFaultDesk,
    AdsFaultName,
    UnknownFault,
    fault_of,
)
from marketing_pipeline.sandbox.google_ads.gate import Caller, Gate
from marketing_pipeline.sandbox.google_ads.late_requests import LateRequests
from marketing_pipeline.sandbox.google_ads.pages import half_of
from marketing_pipeline.sandbox.google_ads.refusal import FAILURE_KEY, Refusal, failure
from marketing_pipeline.sandbox.google_ads.rpcs import Rpc
from marketing_pipeline.sandbox.google_ads.services import Act, Services
from marketing_pipeline.sandbox.google_ads.strikes import Deeds, NoAnswer, no_answer, struck

_PATIENCE_SECONDS = 0.01


class Calls:
    """Turns calls into answers, one at a time."""

    def __init__(
        self,
        services: Services,
        gate: Gate,
        desk: AdsFaultDesk,
        rpcs: Mapping[str, Rpc],
        compete: Callable[[AdsFault, str], None],
    ) -> None:
        self._services = services
        self._acts: dict[str, Act] = services.acts()
        self._gate = gate
        self._desk = desk
        self._late = LateRequests(services.world)
        self._rpcs = rpcs
        self._compete = compete
        self.lock = threading.RLock()

    def handler(self, rpc: Rpc) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """The handler of a call; None for one that this sandbox does not have."""
        if rpc.streams:
            return grpc.unary_stream_rpc_method_handler(
                partial(self._stream, rpc),
                request_deserializer=rpc.request.FromString,
                # Pages come serialised already.
                response_serializer=bytes,
            )
        if rpc.name not in self._acts:
            return None
        return grpc.unary_unary_rpc_method_handler(
            partial(self._unary, rpc),
            request_deserializer=rpc.request.FromString,
            response_serializer=_serialised,
        )

    def settle(self) -> None:
        """Let everything happen that is due."""
        with self.lock, self._services.world.transaction():
            for late in self._late.due():
                rpc = self._rpcs[late.method]
                with suppress(Refusal):
                    self._acts[late.method](rpc, rpc.request.FromString(late.request), late.request_id, late.due_at)

    def _unary(self, rpc: Rpc, request: Proto, context: grpc.ServicerContext) -> Proto:
        request_id = uuid4().hex[:22]
        try:
            with self.lock:
                caller = self._begin(rpc, request, context, request_id)
                fault = self._admit(caller)
                act = partial(self._acts[rpc.name], rpc, request, request_id, None)
                if fault is None:
                    return act()
                return struck(fault, act, self._deeds(rpc, request, caller))
        except Refusal as refusal:
            _refuse(context, refusal, request_id)
        except NoAnswer as end:
            _hang_up(context, end)

    def _stream(self, rpc: Rpc, request: Proto, context: grpc.ServicerContext) -> Iterator[bytes]:
        request_id = uuid4().hex[:22]
        try:
            with self.lock:
                caller = self._begin(rpc, request, context, request_id)
                fault = self._admit(caller)
                account = self._services.accounts[request.customer_id]
                pages = list(self._services.pages.stream(rpc, account, request, request_id))
            if fault is not None:
                if fault.name is AdsFaultName.CUT_STREAM:
                    yield from pages[: len(pages) // 2] or [half_of(pages[0])]
                raise fault.refusal or no_answer(fault)
            yield from pages
        except Refusal as refusal:
            _refuse(context, refusal, request_id)
        except NoAnswer as end:
            _hang_up(context, end)

    def _begin(self, rpc: Rpc, request: Proto, context: grpc.ServicerContext, request_id: str) -> Caller:
        """Note who calls, and give the call its id, which only metadata tell of a call that succeeds."""
        context.send_initial_metadata((("request-id", request_id),))
        self.settle()
        operations = getattr(request, "operations", None)
        if operations is None:
            operations = getattr(request, "mutate_operations", [None])
        return Caller(
            request_id=request_id,
            method=rpc.name,
            customer=str(getattr(request, "customer_id", "")),
            operations=max(len(operations), 1),
            validate_only=bool(getattr(request, "validate_only", False)),
            metadata={str(key): value for key, value in context.invocation_metadata() or ()},
        )

    def _admit(self, caller: Caller) -> AdsFault | None:
        """Let the call in; the fault that strikes it, if one was ordered."""
        self._gate.admit(caller)
        fault = _fault_in(caller) or self._desk.take(caller.method, caller.customer, caller.validate_only)
        if fault is None:
            self._gate.note(caller)
        else:
            self._gate.note(caller, fault.name)
        return fault

    def _deeds(self, rpc: Rpc, request: Proto, caller: Caller) -> Deeds:
        def postpone(fault: AdsFault) -> None:
            delay = timedelta(seconds=fault.seconds)
            self._late.keep(rpc.name, request.SerializeToString(), caller.request_id, delay)

        return Deeds(postpone=postpone, compete=lambda fault: self._compete(fault, caller.customer))


def _serialised(response: Proto) -> bytes:
    return bytes(response.SerializeToString())


def _fault_in(caller: Caller) -> AdsFault | None:
    """The fault that the call's own metadata order. Raises Refusal for one that is unknown or cannot strike it."""
    text = caller.metadata.get(FAULT_HEADER)
    if text is None:
        return None
    try:
        fault = fault_of(str(text))
    except UnknownFault as unknown:
        raise Refusal("request_error.UNKNOWN", str(unknown), FAULT_HEADER) from None
    if not fault.strikes(caller.method, caller.customer, caller.validate_only):
        raise Refusal("request_error.UNKNOWN", f"{fault.name} cannot strike this call.", FAULT_HEADER)
    return fault


def _refuse(context: grpc.ServicerContext, refusal: Refusal, request_id: str) -> NoReturn:
    detail: Any = failure(refusal.errors, request_id).SerializeToString()
    context.set_trailing_metadata(((FAILURE_KEY, detail), ("request-id", request_id)))
    context.abort(refusal.status, refusal.errors[0].message)
    raise AssertionError("abort always raises")


def _hang_up(context: grpc.ServicerContext, end: NoAnswer) -> NoReturn:
    waiting = threading.Event()
    while end.hangs and context.is_active():
        waiting.wait(_PATIENCE_SECONDS)
    context.abort(end.status, end.message)
    raise AssertionError("abort always raises")
