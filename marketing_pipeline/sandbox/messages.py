"""The Anthropic Messages API of the sandbox: the wire is the real one, the answers come from rules."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import anyio.to_thread
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from marketing_pipeline.domain.clock import Clock, SystemClock
from marketing_pipeline.sandbox import messages_stream
from marketing_pipeline.sandbox.answers.answer import Agent, Unanswerable, agent_of, answer, off_the_rules
from marketing_pipeline.sandbox.answers.orchestrator import converse
from marketing_pipeline.sandbox.answers.reply import Reply, ToolUse
from marketing_pipeline.sandbox.messages_batches import Batches, Failed
from marketing_pipeline.sandbox.messages_cache import PromptCache
from marketing_pipeline.sandbox.messages_faults import FaultOrder, FaultOrders, ModelFault, refusal_of
from marketing_pipeline.sandbox.messages_images import read_images
from marketing_pipeline.sandbox.messages_reply import message_of, trouble
from marketing_pipeline.sandbox.messages_rules import (
    MODELS,
    MOST_BODY_BYTES,
    Json,
    MessagesRequest,
    Refusal,
    invalid,
    read_request,
)
from marketing_pipeline.sandbox.messages_usage import prompt_tokens

_PLAIN = "The sandbox's model works from structured requests of the five agents; to anything else it says only this."
_SPOILT = {ModelFault.INVALID_JSON: '{"theme": "a week that never', ModelFault.WRONG_SHAPE: '{"answer": 42}'}
_OFF: dict[ModelFault | None, Reply] = {
    ModelFault.OFF_THE_RULES: Reply(text="I approve it.", uses=(ToolUse(name="approve_everything"),)),
    ModelFault.WRONG_SHAPE: Reply(uses=(ToolUse(name="list_posts", input={"answer": 42}),)),
}
"""An orchestrator that asks for what there is not."""
_CREATED = "2026-10-01T00:00:00Z"
Handler = Callable[[Request], Awaitable[Response]]


class Latencies(BaseModel):
    """Seconds before an answer, for benchmarks: of a call without pictures, and of one with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[float, Field(ge=0)] = 0.0
    vision: Annotated[float, Field(ge=0)] = 0.0
    batch: Annotated[float, Field(ge=0, description="Clock seconds until a batch has ended")] = 0.0


