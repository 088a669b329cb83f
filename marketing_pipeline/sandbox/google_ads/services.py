"""What each call does, once it has been let in: from a request message to a response message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from marketing_pipeline.sandbox.google_ads import recommending
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name
from marketing_pipeline.sandbox.google_ads.draft import Kind
from marketing_pipeline.sandbox.google_ads.kinds import BY_METHOD, BY_OPERATION
from marketing_pipeline.sandbox.google_ads.mutations import Answer, Asked, Request, mutate
from marketing_pipeline.sandbox.google_ads.pages import Pages
from marketing_pipeline.sandbox.google_ads.refusal import AdsError, Refusal, partial_failure
from marketing_pipeline.sandbox.google_ads.rpcs import Rpc
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

Act = Callable[[Rpc, Proto, str, datetime | None], Proto]
"""From call, request, request id and moment of effect (None: now) to the response."""


@dataclass(frozen=True)
class Services:
    """The calls that answer once. Not safe for several threads by itself."""

    world: AdsWorld
    accounts: Mapping[str, LiveAccount]
    pages: Pages

    def acts(self) -> dict[str, Act]:
        """What each call does, by its name."""
        return {
            "Search": self._search,
            "Mutate": self._mutate_all,
            "ApplyRecommendation": partial(self._recommend, recommending.apply),
            "DismissRecommendation": partial(self._recommend, recommending.dismiss),
            "ListAccessibleCustomers": self._list_customers,
            **{method: partial(self._mutate_kind, kind) for method, kind in BY_METHOD.items()},
        }

    def _search(self, rpc: Rpc, request: Proto, request_id: str, at: datetime | None) -> Proto:
        return self.pages.one(rpc, self.accounts[request.customer_id], request)

    def _mutate_kind(self, kind: Kind, rpc: Rpc, request: Proto, request_id: str, at: datetime | None) -> Proto:
        asked = [
            Asked(kind, operation, (("operations", position),)) for position, operation in enumerate(request.operations)
        ]
        answer = self._mutate(rpc, request, request_id, asked, at)
        response = rpc.response()
        whole = _wants_resources(request)
        if not request.validate_only:
            for change in answer.changes:
                result = response.results.add(resource_name=change.resource if change else "")
                if whole and change and change.after is not None:
                    getattr(result, kind.field).CopyFrom(change.after)
        return _with_errors(response, answer.errors, request_id)

    def _mutate_all(self, rpc: Rpc, request: Proto, request_id: str, at: datetime | None) -> Proto:
        asked = [_one_of_many(operation, position) for position, operation in enumerate(request.mutate_operations)]
        answer = self._mutate(rpc, request, request_id, asked, at)
        response = rpc.response()
        whole = _wants_resources(request)
        if not request.validate_only:
            for item, change in zip(asked, answer.changes, strict=True):
                result = response.mutate_operation_responses.add()
                if change:
                    part = getattr(result, f"{item.kind.field}_result")
                    part.resource_name = change.resource
                    if whole and change.after is not None:
                        getattr(part, item.kind.field).CopyFrom(change.after)
        return _with_errors(response, answer.errors, request_id)

    def _mutate(self, rpc: Rpc, request: Proto, request_id: str, asked: Sequence[Asked], at: datetime | None) -> Answer:
        whole = Request(request_id, rpc.name, asked, request.validate_only, request.partial_failure, at=at)
        return mutate(self.world, self.accounts[request.customer_id], whole)

    def _recommend(
        self,
        act: Callable[[AdsWorld, LiveAccount, Proto, str], recommending.Advised],
        rpc: Rpc,
        request: Proto,
        request_id: str,
        at: datetime | None,
    ) -> Proto:
        advised = act(self.world, self.accounts[request.customer_id], request, request_id)
        response = rpc.response()
        for name in advised.names:
            response.results.add(resource_name=name)
        return _with_errors(response, advised.errors, request_id)

    def _list_customers(self, rpc: Rpc, request: Proto, request_id: str, at: datetime | None) -> Proto:
        return rpc.response(resource_names=[f"customers/{customer}" for customer in self.accounts])


def _one_of_many(operation: Proto, position: int) -> Asked:
    name = operation.WhichOneof("operation")
    kind = BY_OPERATION.get(name or "")
    steps = (("mutate_operations", position),)
    if kind is None:
        code = "request_error.OPERATION_REQUIRED" if name is None else "mutate_error.MUTATE_NOT_ALLOWED"
        raise Refusal.of([AdsError(code, f"This sandbox does not do {name}.", steps)])
    return Asked(kind, getattr(operation, name), (*steps, (name, None)))


def _wants_resources(request: Proto) -> bool:
    return enum_name(request, "response_content_type") == "MUTABLE_RESOURCE"


def _with_errors(response: Proto, errors: Sequence[AdsError], request_id: str) -> Proto:
    if errors:
        status = partial_failure(errors, request_id)
        response.partial_failure_error.code = status["code"]
        response.partial_failure_error.message = status["message"]
        for detail in status["details"]:
            response.partial_failure_error.details.add(**detail)
    return response
