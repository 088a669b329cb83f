"""Message Batches: many requests handed over at once, worked on later, their results in no order."""

import hashlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.sandbox.messages_faults import ModelFault
from marketing_pipeline.sandbox.messages_rules import Json, Refusal, invalid, read_request

LIFE = timedelta(hours=24)
Handler = Callable[[Request], Awaitable[Response]]


class Failed(Exception):
    """A request of a batch that came to nothing, by order of a test."""

    def __init__(self, fault: ModelFault) -> None:
        super().__init__(fault)
        self.fault = fault


class BatchRequest(BaseModel):
    """One request of a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    custom_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    params: Json


class NewBatch(BaseModel):
    """POST /v1/messages/batches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: Annotated[tuple[BatchRequest, ...], Field(min_length=1, max_length=100_000)]


@dataclass
class _Batch:
    id: str
    requests: tuple[BatchRequest, ...]
    key: str
    created_at: datetime
    due_at: datetime
    cancelled_at: datetime | None = None
    results: list[Json] | None = None


class Batches:
    """The batches of one model service. `answered` gives the message for one request; `seconds` are clock time."""

    def __init__(self, answered: Callable[[Json, str], Json], clock: Clock, seconds: float, seed: int) -> None:
        self._answered = answered
        self._clock = clock
        self._seconds = seconds
        self._order = random.Random(seed)
        self._batches: dict[str, _Batch] = {}

    def routes(self, guarded: Callable[[Handler], Handler]) -> list[BaseRoute]:
        """Create, list, look, results, cancel."""
        base = "/v1/messages/batches"
        return [
            Route(base, guarded(self.create), methods=["POST"]),
            Route(base, guarded(self.listed), methods=["GET"]),
            Route(f"{base}/{{batch}}", guarded(self.look), methods=["GET"]),
            Route(f"{base}/{{batch}}/results", guarded(self.results), methods=["GET"]),
            Route(f"{base}/{{batch}}/cancel", guarded(self.cancel), methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """Take a batch. Its requests are looked at when it is worked on, as the API does."""
        try:
            asked = NewBatch.model_validate_json(await request.body())
        except ValidationError as error:
            raise invalid(f"requests: {error.errors(include_url=False)[0]['msg']}") from error
        names = [each.custom_id for each in asked.requests]
        if len(set(names)) != len(names):
            raise invalid("requests: custom_id must be unique within a batch")
        now = self._clock.now()
        name = "msgbatch_" + hashlib.sha256(f"{len(self._batches)}/{now}".encode()).hexdigest()[:24]
        batch = _Batch(name, asked.requests, _key(request), now, now + timedelta(seconds=self._seconds))
        self._batches[name] = batch
        return JSONResponse(await self._told(batch, request))

    async def listed(self, request: Request) -> Response:
        """The batches, newest first."""
        newest = sorted(self._batches.values(), key=lambda batch: batch.created_at, reverse=True)
        told = [await self._told(batch, request) for batch in newest]
        ends = {"first_id": told[0]["id"] if told else None, "last_id": told[-1]["id"] if told else None}
        return JSONResponse({"data": told, "has_more": False, **ends})

    async def look(self, request: Request) -> Response:
        """One batch."""
        return JSONResponse(await self._told(self._found(request), request))

    async def cancel(self, request: Request) -> Response:
        """What is not done yet is left; a batch that has ended stays as it is."""
        batch = self._found(request)
        ended = await self._settled(batch)
        if not ended and batch.cancelled_at is None:
            batch.cancelled_at = self._clock.now()
        return JSONResponse(await self._told(batch, request, canceling=not ended))

    async def results(self, request: Request) -> Response:
        """One line a request, in no order. Raises Refusal before the batch has ended."""
        batch = self._found(request)
        if not await self._settled(batch):
            raise Refusal(404, "not_found_error", "results are not available before processing has ended")
        lines = "".join(json.dumps(line) + "\n" for line in batch.results or ())
        return Response(lines, media_type="application/x-jsonl")

    def _found(self, request: Request) -> _Batch:
        name = request.path_params["batch"]
        batch = self._batches.get(name)
        if batch is None:
            raise Refusal(404, "not_found_error", f"batch: {name}")
        return batch

    async def _settled(self, batch: _Batch) -> bool:
        """Whether it has ended; it is worked on when it is first looked at after its time."""
        ends = min(batch.due_at, batch.cancelled_at or batch.due_at)
        if batch.results is None and self._clock.now() >= ends:
            batch.results = await anyio.to_thread.run_sync(self._worked_on, batch)
        return batch.results is not None

    def _worked_on(self, batch: _Batch) -> list[Json]:
        results: list[Json] = []
        for each in batch.requests:
            result = {"type": "canceled"} if batch.cancelled_at is not None else self._result(each, batch.key)
            if result is not None:
                results.append({"custom_id": each.custom_id, "result": result})
        self._order.shuffle(results)
        return results

    def _result(self, each: BatchRequest, key: str) -> Json | None:
        try:
            read_request(each.params)
            return {"type": "succeeded", "message": self._answered(each.params, key)}
        except Refusal as refusal:
            return {"type": "errored", "error": refusal.body("req_sandbox_batch")}
        except Failed as failed:
            return {"type": "expired"} if failed.fault is ModelFault.EXPIRED else None

    async def _told(self, batch: _Batch, request: Request, *, canceling: bool = False) -> Json:
        ended = False if canceling else await self._settled(batch)
        kinds = [line["result"]["type"] for line in batch.results or ()]
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled", "expired")}
        address = str(request.url.replace(query=None)).split("/v1/messages/batches")[0]
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "canceling" if batch.cancelled_at else "in_progress",
            "request_counts": {"processing": 0 if ended else len(batch.requests), **counts},
            "created_at": batch.created_at.isoformat(),
            "expires_at": (batch.created_at + LIFE).isoformat(),
            "ended_at": min(batch.due_at, batch.cancelled_at or batch.due_at).isoformat() if ended else None,
            "cancel_initiated_at": batch.cancelled_at.isoformat() if batch.cancelled_at else None,
            "archived_at": None,
            "results_url": f"{address}/v1/messages/batches/{batch.id}/results" if ended else None,
        }


def _key(request: Request) -> str:
    sent = request.headers.get("authorization", "") + request.headers.get("x-api-key", "")
    return hashlib.sha256(sent.encode()).hexdigest()
