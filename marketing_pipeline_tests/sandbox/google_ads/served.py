"""A served sandbox and the genuine client in front of it."""

import os
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import GoogleAPICallError

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import VERSION, message_type
from marketing_pipeline.sandbox.google_ads.certificates import Authority
from marketing_pipeline.sandbox.google_ads.refusal import FAILURE_KEY
from marketing_pipeline.sandbox.google_ads.server import AdsSandboxConfig, GoogleAdsSandbox

CUSTOMER = "1234567890"
SMALL = AdsAccount(customer_id=CUSTOMER, campaigns=2, keywords=2, terms=3, history_days=40)
SECONDS = 10


@cache
def certificates() -> Path:
    """The one authority that this process trusts: gRPC reads its roots before the first channel and never again."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox_certificates_"))
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(Authority(folder).root)
    return folder


@contextmanager
def serve(home: Path, clock: Clock, *accounts: AdsAccount, **settings: Any) -> Generator["Ads"]:
    """A sandbox of these accounts for as long as the block lasts."""
    config = AdsSandboxConfig(home=home, seed=7, accounts=accounts, certificates=certificates(), **settings)
    with GoogleAdsSandbox(config, clock) as sandbox:
        yield Ads(sandbox)


class Ads:
    """What tests do with an account, through the genuine client."""

    def __init__(self, sandbox: GoogleAdsSandbox) -> None:
        self.sandbox = sandbox

    @cached_property
    def client(self) -> Any:
        return self.client_with()

    def client_with(self, use_proto_plus: bool = False, **changes: Any) -> Any:
        """A client whose configuration differs from the usual one."""
        configuration = {**self.sandbox.client_configuration(use_proto_plus), **changes}
        return GoogleAdsClient.load_from_dict(configuration, version=VERSION)

    @cached_property
    def service(self) -> Any:
        return self.client.get_service("GoogleAdsService")

    def rows(self, query: str, customer: str = CUSTOMER, **call: Any) -> list[Any]:
        """Rows of a streamed search."""
        stream = self.service.search_stream(customer_id=customer, query=query, timeout=SECONDS, **call)
        return [row for page in stream for row in page.results]

    def names(self, resource: str, customer: str = CUSTOMER) -> list[str]:
        """Resource names, removed things left out."""
        rows = self.rows(
            f"SELECT {resource}.resource_name FROM {resource} WHERE {resource}.status != 'REMOVED'", customer
        )
        return [getattr(row, resource).resource_name for row in rows]

    def budgets(self, customer: str = CUSTOMER) -> dict[str, int]:
        """Amounts by name."""
        rows = self.rows("SELECT campaign_budget.amount_micros, campaign_budget.status FROM campaign_budget", customer)
        budgets = [row.campaign_budget for row in rows]
        return {budget.resource_name: budget.amount_micros for budget in budgets if budget.status == 2}

    def request(self, kind: str, operations: Iterable[Any], customer: str = CUSTOMER, **flags: bool) -> Any:
        """A mutate request of one service, such as `CampaignBudgets`."""
        request = self.client.get_type(f"Mutate{kind}Request")
        request.customer_id = customer
        request.operations.extend(operations)
        for name, value in flags.items():
            setattr(request, name, value)
        return request

    def mutate(
        self,
        kind: str,
        *operations: Any,
        customer: str = CUSTOMER,
        metadata: Sequence[tuple[str, str]] = (),
        timeout: float = SECONDS,
        **flags: bool,
    ) -> Any:
        """Send operations through the service of their kind."""
        service = self.client.get_service(f"{_SINGULAR[kind]}Service")
        act = getattr(service, f"mutate_{''.join('_' + c.lower() if c.isupper() else c for c in kind).lstrip('_')}")
        return act(request=self.request(kind, operations, customer, **flags), timeout=timeout, metadata=tuple(metadata))

    def set_budget(self, name: str, micros: int, **call: Any) -> Any:
        """Change one amount."""
        operation = self.update("CampaignBudget", name, {"amount_micros": micros})
        return self.mutate("CampaignBudgets", operation, **call)

    def update(self, kind: str, name: str, fields: Mapping[str, Any]) -> Any:
        """An operation that sets fields, given by paths."""
        operation = self.client.get_type(f"{kind}Operation")
        operation.update.resource_name = name
        for path, value in fields.items():
            *parents, last = path.split(".")
            holder = operation.update
            for part in parents:
                holder = getattr(holder, part)
            setattr(holder, last, value)
            operation.update_mask.paths.append(path)
        return operation

    def remove(self, kind: str, name: str) -> Any:
        """An operation that removes."""
        operation = self.client.get_type(f"{kind}Operation")
        operation.remove = name
        return operation

    def keyword(self, owner: str, text: str, match_type: str = "PHRASE", negative: bool = False) -> Any:
        """An operation that adds a keyword to an ad group, or a negative one to a campaign."""
        group = "/adGroups/" in owner
        operation = self.client.get_type("AdGroupCriterionOperation" if group else "CampaignCriterionOperation")
        setattr(operation.create, "ad_group" if group else "campaign", owner)
        operation.create.keyword.text = text
        operation.create.keyword.match_type = getattr(self.client.enums.KeywordMatchTypeEnum, match_type)
        operation.create.negative = negative
        return operation

    def applied(self) -> list[tuple[str, str]]:
        """What really happened: operation and resource type."""
        return [(entry.operation, entry.resource_type) for entry in self.sandbox.applied()]


_SINGULAR = {
    "CampaignBudgets": "CampaignBudget",
    "Campaigns": "Campaign",
    "AdGroups": "AdGroup",
    "AdGroupAds": "AdGroupAd",
    "AdGroupCriteria": "AdGroupCriterion",
    "CampaignCriteria": "CampaignCriterion",
}


@contextmanager
def refused(*codes: str) -> Generator[None]:
    """The block is refused with exactly these codes, in any of the shapes in which the client raises."""
    with pytest.raises((GoogleAdsException, GoogleAPICallError, grpc.RpcError)) as caught:
        yield
    assert codes_of(caught.value) == list(codes)


def codes_of(error: BaseException) -> list[str]:
    """The codes that an error of the client carries, as `field.VALUE`."""
    return _codes(failure_of(error))


def failure_of(error: BaseException) -> Any:
    """The GoogleAdsFailure behind any shape of exception; an empty one for none."""
    if isinstance(error, GoogleAdsException):
        failure = cast(Any, error.failure)
        # Of a streamed call it is a proto-plus message, whatever the client was told.
        kind = cast(Any, type(failure))
        return kind.pb(failure) if hasattr(kind, "pb") else failure
    call: Any = getattr(error, "response", None) or error
    metadata = dict(cast(Iterable[tuple[str, bytes]], call.trailing_metadata() or ()))
    return _read_failure(metadata.get(FAILURE_KEY, b""))


def partial_failure_of(response: Any) -> Any:
    """The GoogleAdsFailure of the operations that were refused."""
    return _read_failure(response.partial_failure_error.details[0].value)


def partial_codes(response: Any) -> list[tuple[int, str]]:
    """Position and code of each operation that a partial failure refused."""
    failure = partial_failure_of(response)
    places = [error.location.field_path_elements[0].index for error in failure.errors]
    return list(zip(places, _codes(failure), strict=True))


def _read_failure(content: bytes) -> Any:
    return message_type("errors.types.errors", "GoogleAdsFailure").FromString(content)


def _codes(failure: Any) -> list[str]:
    found: list[str] = []
    for error in failure.errors:
        field = error.error_code.WhichOneof("error_code")
        enum = error.error_code.DESCRIPTOR.fields_by_name[field].enum_type
        found.append(f"{field}.{enum.values_by_number[getattr(error.error_code, field)].name}")
    return found
