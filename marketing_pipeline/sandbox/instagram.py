"""The Instagram Graph API over HTTP, as far as publishing and measuring posts need it."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl

from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.sandbox import graph_errors, striking
from marketing_pipeline.sandbox.accounts import Accounts
from marketing_pipeline.sandbox.container import load_container
from marketing_pipeline.sandbox.faults import Fault, FaultName, Operation
from marketing_pipeline.sandbox.graph_call import Call, operation_of, require_parameters, require_version
from marketing_pipeline.sandbox.graph_errors import GraphError, Refusal
from marketing_pipeline.sandbox.graph_reads import (
    Json,
    account_node,
    container_node,
    fields_of,
    media_node,
    media_page,
    moment_of,
    quota_node,
)
from marketing_pipeline.sandbox.insights import account_insights, media_insights
from marketing_pipeline.sandbox.journal import Kind, request_digest
from marketing_pipeline.sandbox.medium import Medium, load_medium, posts_of, published_since
from marketing_pipeline.sandbox.publishing import WINDOW, Publishing

_CALLS_PER_PERCENT = 48
_JSON_BODY: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Instagram:
    """Answers Graph calls. Every behaviour is documented by Meta unless a line says otherwise."""

    def __init__(self, publishing: Publishing, accounts: Accounts) -> None:
        self._publishing = publishing
        self._accounts = accounts
        self._world = publishing.world
        self._calls: dict[str, int] = {}
        self._handlers: dict[Operation, Callable[[Call], Json]] = {
            Operation.IDENTITY: self._identity,
            Operation.READ_QUOTA: self._quota,
            Operation.CREATE_CONTAINER: self._create,
            Operation.READ_CONTAINER: self._container,
            Operation.PUBLISH: self._publish,
            Operation.READ_MEDIA: self._medium,
            Operation.LIST_MEDIA: self._list,
            Operation.MEDIA_INSIGHTS: self._media_insights,
            Operation.ACCOUNT_INSIGHTS: self._account_insights,
            Operation.REFRESH_TOKEN: self._refresh,
        }

    def routes(self) -> list[BaseRoute]:
        """To be mounted under /instagram."""
        return [Route("/{path:path}", self._endpoint, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])]

    async def _endpoint(self, request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body)

    def _answer(self, request: Request, body: bytes) -> Response:
        try:
            call = self._understand(request, _parameters(request, body))
        except GraphError as refused:
            return self._refusal(refused.refusal, request.url.path, "")
        self._publishing.settle()
        if call.operation is Operation.PUBLISH:
            container = call.parameters.get("creation_id", "")
            self._publishing.journal.write(Kind.PUBLISH_RECEIVED, call.account.id, container, call.digest)
        fault = self._publishing.desk.take_for_call(call.operation, call.account.id)
        return striking.answer(
            fault,
            lambda: self._reply(call, fault),
            lambda given: self._refusal(_refusal_of(given), call.digest, call.account.id),
        )

    def _understand(self, request: Request, parameters: dict[str, str]) -> Call:
        path: str = request.path_params["path"]
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or parameters.get("access_token", "")
        pieces = path.strip("/").split("/")
        if pieces != ["refresh_access_token"]:
            require_version(pieces.pop(0), self._world.now().date())
        account = self._accounts.of_token(token)
        operation, node = operation_of(request.method, pieces, account)
        return Call(
            operation=operation,
            account=account,
            node=node,
            parameters=parameters,
            token=token,
            digest=request_digest(request.method, path, parameters),
            base_url=f"{request.base_url}instagram",
            path=f"/{path.strip('/')}",
        )

    def _reply(self, call: Call, fault: Fault | None) -> Response:
        try:
            require_parameters(call)
            if fault is not None and fault.name is FaultName.LATE_COMMIT:
                return self._ok(call, self._publish(call, timedelta(seconds=fault.seconds)))
            return self._ok(call, self._handlers[call.operation](call))
        except GraphError as refused:
            return self._refusal(refused.refusal, call.digest, call.account.id)

    def _ok(self, call: Call, body: Json) -> Response:
        return JSONResponse(body, headers=self._usage(call.account.id, 0))

    def _refusal(self, refusal: Refusal, trace: str, account: str) -> Response:
        headers = self._usage(account, refusal.regain_minutes)
        return JSONResponse(refusal.body(f"{trace} {self._world.now()}"), refusal.http_status, headers)

    def _usage(self, account: str, regain_minutes: int) -> dict[str, str]:
        """The usage headers, in per cent of the hour's calls; the sandbox itself never refuses by them."""
        self._calls[account] = self._calls.get(account, 0) + 1
        share = 100 if regain_minutes else min(self._calls[account] // _CALLS_PER_PERCENT, 99)
        usage = {"call_count": share, "total_cputime": share, "total_time": share}
        told_time = format_datetime(self._world.now(), usegmt=True)
        headers = {"X-App-Usage": json.dumps(usage), "Date": told_time}
        if account:
            business = {**usage, "type": "instagram", "estimated_time_to_regain_access": regain_minutes}
            headers["X-Business-Use-Case-Usage"] = json.dumps({account: [business]})
        return headers

    def _posts(self, call: Call) -> list[Medium]:
        with self._world.transaction() as connection:
            return posts_of(connection, call.account.id)

    def _own_medium(self, call: Call) -> Medium:
        with self._world.transaction() as connection:
            medium = load_medium(connection, call.node)
        if medium is None or medium.account != call.account.id:
            raise GraphError(graph_errors.NOT_VISIBLE)
        return medium

    def _identity(self, call: Call) -> Json:
        return account_node(call.account, self._posts(call), fields_of(call.parameters), self._world.now())

    def _quota(self, call: Call) -> Json:
        now = self._world.now()
        since = moment_of(call.parameters, "since", now - WINDOW)
        if since < now - WINDOW - timedelta(minutes=1):
            raise graph_errors.bad_parameter("since may lie at most 24 hours back")
        with self._world.transaction() as connection:
            used = published_since(connection, call.account.id, since)
        return quota_node(used, lambda: self._publishing.quota_total(call.account), fields_of(call.parameters))

    def _create(self, call: Call) -> Json:
        return {"id": self._publishing.create(call.account, call.parameters, call.digest)}

    def _container(self, call: Call) -> Json:
        with self._world.transaction() as connection:
            container = load_container(connection, call.node)
        if container is None or container.account != call.account.id:
            raise GraphError(graph_errors.NOT_VISIBLE)
        return container_node(container, fields_of(call.parameters), self._world.now())

    def _publish(self, call: Call, late: timedelta | None = None) -> Json:
        container = call.parameters.get("creation_id", "")
        if not container:
            raise graph_errors.bad_parameter("The parameter creation_id is required.")
        return {"id": self._publishing.publish(call.account, container, call.digest, late)}

    def _medium(self, call: Call) -> Json:
        medium, fields = self._own_medium(call), fields_of(call.parameters)
        return media_node(medium, fields, call.base_url, call.account.username, self._world.now())

    def _list(self, call: Call) -> Json:
        now = self._world.now()
        return media_page(self._posts(call), call.parameters, call.base_url, call.path, call.account.username, now)

    def _media_insights(self, call: Call) -> Json:
        if call.parameters.get("period", "lifetime") != "lifetime":
            raise graph_errors.bad_parameter("The period must be lifetime for a post.")
        metrics = fields_of(call.parameters, "metric")
        return {"data": media_insights(self._own_medium(call), metrics, self._world.now())}

    def _account_insights(self, call: Call) -> Json:
        if call.parameters.get("period") != "day":
            raise graph_errors.bad_parameter("The period must be day.")
        kind = call.parameters.get("metric_type", "time_series")
        if kind not in {"time_series", "total_value"}:
            raise graph_errors.bad_parameter("metric_type must be time_series or total_value.")
        until = min(moment_of(call.parameters, "until", self._world.now()), self._world.now())
        since = moment_of(call.parameters, "since", until - WINDOW)
        metrics = fields_of(call.parameters, "metric")
        series = kind == "time_series"
        return {"data": account_insights(call.account.id, self._posts(call), metrics, series, since, until)}

    def _refresh(self, call: Call) -> Json:
        if call.parameters.get("grant_type") != "ig_refresh_token":
            raise graph_errors.bad_parameter("grant_type must be ig_refresh_token.")
        token, seconds = self._accounts.refresh(call.token, call.digest)
        return {"access_token": token, "token_type": "bearer", "expires_in": seconds}


def _parameters(request: Request, body: bytes) -> dict[str, str]:
    """Query and body in one, as Graph takes them: form or JSON. Raises GraphError 100 for any other body."""
    parameters = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0]
    if not body:
        return parameters
    if kind == "application/x-www-form-urlencoded":
        return parameters | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    if kind != "application/json":
        raise graph_errors.bad_parameter(f"A body of type {kind} is not understood.")
    try:
        sent = _JSON_BODY.validate_json(body)
    except ValidationError as wrong:
        raise graph_errors.bad_parameter("The body is no JSON object.") from wrong
    return parameters | {name: _text(value) for name, value in sent.items()}


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_text(part) for part in value)
    return json.dumps(value)


def _refusal_of(fault: Fault) -> Refusal:
    match fault.name:
        case FaultName.TOKEN_EXPIRED:
            return graph_errors.TOKEN_EXPIRED
        case FaultName.CONTAINER_UNREADABLE:
            return graph_errors.NOT_VISIBLE
        case _:
            message = f"(#{fault.code}) The call was refused by an ordered fault."
            return Refusal(
                fault.code, fault.subcode, message, fault.http_status or 400, fault.code in {1, 2}, fault.regain_minutes
            )
