"""Every fault that can be ordered does what it says, as often as ordered, and not once more."""

import time

import httpx
import pytest

from marketing_pipeline_tests.sandbox.graph_client import GraphClient, numbers
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT

CUT = (httpx.RemoteProtocolError, httpx.ReadError)


def publishes(graph: GraphClient) -> int:
    return len(graph.server.journal.publishes(ACCOUNT))


def test_an_error_comes_before_any_effect_and_is_used_up(graph: GraphClient) -> None:
    graph.order(name="error", operation="publish", code=-1, subcode=2207001, http_status=500, times=2)
    container = graph.container()
    for _ in range(2):
        refused = graph.publish(container)
        assert (refused.status_code, numbers(refused)) == (500, (-1, 2207001))
    assert publishes(graph) == 0
    assert graph.publish(container).status_code == 200


def test_a_rate_limit_says_when_to_come_back(shared: GraphClient) -> None:
    shared.order(name="error", operation="read_quota", code=80002, subcode=None, http_status=429, regain_minutes=7)
    refused = shared.call("GET", f"v26.0/{ACCOUNT}/content_publishing_limit")
    assert (refused.status_code, numbers(refused)) == (429, (80002, None))
    usage = httpx.Response(200, content=refused.headers["X-Business-Use-Case-Usage"]).json()
    assert usage[ACCOUNT][0]["estimated_time_to_regain_access"] == 7
    assert httpx.Response(200, content=refused.headers["X-App-Usage"]).json()["call_count"] == 100
    calm = shared.call("GET", f"v26.0/{ACCOUNT}/content_publishing_limit")
    assert httpx.Response(200, content=calm.headers["X-App-Usage"]).json()["call_count"] < 100


def test_a_request_is_dropped_before_the_effect(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="drop_before", operation="publish")
    with pytest.raises(CUT):
        graph.publish(container)
    assert publishes(graph) == 0
    assert len(graph.journal("publish_received")) == 1
    assert graph.publish(container).status_code == 200


def test_an_answer_is_dropped_after_the_effect(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="drop_after", operation="publish")
    with pytest.raises(CUT):
        graph.publish(container)
    assert publishes(graph) == 1
    assert graph.status(container) == "PUBLISHED"


def test_a_lost_answer_of_a_new_container_leaves_the_container(graph: GraphClient) -> None:
    graph.order(name="drop_after", operation="create_container")
    with pytest.raises(CUT):
        graph.container()
    assert len(graph.journal("container_created")) == 1


def test_a_late_commit_happens_by_itself(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="late_commit", seconds=30)
    with pytest.raises(CUT):
        graph.publish(container)
    graph.clock.sleep(29)
    assert graph.status(container) == "FINISHED"
    assert publishes(graph) == 0
    due = graph.clock.now()
    graph.clock.sleep(600)
    assert publishes(graph) == 1
    (row,) = graph.server.journal.publishes(ACCOUNT)
    assert (row.at - due).total_seconds() == 1
    assert graph.status(container) == "PUBLISHED"


def test_a_late_commit_survives_a_restart(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="late_commit", seconds=30)
    with pytest.raises(CUT):
        graph.publish(container)
    graph.restart()
    graph.clock.sleep(30)
    assert publishes(graph) == 1


@pytest.mark.parametrize(("twice", "posts"), [(False, 1), (True, 2)])
def test_a_second_call_before_a_late_commit(graph: GraphClient, twice: bool, posts: int) -> None:
    container = graph.container()
    graph.order(name="late_commit", seconds=30)
    if twice:
        graph.order(name="publishes_twice")
    with pytest.raises(CUT):
        graph.publish(container)
    graph.clock.sleep(10)
    assert graph.publish(container).status_code == 200
    graph.clock.sleep(60)
    assert publishes(graph) == posts


def test_an_error_although_the_post_is_live(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="error_after", operation="publish")
    assert numbers(graph.publish(container)) == (4, 2207051)
    assert publishes(graph) == 1


def test_a_container_that_would_publish_twice(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="publishes_twice")
    assert graph.publish(container).status_code == 200
    assert graph.publish(container).status_code == 200
    assert numbers(graph.publish(container)) == (24, 2207008)
    assert publishes(graph) == 2


