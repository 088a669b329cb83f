"""Orders for faults: who may give them, how long they stand, which are refused."""

from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.sandbox.faults import BELIEF, Fault, FaultName, Operation
from marketing_pipeline_tests.sandbox.graph_client import GraphClient, numbers
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT


def test_every_fault_says_how_well_it_is_known() -> None:
    assert set(BELIEF) == set(FaultName)


def test_faults_can_be_given_at_the_start_and_survive_a_restart(tmp_path: Path) -> None:
    client = GraphClient(tmp_path / "home", faults=[Fault(name=FaultName.TOKEN_EXPIRED, times=2)])
    assert client.call("GET", "v26.0/me").status_code == 401
    client.restart()
    assert client.call("GET", "v26.0/me").status_code == 401
    assert client.call("GET", "v26.0/me").status_code == 200
    client.close()


def test_orders_are_shown_and_cleared(shared: GraphClient) -> None:
    url = f"{shared.server.url}/sandbox/faults"
    assert shared.order(name="late_commit", times=3, seconds=5).status_code == 201
    (shown,) = shared.http.get(url).json()["faults"]
    assert shown == {"name": "late_commit", "times": 3, "seconds": 5, "remaining": 3, "belief": "assumed"}
    shared.http.delete(url)
    assert shared.http.get(url).json() == {"faults": []}


def test_a_used_fault_stands_in_the_journal(graph: GraphClient) -> None:
    graph.order(name="token_expired")
    graph.call("GET", "v26.0/me")
    (row,) = graph.journal("fault_applied")
    assert (row["account"], row["subject"], row["details"]) == (ACCOUNT, "identity", {"name": "token_expired"})


@pytest.mark.parametrize(
    "order",
    [
        pytest.param({"name": "earthquake"}, id="unknown name"),
        pytest.param({"name": "error", "operation": "publish"}, id="error without numbers"),
        pytest.param({"name": "drop_after"}, id="no operation"),
        pytest.param({"name": "drop_after", "operation": "juggle"}, id="unknown operation"),
        pytest.param({"name": "late_commit", "operation": "read_media"}, id="wrong operation"),
        pytest.param({"name": "late_published", "operation": "publish"}, id="operation on a state"),
        pytest.param({"name": "token_expired", "seconds": 3}, id="a field of another fault"),
        pytest.param({"name": "token_expired", "when": "now"}, id="unknown field"),
        pytest.param({"name": "token_expired", "times": 0}, id="never"),
        pytest.param({"name": "container_stuck", "status": "PUBLISHED"}, id="no such stuck status"),
    ],
)
def test_an_order_is_refused(shared: GraphClient, order: dict[str, Any]) -> None:
    url = f"{shared.server.url}/sandbox/faults"
    refused = shared.http.post(url, json={"faults": [{"name": "token_expired"}, order]})
    assert refused.status_code == 400
    assert shared.http.get(url).json() == {"faults": []}


@pytest.mark.parametrize("operation", sorted(set(Operation) - {Operation.GENERATE_IMAGE, Operation.SERVE_MEDIA}))
def test_every_call_of_the_graph_can_be_struck(shared: GraphClient, operation: Operation) -> None:
    media = shared.post()
    container = shared.container()
    calls = {
        Operation.IDENTITY: lambda: shared.call("GET", "v26.0/me"),
        Operation.READ_QUOTA: lambda: shared.call("GET", "v26.0/me/content_publishing_limit"),
        Operation.CREATE_CONTAINER: lambda: shared.create(image_url=shared.picture_url()),
        Operation.READ_CONTAINER: lambda: shared.call("GET", f"v26.0/{container}"),
        Operation.PUBLISH: lambda: shared.publish(container),
        Operation.READ_MEDIA: lambda: shared.call("GET", f"v26.0/{media}"),
        Operation.LIST_MEDIA: lambda: shared.call("GET", "v26.0/me/media"),
        Operation.MEDIA_INSIGHTS: lambda: shared.call("GET", f"v26.0/{media}/insights", metric="reach"),
        Operation.ACCOUNT_INSIGHTS: lambda: shared.call("GET", "v26.0/me/insights", metric="reach", period="day"),
        Operation.REFRESH_TOKEN: lambda: shared.call("GET", "refresh_access_token", grant_type="ig_refresh_token"),
    }
    shared.order(name="error", operation=operation, code=1, subcode=None)
    assert numbers(calls[operation]()) == (1, None)
    assert calls[operation]().status_code == 200
