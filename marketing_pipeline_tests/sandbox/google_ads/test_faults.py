"""Each fault as the client meets it, and what really happened meanwhile."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import DeadlineExceeded, InternalServerError, ResourceExhausted, ServiceUnavailable
from pydantic import ValidationError

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.faults import (
    BELIEF,
    FAULT_HEADER,
    METHODS,
    AdsFault,
    AdsFaultName,
    UnknownFault,
)
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, Ads, codes_of, failure_of, refused, serve

N = AdsFaultName
AMOUNT = 5_000_000
# fault, exception, status, code, whether the change was made
MET: list[tuple[AdsFaultName, type[Exception], str, list[str], bool]] = [
    (N.DAILY_QUOTA, ResourceExhausted, "RESOURCE_EXHAUSTED", ["quota_error.RESOURCE_EXHAUSTED"], False),
    (
        N.SHORT_TERM_QUOTA,
        ResourceExhausted,
        "RESOURCE_EXHAUSTED",
        ["quota_error.RESOURCE_TEMPORARILY_EXHAUSTED"],
        False,
    ),
    (
        N.DEVELOPER_TOKEN_INVALID,
        GoogleAdsException,
        "UNAUTHENTICATED",
        ["authentication_error.DEVELOPER_TOKEN_INVALID"],
        False,
    ),
    (
        N.DEVELOPER_TOKEN_NOT_APPROVED,
        GoogleAdsException,
        "PERMISSION_DENIED",
        ["authorization_error.DEVELOPER_TOKEN_NOT_APPROVED"],
        False,
    ),
    (N.OAUTH_TOKEN_REVOKED, GoogleAdsException, "UNAUTHENTICATED", ["authentication_error.OAUTH_TOKEN_REVOKED"], False),
    (
        N.USER_PERMISSION_DENIED,
        GoogleAdsException,
        "PERMISSION_DENIED",
        ["authorization_error.USER_PERMISSION_DENIED"],
        False,
    ),
    (N.CONCURRENT_MODIFICATION, GoogleAdsException, "ABORTED", ["database_error.CONCURRENT_MODIFICATION"], False),
    (N.INTERNAL_BEFORE, InternalServerError, "INTERNAL", ["internal_error.INTERNAL_ERROR"], False),
    (N.INTERNAL_AFTER, InternalServerError, "INTERNAL", ["internal_error.INTERNAL_ERROR"], True),
    (N.TRANSIENT, GoogleAdsException, "UNAVAILABLE", ["internal_error.TRANSIENT_ERROR"], False),
    (N.POLICY_VIOLATION, GoogleAdsException, "INVALID_ARGUMENT", ["policy_finding_error.POLICY_FINDING"], False),
    (N.NOT_FOUND, GoogleAdsException, "INVALID_ARGUMENT", ["mutate_error.RESOURCE_NOT_FOUND"], False),
    (N.EXHAUSTED_WITHOUT_DETAIL, ResourceExhausted, "RESOURCE_EXHAUSTED", [], True),
    (N.LOST_BEFORE, ServiceUnavailable, "UNAVAILABLE", [], False),
    (N.LOST_AFTER, ServiceUnavailable, "UNAVAILABLE", [], True),
    (N.HANG_BEFORE, DeadlineExceeded, "DEADLINE_EXCEEDED", [], False),
    (N.HANG_AFTER, DeadlineExceeded, "DEADLINE_EXCEEDED", [], True),
    (N.LATE_COMMIT, ServiceUnavailable, "UNAVAILABLE", [], False),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ads]:
    with serve(tmp_path_factory.mktemp("faults"), SteppedClock(NOON), SMALL) as served:
        yield served


def status_of(error: Any) -> str:
    """The gRPC status behind any shape of exception."""
    code = error.error.code() if isinstance(error, GoogleAdsException) else error.grpc_status_code
    return str(code.name)


def test_every_fault_is_met_here_and_has_its_belief() -> None:
    assert {row[0] for row in MET} | {N.CUT_STREAM, N.COMPETING_WRITE} == set(N) == set(BELIEF)


@pytest.mark.parametrize("by_header", [False, True])
@pytest.mark.parametrize(("name", "exception", "status", "codes", "made"), MET, ids=[row[0] for row in MET])
def test_a_fault_strikes_one_call(
    shared: Ads,
    name: AdsFaultName,
    exception: type[Exception],
    status: str,
    codes: list[str],
    made: bool,
    by_header: bool,
) -> None:
    budget, before = next(iter(shared.budgets().items()))
    if not by_header:
        shared.sandbox.order(AdsFault(name=name, method="MutateCampaignBudgets"))
    calls, applied = len(shared.sandbox.calls()), len(shared.applied())
    timeout = 0.3 if name in (N.HANG_BEFORE, N.HANG_AFTER) else 10
    metadata = [(FAULT_HEADER, str(name))] if by_header else []
    with pytest.raises(exception) as caught:
        shared.set_budget(budget, before + 10_000, metadata=metadata, timeout=timeout)
    assert (status_of(caught.value), codes_of(caught.value)) == (status, codes)
    assert [call.outcome for call in shared.sandbox.calls()[calls:]] == [name]
    assert shared.applied()[applied:] == ([("update", "CampaignBudget")] if made else [])
    assert shared.budgets()[budget] == before + 10_000 * made
    shared.set_budget(budget, before)


def test_a_quota_refusal_says_when_to_come_back(ads: Ads) -> None:
    ads.sandbox.order(AdsFault(name=N.SHORT_TERM_QUOTA, seconds=17))
    with pytest.raises(ResourceExhausted) as caught:
        ads.rows("SELECT campaign.id FROM campaign")
    [error] = failure_of(caught.value).errors
    assert error.details.quota_error_details.retry_delay.seconds == 17


def test_a_late_commit_lands_when_its_time_has_come(ads: Ads, clock: SteppedClock) -> None:
    [budget, *_] = ads.budgets()
    before = ads.budgets()[budget]
    ads.sandbox.order(AdsFault(name=N.LATE_COMMIT, seconds=90))
    with pytest.raises(ServiceUnavailable):
        ads.set_budget(budget, AMOUNT)
    clock.sleep(89)
    assert ads.budgets()[budget] == before
    due = clock.now() + timedelta(seconds=1)
    clock.sleep(300)
    assert ads.budgets()[budget] == AMOUNT
    [entry] = ads.sandbox.applied()
    assert entry.at == due


def test_a_late_commit_survives_a_restart(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL) as ads:
        [budget, *_] = ads.budgets()
        ads.sandbox.order(AdsFault(name=N.LATE_COMMIT, seconds=90))
        with pytest.raises(ServiceUnavailable):
            ads.set_budget(budget, AMOUNT)
    clock.sleep(90)
    with serve(tmp_path, clock, SMALL) as ads:
        assert ads.budgets()[budget] == AMOUNT
        assert len(ads.sandbox.applied()) == 1


def test_a_cut_stream_has_given_some_rows(ads: Ads) -> None:
    query = "SELECT segments.date, metrics.clicks FROM campaign WHERE segments.date DURING LAST_14_DAYS"
    whole = len(ads.rows(query))
    ads.sandbox.order("cut_stream")
    stream = ads.service.search_stream(customer_id=SMALL.customer_id, query=query, timeout=10)
    assert len(next(stream).results) == whole // 2
    with pytest.raises(ServiceUnavailable) as caught:
        next(stream)
    assert codes_of(caught.value) == []


def test_a_competing_write_comes_between_reading_and_writing(ads: Ads) -> None:
    [budget, *_] = ads.budgets()
    before = ads.budgets()[budget]
    ads.sandbox.order(AdsFault(name=N.COMPETING_WRITE, validate_only=False, resource=budget, amount_micros=77_000_000))
    ads.set_budget(budget, AMOUNT, validate_only=True)
    assert ads.sandbox.applied() == []
    ads.set_budget(budget, AMOUNT)
    steps = [(entry.before or {}, entry.after or {}, entry.actor.client_type) for entry in ads.sandbox.applied()]
    amounts = [(old["amount_micros"], new["amount_micros"], who) for old, new, who in steps]
    assert amounts == [
        (before, 77_000_000, "GOOGLE_ADS_WEB_CLIENT"),
        (77_000_000, AMOUNT, "GOOGLE_ADS_API"),
    ]


def test_faults_wait_for_the_calls_they_are_meant_for(ads: Ads) -> None:
    [budget, *_] = ads.budgets()
    ads.sandbox.order(AdsFault(name=N.TRANSIENT, method="MutateCampaignBudgets", validate_only=False, times=2))
    ads.set_budget(budget, AMOUNT, validate_only=True)
    for _ in range(2):
        with refused("internal_error.TRANSIENT_ERROR"):
            ads.set_budget(budget, AMOUNT)
    ads.set_budget(budget, AMOUNT)
    assert ads.sandbox.pending_faults() == []


def test_orders_are_kept_until_cleared(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL) as ads:
        ads.sandbox.order(AdsFault(name=N.TRANSIENT, customer="2222222222", times=3))
        assert ads.budgets()
    with serve(tmp_path, clock, SMALL) as ads:
        [(fault, left)] = ads.sandbox.pending_faults()
        assert (fault.name, left) == (N.TRANSIENT, 3)
        ads.sandbox.clear_faults()
        assert ads.sandbox.pending_faults() == []


@pytest.mark.parametrize(
    "text", ["", "earthquake", '{"name": "earthquake"}', '{"name": "transient", "colour": 1}', "{"]
)
def test_an_unknown_fault_is_refused(ads: Ads, text: str) -> None:
    with pytest.raises(UnknownFault, match="Order one of"):
        ads.sandbox.order(text)
    if text:
        with refused("request_error.UNKNOWN"):
            ads.set_budget(next(iter(ads.budgets())), AMOUNT, metadata=[(FAULT_HEADER, text)])
    assert ads.sandbox.pending_faults() == []
    assert ads.sandbox.applied() == []


def test_a_header_that_cannot_strike_its_call_is_refused(ads: Ads) -> None:
    with refused("request_error.UNKNOWN"):
        ads.rows("SELECT campaign.id FROM campaign", metadata=[(FAULT_HEADER, "late_commit")])


MEANINGLESS: list[Callable[[], AdsFault]] = [
    lambda: AdsFault(name=N.TRANSIENT, seconds=3),
    lambda: AdsFault(name=N.TRANSIENT, method="MutateEverything"),
    lambda: AdsFault(name=N.CUT_STREAM, method="Search"),
    lambda: AdsFault(name=N.LATE_COMMIT, method="Search"),
    lambda: AdsFault(name=N.COMPETING_WRITE),
    lambda: AdsFault(name=N.TRANSIENT, times=0),
]


@pytest.mark.parametrize("order", MEANINGLESS)
def test_a_fault_that_means_nothing_is_refused(order: Callable[[], AdsFault]) -> None:
    with pytest.raises(ValidationError):
        order()


def test_the_methods_are_those_that_are_served(ads: Ads) -> None:
    served = {
        name for found in ads.sandbox.rpcs.values() for name, rpc in found.items() if ads.sandbox.answering.handler(rpc)
    }
    assert served == METHODS