def routes(seed: int, latency: Latencies | None = None, clock: Clock | None = None) -> list[BaseRoute]:
    """The model service, to be mounted at any prefix. The same request and seed give the same answer.

    `clock` is the time by which prefixes are kept and batches end. Beside the API stands `/sandbox/faults`: POST an
    order, GET those waiting, DELETE all.
    """
    service = _Service(seed, latency or Latencies(), clock or SystemClock())
    return [
        Route("/v1/messages", service.guarded(service.create), methods=["POST"]),
        Route("/v1/messages/count_tokens", service.guarded(service.count), methods=["POST"]),
        *service.batches.routes(service.guarded),
        Route("/v1/models", service.guarded(service.models), methods=["GET"]),
        Route("/v1/models/{model}", service.guarded(service.model), methods=["GET"]),
        Route("/sandbox/faults", service.fault_orders, methods=["GET", "POST", "DELETE"]),
        Route("/{path:path}", service.guarded(service.nothing), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


class _Service:
    """State of one model service: what was cached, what was ordered, how many requests came."""

    def __init__(self, seed: int, latency: Latencies, clock: Clock) -> None:
        self._seed = seed
        self._latency = latency
        self._cache = PromptCache(clock)
        self.batches = Batches(self._answered, clock, latency.batch, seed)
        self._orders = FaultOrders()
        self._requests = 0

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind what every call needs: a credential, a version, a request id, errors of one shape."""

        async def endpoint(request: Request) -> Response:
            self._requests += 1
            request.state.id = f"req_sandbox{self._requests:010d}"
            try:
                _check_headers(request)
                response = await handler(request)
            except Refusal as refusal:
                response = JSONResponse(refusal.body(request.state.id), refusal.status)
            response.headers["request-id"] = request.state.id
            return response

        return endpoint

    async def create(self, request: Request) -> Response:
        """POST /v1/messages."""
        content = await _body(request)
        asked = read_request(_parsed(content))
        images = await anyio.to_thread.run_sync(read_images, asked)
        agent = Agent.ORCHESTRATOR if asked.tools else agent_of(asked.answer_schema())
        # One token is asked for to fill the cache: that is no question to an agent, and no order meant for one strikes.
        order = self._fault(request, agent if asked.max_tokens > 1 else None, content)
        if order and (failed := trouble(order, request.state.id)) is not None:
            return failed
        fault = order.name if order else None
        late = order.seconds if order and fault is ModelFault.SLOW else 0.0
        cached = self._cache.look(asked, images, _key(request))
        await SystemClock().pause(late + (self._latency.vision if images else self._latency.model))
        said = await anyio.to_thread.run_sync(self._said, asked, agent, images, fault)
        self._cache.keep(cached)
        message = message_of(asked, f"{self._seed}/".encode() + content, said, images, cached, fault)
        if asked.stream:
            return StreamingResponse(messages_stream.events(message, fault), media_type="text/event-stream")
        if fault is ModelFault.HALF_JSON:
            whole = json.dumps(message).encode()
            return Response(whole[: len(whole) // 2], media_type="application/json")
        return JSONResponse(message)

    def _answered(self, parameters: Json, key: str) -> Json:
        """The message for one request of a batch. Raises Refusal for a request that breaks a rule, and Failed."""
        asked = read_request(parameters)
        images = read_images(asked)
        agent = Agent.ORCHESTRATOR if asked.tools else agent_of(asked.answer_schema())
        order = self._orders.take(agent)
        fault = order.name if order else None
        if fault is not None and (refusal := refusal_of(fault)) is not None:
            raise refusal
        if fault is ModelFault.EXPIRED or fault is ModelFault.MISSING:
            raise Failed(fault)
        cached = self._cache.look(asked, images, key)
        self._cache.keep(cached)
        identity = f"{self._seed}/".encode() + json.dumps(parameters, sort_keys=True).encode()
        said = self._said(asked, agent, images, fault)
        return message_of(asked, identity, said, images, cached, fault, "batch")

    def _fault(self, request: Request, agent: Agent | None, content: bytes) -> FaultOrder | None:
        """The fault that strikes this call: from its own header, else from the orders."""
        header = request.headers.get("x-sandbox-fault")
        if header:
            seconds = request.headers.get("x-sandbox-seconds", "1")
            return self._orders.from_header(header, seconds, hashlib.sha256(content).hexdigest())
        return self._orders.take(agent)

    def _said(
        self, asked: MessagesRequest, agent: Agent | None, images: list[Image.Image], fault: ModelFault | None
    ) -> Reply:
        """What the model says. Raises Refusal for a schema of none of the agents, or a prompt that lacks a block."""
        if agent is Agent.ORCHESTRATOR:
            return _OFF[fault] if fault in _OFF else converse(asked)
        if asked.answer_schema() is None:
            return Reply(text=_PLAIN)
        if agent is None:
            raise invalid("output_config.format.schema: the sandbox's model knows the schemas of the agents only")
        if asked.max_tokens == 1:
            return Reply(text='{"begun": "and cut at once"}')
        if fault and fault in _SPOILT:
            return Reply(text=_SPOILT[fault])
        try:
            given = answer(agent, asked.told_texts(), images, self._seed)
        except Unanswerable as missing:
            raise invalid(f"messages: {missing}") from missing
        return Reply(text=off_the_rules(agent, given) if fault is ModelFault.OFF_THE_RULES else given)

    async def count(self, request: Request) -> Response:
        """POST /v1/messages/count_tokens: the same request without max_tokens."""
        asked = read_request(_parsed(await _body(request)), counting=True)
        return JSONResponse({"input_tokens": prompt_tokens(asked, read_images(asked))})

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        cards = [_card(model) for model in MODELS]
        return JSONResponse({"data": cards, "has_more": False, "first_id": cards[0]["id"], "last_id": cards[-1]["id"]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{model}."""
        name = request.path_params["model"]
        if name not in MODELS:
            raise Refusal(404, "not_found_error", f"model: {name}")
        return JSONResponse(_card(name))

    async def nothing(self, request: Request) -> Response:
        """Any other address."""
        raise Refusal(404, "not_found_error", f"{request.method} {request.url.path} is not part of the sandbox")

    async def fault_orders(self, request: Request) -> Response:
        """Orders for faults: POST one, GET those waiting, DELETE all."""
        if request.method == "POST":
            try:
                self._orders.add(FaultOrder.model_validate_json(await request.body()))
            except ValidationError as error:
                return JSONResponse({"error": error.errors(include_url=False, include_context=False)}, 422)
        elif request.method == "DELETE":
            self._orders.clear()
        return JSONResponse([order.model_dump(mode="json") for order in self._orders.waiting()])


def _check_headers(request: Request) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not (kind == "Bearer" and token.strip()) and not request.headers.get("x-api-key", "").strip():
        raise Refusal(401, "authentication_error", "x-api-key header is required")
    if "anthropic-version" not in request.headers:
        raise invalid("anthropic-version: header is required")


def _key(request: Request) -> str:
    """A name for whose cache it is: that of the key."""
    sent = request.headers.get("authorization", "") + request.headers.get("x-api-key", "")
    return hashlib.sha256(sent.encode()).hexdigest()


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BODY_BYTES:
            raise Refusal(413, "request_too_large", "Request exceeds the maximum size")
    return bytes(content)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise invalid("The request body is not valid JSON") from error


def _card(model: str) -> Json:
    return {
        "type": "model",
        "id": model,
        "display_name": MODELS[model].name,
        "created_at": _CREATED,
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
    }
