"""What tests and operators ask of the sandbox itself: its journal, its faults, its health, its connections."""

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.sandbox.connections import Connections
from marketing_pipeline.sandbox.faults import BELIEF, Fault
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.sandbox.publishing import Publishing


class _Orders(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[Fault, ...]


class Control:
    """The routes under /sandbox, all JSON."""

    def __init__(self, publishing: Publishing, connections: Connections) -> None:
        self._publishing = publishing
        self._connections = connections

    def routes(self) -> list[BaseRoute]:
        """To be mounted under /sandbox."""
        return [
            Route("/health", self._health),
            Route("/journal", self._journal),
            Route("/connections", self._accepted),
            Route("/faults", self._pending, methods=["GET"]),
            Route("/faults", self._order, methods=["POST"]),
            Route("/faults", self._clear, methods=["DELETE"]),
        ]

    def _health(self, request: Request) -> Response:
        return JSONResponse({"ready": True, "now": self._publishing.world.now().isoformat()})

    def _accepted(self, request: Request) -> Response:
        """Connections by service; the one that asks is among them."""
        return JSONResponse({"accepted": self._connections.accepted()})

    def _journal(self, request: Request) -> Response:
        """Query: kind, account, after (a sequence number)."""
        asked = request.query_params
        kind, after = asked.get("kind"), asked.get("after", "0")
        if kind is not None and kind not in set(Kind):
            return _refused(f"kind is {kind!r}; the journal has {', '.join(Kind)}")
        if not after.isdecimal():
            return _refused(f"after is {after!r}; write a sequence number")
        self._publishing.settle()
        rows = self._publishing.journal.rows(Kind(kind) if kind else None, asked.get("account"), int(after))
        return JSONResponse({"rows": [row.model_dump(mode="json") for row in rows]})

    def _pending(self, request: Request) -> Response:
        pending = [
            {**fault.model_dump(mode="json", exclude_unset=True), "remaining": remaining, "belief": BELIEF[fault.name]}
            for fault, remaining in self._publishing.desk.pending()
        ]
        return JSONResponse({"faults": pending})

    async def _order(self, request: Request) -> Response:
        """Body: `{"faults": [{"name": ..., "times": ...}, ...]}`. All are taken or, if one is wrong, none."""
        try:
            orders = _Orders.model_validate_json(await request.body())
        except ValidationError as wrong:
            return _refused(str(wrong))
        await run_in_threadpool(lambda: [self._publishing.desk.order(fault) for fault in orders.faults])
        return JSONResponse({"ordered": len(orders.faults)}, 201)

    def _clear(self, request: Request) -> Response:
        self._publishing.desk.clear()
        return JSONResponse({"faults": []})


def _refused(reason: str) -> Response:
    return JSONResponse({"error": reason}, 400)
