from datetime import timedelta

import pytest

from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.channels.google_ads.failure import AdsFailure, failure_of
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultName
from marketing_pipeline.settings import GoogleAdsAccess
from marketing_pipeline_tests.channels.google_ads.changes import budget_change
from marketing_pipeline_tests.channels.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import Ads

N, V = AdsFaultName, AdFailureClass
MEANINGS = [
    (N.DAILY_QUOTA, V.DEFER, True),
    (N.SHORT_TERM_QUOTA, V.RETRY, False),
    (N.DEVELOPER_TOKEN_INVALID, V.HUMAN, True),
    (N.DEVELOPER_TOKEN_NOT_APPROVED, V.HUMAN, True),
    (N.OAUTH_TOKEN_REVOKED, V.HUMAN, True),
    (N.USER_PERMISSION_DENIED, V.HUMAN, True),
    (N.CONCURRENT_MODIFICATION, V.RETRY, False),
    (N.INTERNAL_BEFORE, V.UNKNOWN_OUTCOME, False),
    (N.INTERNAL_AFTER, V.UNKNOWN_OUTCOME, False),
    (N.TRANSIENT, V.UNKNOWN_OUTCOME, False),
    (N.POLICY_VIOLATION, V.REFUSED, False),
    (N.NOT_FOUND, V.REFUSED, False),
    (N.EXHAUSTED_WITHOUT_DETAIL, V.UNKNOWN_OUTCOME, False),
    (N.LOST_BEFORE, V.UNKNOWN_OUTCOME, False),
    (N.LOST_AFTER, V.UNKNOWN_OUTCOME, False),
    (N.HANG_BEFORE, V.UNKNOWN_OUTCOME, False),
    (N.HANG_AFTER, V.UNKNOWN_OUTCOME, False),
]


@pytest.mark.parametrize(("name", "verdict", "stops"), MEANINGS, ids=[row[0] for row in MEANINGS])
def test_a_failed_write_has_one_verdict_and_is_sent_once(
    ads: Ads, client: AdsClient, name: AdsFaultName, verdict: AdFailureClass, stops: bool
) -> None:
    wanted = budget_change(ads)
    ads.sandbox.order(AdsFault(name=name, method="Mutate"))
    sent = len(ads.sandbox.calls())
    with pytest.raises(AdsFailure) as caught:
        client.apply(wanted)
    assert (caught.value.failure, caught.value.stops_account) == (verdict, stops)
    assert len(ads.sandbox.calls()) == sent + 1
    if verdict is not V.UNKNOWN_OUTCOME:
        assert ads.sandbox.applied() == []


@pytest.mark.parametrize("name", [N.DAILY_QUOTA, N.INTERNAL_BEFORE, N.DEVELOPER_TOKEN_INVALID, N.LOST_BEFORE])
def test_a_failed_read_has_the_same_verdict_as_a_failed_write(ads: Ads, client: AdsClient, name: AdsFaultName) -> None:
    wanted = budget_change(ads)
    ads.sandbox.order(name)
    with pytest.raises(AdsFailure) as caught:
        client.read_value(wanted)
    assert caught.value.failure is {row[0]: row[1] for row in MEANINGS}[name]


def test_quota_errors_say_when_to_come_back(ads: Ads, client: AdsClient, clock: SteppedClock) -> None:
    for name, wait in ((N.DAILY_QUOTA, timedelta(days=1)), (N.SHORT_TERM_QUOTA, timedelta(seconds=30))):
        ads.sandbox.order(AdsFault(name=name, method="Mutate"))
        with pytest.raises(AdsFailure) as caught:
            client.validate(budget_change(ads))
        assert caught.value.regain == clock.now() + wait


def test_a_failure_names_googles_code_and_request(ads: Ads, client: AdsClient) -> None:
    ads.sandbox.order(AdsFault(name=N.DAILY_QUOTA, method="Mutate"))
    with pytest.raises(AdsFailure, match="tomorrow") as caught:
        client.apply(budget_change(ads))
    assert caught.value.codes == ("quota_error.RESOURCE_EXHAUSTED",)
    assert caught.value.request_id
    assert "RESOURCE_EXHAUSTED" in caught.value.message


def test_an_amount_off_the_smallest_unit_is_refused(ads: Ads, client: AdsClient) -> None:
    with pytest.raises(AdsFailure) as caught:
        client.validate(budget_change(ads, raise_micros=1))
    assert caught.value.failure is V.REFUSED
    assert any("MINIMUM_CURRENCY_UNIT" in code for code in caught.value.codes)


def test_without_an_access_token_nothing_was_sent(ads: Ads, client: AdsClient) -> None:
    wanted = budget_change(ads)
    ads.sandbox.stop()
    with pytest.raises(AdsFailure) as caught:
        client.apply(wanted)
    assert caught.value.failure is V.RETRY


def test_a_call_that_nobody_answers_ends(ads: Ads, client: AdsClient) -> None:
    wanted = budget_change(ads)
    client.read_value(wanted)
    ads.sandbox.stop()
    with pytest.raises(AdsFailure) as caught:
        client.read_value(wanted)
    assert caught.value.failure is V.UNKNOWN_OUTCOME


def test_an_error_without_any_detail_is_unknown() -> None:
    from google.api_core.exceptions import GoogleAPICallError

    assert failure_of(GoogleAPICallError("something"), NOON).failure is V.UNKNOWN_OUTCOME


def test_credentials_that_do_not_open_are_a_failure_and_no_secret_shows(clock: SteppedClock) -> None:
    access = GoogleAdsAccess.model_validate(
        {"developer_token": "very-secret", "login_customer_id": "9999999999", "json_key_file_path": "/nowhere.json"}
    )
    with pytest.raises(AdsFailure, match="credentials") as caught:
        _ = AdsConnection(access, clock).client
    assert "very-secret" not in f"{caught.value}{access!r}"
