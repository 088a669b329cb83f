"""Versions, tokens, accounts, parameters: who may ask what."""

import httpx
import pytest

from marketing_pipeline.sandbox.journal import request_digest
from marketing_pipeline_tests.sandbox.graph_client import GraphClient, numbers
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, TOKEN

OTHER = "17841400000000009"


def test_a_sandbox_token_opens_its_account(graph: GraphClient) -> None:
    me = graph.get("me", fields="user_id,username,account_type,media_count,followers_count")
    assert (me["user_id"], me["username"], me["account_type"]) == (ACCOUNT, "tearoom", "BUSINESS")
    assert isinstance(me["followers_count"], int) and me["followers_count"] > 1000
    as_parameter = graph.call("GET", "v26.0/me", token="", access_token=TOKEN)
    assert as_parameter.json() == {"id": ACCOUNT}
    other = graph.call("GET", "v26.0/me", token=f"sandbox-{OTHER}", fields="username").json()
    assert other["username"] == f"sandbox_{OTHER}"
    assert [row["account"] for row in graph.journal("account_created")] == [ACCOUNT, OTHER]


@pytest.mark.parametrize(
    ("token", "status", "refusal"),
    [
        pytest.param("", 400, (104, None), id="none"),
        pytest.param("EAAG123", 401, (190, None), id="foreign"),
        pytest.param(f"sandbox-{ACCOUNT}-1", 401, (190, None), id="never issued"),
        pytest.param(f"sandbox-{ACCOUNT}x", 401, (190, None), id="misspelt"),
    ],
)
def test_a_token_is_refused(shared: GraphClient, token: str, status: int, refusal: tuple[int, int | None]) -> None:
    refused = shared.call("GET", "v26.0/me", token=token)
    assert (refused.status_code, numbers(refused)) == (status, refusal)


@pytest.mark.parametrize("path", ["me", "v20.0/me", "v99.0/me", f"{ACCOUNT}/media", "", "v26.0", "v26.0/me/stories"])
def test_a_path_without_a_live_version_or_edge_is_refused(shared: GraphClient, path: str) -> None:
    assert numbers(shared.call("GET", path)) == (2500, None)


def test_a_version_ends(graph: GraphClient) -> None:
    assert graph.call("GET", "v21.0/me").status_code == 200
    graph.clock.sleep(70 * 24 * 3600)
    assert numbers(graph.call("GET", "v21.0/me")) == (2500, None)
    assert graph.call("GET", "v26.0/me").status_code == 200


def test_an_error_has_the_shape_of_graph(shared: GraphClient) -> None:
    error = shared.call("GET", "v26.0/17900000000000077").json()["error"]
    assert set(error) == {
        "message", "type", "code", "error_subcode", "is_transient", "fbtrace_id", "error_user_title", "error_user_msg",
    }  # fmt: skip
    assert (error["type"], error["code"], error["error_subcode"]) == ("OAuthException", 100, 33)


@pytest.mark.parametrize(
    ("path", "parameters", "refusal"),
    [
        pytest.param("me", {"fields": "shoe_size"}, (100, None), id="unknown field of an account"),
        pytest.param("{container}", {"fields": "progress"}, (100, None), id="unknown field of a container"),
        pytest.param("{media}", {"fields": "impressions"}, (100, None), id="unknown field of a post"),
        pytest.param("me/media", {"fields": "plays"}, (100, None), id="unknown field of a list"),
        pytest.param("me/media", {"limit": "0"}, (100, None), id="empty page"),
        pytest.param("me/media", {"limit": "many"}, (100, None), id="no number"),
        pytest.param("me/media", {"after": "1"}, (100, None), id="unknown cursor"),
        pytest.param("me/media", {"since": "9" * 30}, (100, None), id="no time"),
        pytest.param("me/media", {"page": "2"}, (100, None), id="unknown parameter"),
        pytest.param("me/content_publishing_limit", {"fields": "left"}, (100, None), id="unknown field of the quota"),
        pytest.param("me/content_publishing_limit", {"since": "1"}, (100, None), id="quota of long ago"),
        pytest.param(f"{OTHER}/media", {}, (100, 33), id="another account"),
        pytest.param("18000000000000099", {}, (100, 33), id="unknown post"),
        pytest.param("18000000000000099/insights", {"metric": "reach"}, (100, 33), id="insights of an unknown post"),
    ],
)
def test_a_read_is_refused(
    shared: GraphClient, path: str, parameters: dict[str, str], refusal: tuple[int, int | None]
) -> None:
    media, container = shared.post(), shared.container()
    refused = shared.call("GET", f"v26.0/{path.format(media=media, container=container)}", **parameters)
    assert (refused.status_code, numbers(refused)) == (400, refusal)


def test_what_belongs_to_another_account_is_not_visible(shared: GraphClient) -> None:
    for node in (shared.post(), shared.container()):
        assert numbers(shared.call("GET", f"v26.0/{node}", token=f"sandbox-{OTHER}")) == (100, 33)


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"[1]", "application/json"), (b"x", "multipart/form-data")]
)
def test_a_body_that_is_not_understood_is_refused(shared: GraphClient, content: bytes, kind: str) -> None:
    url = f"{shared.server.url}/instagram/v26.0/me/media"
    refused = httpx.post(url, content=content, headers={"content-type": kind}, trust_env=False)
    assert numbers(refused) == (100, None)


def test_a_token_is_refreshed_for_60_days(graph: GraphClient) -> None:
    fresh = graph.call("GET", "refresh_access_token", grant_type="ig_refresh_token").json()
    assert (fresh["token_type"], fresh["expires_in"]) == ("bearer", 60 * 24 * 3600)
    token = fresh["access_token"]
    assert token != TOKEN
    assert graph.call("GET", "v26.0/me", token=token).json() == {"id": ACCOUNT}
    too_young = graph.call("GET", "refresh_access_token", token=token, grant_type="ig_refresh_token")
    assert numbers(too_young) == (100, None)
    graph.clock.sleep(24 * 3600)
    again = graph.call("GET", "refresh_access_token", token=token, grant_type="ig_refresh_token")
    assert again.json()["access_token"] not in {TOKEN, token}
    graph.clock.sleep(59 * 24 * 3600)
    for path in ("v26.0/me", "refresh_access_token"):
        expired = graph.call("GET", path, token=token)
        assert (expired.status_code, numbers(expired)) == (401, (190, 463))
    assert graph.call("GET", "v26.0/me", token=again.json()["access_token"]).status_code == 200
    assert len(graph.journal("token_refreshed")) == 2


def test_a_refresh_needs_its_grant_type(shared: GraphClient) -> None:
    assert numbers(shared.call("GET", "refresh_access_token")) == (100, None)


def test_no_credential_reaches_the_journal(graph: GraphClient) -> None:
    graph.post()
    graph.call("POST", "v26.0/me/media_publish", token="", access_token=TOKEN, creation_id="1")
    assert TOKEN not in graph.http.get(f"{graph.server.url}/sandbox/journal").text


def test_a_digest_tells_requests_apart_but_not_their_tokens() -> None:
    one = request_digest("POST", "media", {"caption": "a", "access_token": "x"})
    assert one == request_digest("POST", "media", {"access_token": "y", "caption": "a"})
    assert one != request_digest("POST", "media", {"caption": "b", "access_token": "x"})