@pytest.mark.parametrize(
    ("status", "refusal"),
    [("IN_PROGRESS", (9007, 2207027)), ("ERROR", (9007, 2207027)), ("EXPIRED", (24, 2207008))],
)
def test_a_container_gets_stuck(graph: GraphClient, status: str, refusal: tuple[int, int]) -> None:
    graph.order(name="container_stuck", status=status)
    stuck = graph.container()
    graph.clock.sleep(600)
    read = graph.get(stuck, fields="status_code,status")
    assert read["status_code"] == status
    assert str(read["status"]).upper().replace(" ", "_").startswith(status)
    assert numbers(graph.publish(stuck)) == refusal
    assert graph.status(graph.container()) == "FINISHED"


def test_only_a_carousel_gets_stuck(graph: GraphClient) -> None:
    graph.order(name="container_stuck", container="carousel")
    children = [graph.create(image_url=graph.picture_url(), is_carousel_item="true").json()["id"] for _ in range(2)]
    parent = graph.create(media_type="CAROUSEL", children=",".join(children)).json()["id"]
    graph.clock.sleep(60)
    assert [graph.status(each) for each in (*children, parent)] == ["FINISHED", "FINISHED", "ERROR"]


def test_a_container_cannot_be_read(shared: GraphClient) -> None:
    container = shared.container()
    shared.order(name="container_unreadable", times=2)
    for _ in range(2):
        assert numbers(shared.call("GET", f"v26.0/{container}", fields="status_code")) == (100, 33)
    assert shared.status(container) == "FINISHED"


def test_a_published_container_says_so_late(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="late_published", seconds=120)
    assert graph.publish(container).status_code == 200
    assert graph.status(container) == "FINISHED"
    assert numbers(graph.publish(container)) == (24, 2207008)
    graph.clock.sleep(120)
    assert graph.status(container) == "PUBLISHED"
    assert publishes(graph) == 1


def test_the_media_list_lags(graph: GraphClient) -> None:
    graph.order(name="media_list_lag", seconds=120)
    media = graph.post()
    assert graph.get("me/media")["data"] == []
    assert graph.get(media)["id"] == media
    graph.clock.sleep(120)
    assert graph.get("me/media")["data"] == [{"id": media}]


def test_a_reply_arrives_byte_by_byte(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="slow", operation="publish", seconds=0.3)
    begun = time.monotonic()
    published = graph.publish(container)
    assert time.monotonic() - begun >= 0.3
    assert published.json()["id"] == graph.server.journal.publishes(ACCOUNT)[0].subject


@pytest.mark.parametrize(("effect", "posts"), [(True, 1), (False, 0)])
def test_a_gateway_answers_in_html(graph: GraphClient, effect: bool, posts: int) -> None:
    container = graph.container()
    graph.order(name="html", operation="publish", effect=effect)
    answer = graph.publish(container)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert publishes(graph) == posts


def test_half_of_the_json_arrives(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="half_json", operation="publish")
    answer = graph.publish(container)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert publishes(graph) == 1


def test_a_token_expires_in_mid_run(graph: GraphClient) -> None:
    container = graph.container()
    graph.order(name="token_expired", times=2)
    assert graph.http.get(graph.picture_url()).status_code == 200
    for refused in (graph.publish(container), graph.call("GET", "v26.0/me")):
        assert refused.status_code == 401
        assert numbers(refused) == (190, 463)
    assert graph.publish(container).status_code == 200


def test_a_permalink_cannot_be_read(shared: GraphClient) -> None:
    shared.order(name="error", operation="read_media", code=2, subcode=None)
    media = shared.post()
    refused = shared.call("GET", f"v26.0/{media}", fields="permalink")
    assert refused.json()["error"]["is_transient"] is True
    assert "permalink" in shared.get(media, fields="permalink")


def test_a_fault_strikes_the_account_that_it_names(shared: GraphClient) -> None:
    shared.order(name="token_expired", account="17841400000000009")
    assert shared.call("GET", "v26.0/me").status_code == 200
    assert shared.call("GET", "v26.0/me", token="sandbox-17841400000000009").status_code == 401
