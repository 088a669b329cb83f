"""The genuine client reaches the sandbox by configuration alone, and nobody else does."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import grpc
import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import BASE
from marketing_pipeline.sandbox.google_ads.platform import SERVICES
from marketing_pipeline.sandbox.google_ads.rpcs import rpcs
from marketing_pipeline.sandbox.google_ads.server import AdsSandboxConfig, AdsSandboxFailed, GoogleAdsSandbox
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SMALL, Ads, certificates, refused, serve

CAMPAIGNS = "SELECT campaign.id FROM campaign"
OTHER = AdsAccount(customer_id="2222222222", campaigns=1, keywords=1, history_days=10)
CLOSED = AdsAccount(customer_id="3333333333", campaigns=1, keywords=1, history_days=10, enabled=False)


def test_a_search_goes_through(ads: Ads) -> None:
    assert len(ads.rows(CAMPAIGNS)) == 3


def test_every_service_is_found_in_the_package() -> None:
    found = {name for service in SERVICES for name in rpcs(service)}
    assert {"Search", "SearchStream", "Mutate", "MutateCampaignBudgets", "ApplyRecommendation"} <= found
    assert rpcs("CampaignService")["MutateCampaigns"].path == f"/{BASE}.services.CampaignService/MutateCampaigns"


def test_both_searches_number_their_rows_alike() -> None:
    """Pages are serialised once for both."""
    calls = rpcs("GoogleAdsService")
    numbers = {calls[name].response.DESCRIPTOR.fields_by_name["results"].number for name in ("Search", "SearchStream")}
    assert len(numbers) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"developer_token": "stolen"}, "authentication_error.DEVELOPER_TOKEN_INVALID"),
        ({"login_customer_id": "5555555555"}, "authorization_error.USER_PERMISSION_DENIED"),
    ],
)
def test_a_wrong_configuration_is_turned_away(ads: Ads, changes: dict[str, Any], code: str) -> None:
    service = ads.client_with(**changes).get_service("GoogleAdsService")
    with refused(code):
        list(service.search_stream(customer_id=CUSTOMER, query=CAMPAIGNS, timeout=10))


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ((), "request_error.DEVELOPER_TOKEN_PARAMETER_MISSING"),
        ((("developer-token", "sandbox"),), "authentication_error.OAUTH_TOKEN_HEADER_INVALID"),
        (
            (("developer-token", "sandbox"), ("authorization", "Bearer stolen")),
            "authentication_error.OAUTH_TOKEN_INVALID",
        ),
    ],
)
def test_a_call_without_tokens_is_turned_away(ads: Ads, metadata: tuple[tuple[str, str], ...], code: str) -> None:
    search = rpcs("GoogleAdsService")["Search"]
    credentials = grpc.ssl_channel_credentials(ads.sandbox.root_certificate.read_bytes())
    with grpc.secure_channel(ads.sandbox.endpoint, credentials) as channel:
        call = channel.unary_unary(search.path, search.request.SerializeToString, search.response.FromString)
        with refused(code):
            call(search.request(customer_id=CUSTOMER, query=CAMPAIGNS), metadata=metadata, timeout=10)


def test_a_client_that_does_not_trust_the_authority_gets_nothing(ads: Ads, tmp_path: Path) -> None:
    from marketing_pipeline.sandbox.google_ads.certificates import Authority

    foreign = Authority(tmp_path / "foreign").root.read_bytes()
    search = rpcs("GoogleAdsService")["Search"]
    with grpc.secure_channel(ads.sandbox.endpoint, grpc.ssl_channel_credentials(foreign)) as channel:
        call = channel.unary_unary(search.path, search.request.SerializeToString, search.response.FromString)
        with pytest.raises(grpc.RpcError) as caught:
            call(search.request(customer_id=CUSTOMER, query=CAMPAIGNS), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # pyright: ignore[reportAttributeAccessIssue]
    assert ads.sandbox.calls() == []


def test_accounts_are_apart_and_a_closed_one_does_not_stop_the_others(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL, OTHER, CLOSED) as ads:
        with refused("authorization_error.CUSTOMER_NOT_ENABLED"):
            ads.rows(CAMPAIGNS, CLOSED.customer_id)
        with refused("authorization_error.USER_PERMISSION_DENIED"):
            ads.rows(CAMPAIGNS, "4444444444")
        with refused("request_error.INVALID_CUSTOMER_ID"):
            ads.rows(CAMPAIGNS, "123-456-7890")
        ids = [{row.campaign.id for row in ads.rows(CAMPAIGNS, customer)} for customer in (CUSTOMER, "2222222222")]
        assert [len(some) for some in ids] == [3, 2]
        assert not ids[0] & ids[1]
        listed = ads.client.get_service("CustomerService").list_accessible_customers(timeout=10)
        assert list(listed.resource_names) == [f"customers/{a.customer_id}" for a in (SMALL, OTHER, CLOSED)]


def test_the_daily_quota_counts_operations_and_ends_at_midnight(tmp_path: Path, clock: SteppedClock) -> None:
    with serve(tmp_path, clock, SMALL, daily_operations=4) as ads:
        budgets = list(ads.budgets())
        changes = [ads.update("CampaignBudget", name, {"amount_micros": 9_000_000}) for name in budgets]
        ads.mutate("CampaignBudgets", *changes, validate_only=True)
        with refused("quota_error.RESOURCE_EXHAUSTED"):
            ads.mutate("CampaignBudgets", *changes)
        ads.set_budget(budgets[0], 9_000_000)
        with refused("quota_error.RESOURCE_EXHAUSTED"):
            ads.rows(CAMPAIGNS)
        clock.step_to(clock.now().replace(hour=23, minute=59))
        with refused("quota_error.RESOURCE_EXHAUSTED"):
            ads.rows(CAMPAIGNS)
        clock.sleep(60)
        assert ads.rows(CAMPAIGNS)


def test_the_side_door_tells_the_journal_and_takes_faults(ads: Ads) -> None:
    [first, *_] = ads.budgets()
    ads.set_budget(first, 9_000_000, validate_only=True)

    def ask(method: str, path: str, body: bytes | None = None) -> object:
        order = urllib.request.Request(ads.sandbox.side_door_url + path, body, method=method)
        with urllib.request.urlopen(order, timeout=5) as answer:
            return json.load(answer)

    [entry] = ask("GET", "/journal")  # type: ignore[misc]
    assert (entry["after"]["amount_micros"], entry["validate_only"], entry["outcome"]) == (9_000_000, True, "validated")
    assert ask("POST", "/faults", b'{"name": "transient", "times": 2}')[0]["remaining"] == 2  # type: ignore[index]
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask("POST", "/faults", b"earthquake")
    assert caught.value.code == 400
    caught.value.close()
    ask("DELETE", "/faults")
    assert ask("GET", "/faults") == []


def test_a_port_in_use_is_said_so(ads: Ads, tmp_path: Path, clock: SteppedClock) -> None:
    port = int(ads.sandbox.endpoint.rpartition(":")[2])
    config = AdsSandboxConfig(
        home=tmp_path / "second", seed=7, accounts=(SMALL,), port=port, certificates=certificates()
    )
    second = GoogleAdsSandbox(config, clock)
    with pytest.raises(AdsSandboxFailed, match="not free"):
        second.start()
    second.stop()


def test_nothing_has_an_address_before_the_start(tmp_path: Path, clock: SteppedClock) -> None:
    sandbox = GoogleAdsSandbox(AdsSandboxConfig(home=tmp_path, seed=7, accounts=(SMALL,)), clock)
    with pytest.raises(AdsSandboxFailed):
        _ = sandbox.endpoint
    with pytest.raises(AdsSandboxFailed):
        _ = sandbox.side_door_url
    sandbox.close()


def test_keys_are_for_their_owner_alone(ads: Ads) -> None:
    secrets = [ads.sandbox.service_account_file, ads.sandbox.root_certificate.with_name("ca.key")]
    assert [path.stat().st_mode & 0o077 for path in secrets] == [0, 0]
