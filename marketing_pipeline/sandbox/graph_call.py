"""Understanding a Graph call: version, token, node, edge and parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.accounts import Account
from marketing_pipeline.sandbox.container import FIRST_ID as FIRST_CONTAINER_ID
from marketing_pipeline.sandbox.faults import Operation
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.medium import FIRST_ID as FIRST_MEDIA_ID

VERSION_ENDS = {
    "v26.0": date.max,
    "v25.0": date(2028, 7, 29),
    "v24.0": date(2028, 2, 18),
    "v23.0": date(2027, 10, 8),
    "v22.0": date(2027, 5, 20),
    "v21.0": date(2027, 1, 21),
}
"""Documented ends of the versions that were alive in November 2026."""
_EDGES = {
    ("GET", "content_publishing_limit"): Operation.READ_QUOTA,
    ("POST", "media"): Operation.CREATE_CONTAINER,
    ("GET", "media"): Operation.LIST_MEDIA,
    ("POST", "media_publish"): Operation.PUBLISH,
    ("GET", "insights"): Operation.ACCOUNT_INSIGHTS,
}
_PARAMETERS = {
    Operation.IDENTITY: {"fields"},
    Operation.READ_QUOTA: {"fields", "since"},
    Operation.READ_CONTAINER: {"fields"},
    Operation.PUBLISH: {"creation_id"},
    Operation.READ_MEDIA: {"fields"},
    Operation.LIST_MEDIA: {"fields", "limit", "after", "since", "until"},
    Operation.MEDIA_INSIGHTS: {"metric", "period"},
    Operation.ACCOUNT_INSIGHTS: {"metric", "period", "metric_type", "since", "until"},
    Operation.REFRESH_TOKEN: {"grant_type"},
}


@dataclass(frozen=True)
class Call:
    """One understood call: who asks what of which node."""

    operation: Operation
    account: Account
    node: str
    parameters: Mapping[str, str]
    token: str
    digest: str
    base_url: str
    path: str


def operation_of(method: str, pieces: list[str], account: Account) -> tuple[Operation, str]:
    """What a path means for the account of the token. Raises GraphError 2500 or 100/33."""
    if method == "GET" and pieces == ["refresh_access_token"]:
        return Operation.REFRESH_TOKEN, ""
    own = bool(pieces) and pieces[0] in {"me", account.id}
    if own and len(pieces) == 1 and method == "GET":
        return Operation.IDENTITY, account.id
    if own and len(pieces) == 2 and (method, pieces[1]) in _EDGES:
        return _EDGES[method, pieces[1]], account.id
    if pieces and pieces[0].isdecimal() and method == "GET":
        if pieces[1:] == ["insights"]:
            return Operation.MEDIA_INSIGHTS, pieces[0]
        if len(pieces) == 1 and FIRST_CONTAINER_ID <= int(pieces[0]) < FIRST_MEDIA_ID:
            return Operation.READ_CONTAINER, pieces[0]
        if len(pieces) == 1:
            return Operation.READ_MEDIA, pieces[0]
    if len(pieces) == 2 and (method, pieces[1]) in _EDGES:
        raise GraphError(graph_errors.NOT_VISIBLE)
    raise GraphError(graph_errors.UNKNOWN_PATH.saying(f"(#2500) Unknown path components: /{'/'.join(pieces)}"))


def require_version(version: str, today: date) -> None:
    """Raise GraphError for a path without a live version. That such a call is not moved to a live one is assumed."""
    if today >= VERSION_ENDS.get(version, date.min):
        raise GraphError(graph_errors.UNKNOWN_PATH.saying(f"(#2500) Unknown path components: /{version}"))


def require_parameters(call: Call) -> None:
    """Raise GraphError for a parameter that the operation does not know; creating a container has rules of its own.

    That unknown parameters are refused, and not overlooked, is assumed.
    """
    known = _PARAMETERS.get(call.operation)
    if known is None:
        return
    for name in sorted(set(call.parameters) - known - {"access_token"}):
        raise graph_errors.bad_parameter(f"Unknown parameter {name}.")
