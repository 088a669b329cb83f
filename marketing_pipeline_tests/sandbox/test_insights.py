"""Insights over the wire: one bad metric fails all, absent is not zero, figures only grow."""

from typing import Any

import pytest

from marketing_pipeline.sandbox.insights import MEDIA_METRICS, RETIRED_METRICS
from marketing_pipeline.sandbox.tastes import Tastes, swapped
from marketing_pipeline_tests.sandbox.graph_client import GraphClient, numbers
from marketing_pipeline_tests.sandbox.tea_room import jpeg

CORE = "reach,views,likes,comments,saved,shares,reposts,total_interactions"


def figures(graph: GraphClient, media: str, metrics: str = CORE) -> dict[str, int]:
    answer: dict[str, Any] = graph.get(f"{media}/insights", metric=metrics)
    return {entry["name"]: entry["values"][0]["value"] for entry in answer["data"]}


def test_figures_of_a_post_grow_with_its_age(graph: GraphClient) -> None:
    media = graph.post()
    assert figures(graph, media) == {}
    graph.clock.sleep(3600)
    seen = figures(graph, media)
    assert set(seen) == set(CORE.split(","))
    assert seen == figures(graph, media)
    for hours in (23, 48, 96):
        graph.clock.sleep(hours * 3600)
        now = figures(graph, media)
        assert all(now[name] >= seen[name] for name in seen)
        assert now["reach"] > seen["reach"]
        seen = now
    assert set(figures(graph, media, ",".join(MEDIA_METRICS))) == set(MEDIA_METRICS)


def test_an_entry_has_the_shape_of_graph(graph: GraphClient) -> None:
    media = graph.post()
    graph.clock.sleep(3600)
    (entry,) = _data(graph.get(f"{media}/insights", metric="reach", period="lifetime"))
    assert set(entry) == {"name", "period", "values", "title", "id"}
    assert (entry["period"], entry["id"]) == ("lifetime", f"{media}/insights/reach/lifetime")


@pytest.mark.parametrize("metric", [*sorted(RETIRED_METRICS), "applause", ""])
def test_one_bad_metric_fails_the_whole_request(shared: GraphClient, metric: str) -> None:
    media = shared.post()
    shared.clock.sleep(3600)
    wanted = f"reach,{metric}" if metric else ""
    assert numbers(shared.call("GET", f"v26.0/{media}/insights", metric=wanted)) == (100, None)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"metric": "reach"}, id="no period"),
        pytest.param({"metric": "reach", "period": "month"}, id="wrong period"),
        pytest.param({"metric": "views", "period": "day"}, id="series of views"),
        pytest.param({"metric": "impressions", "period": "day", "metric_type": "total_value"}, id="retired"),
        pytest.param({"metric": "reach", "period": "day", "metric_type": "sum"}, id="wrong kind"),
    ],
)
def test_a_request_for_account_figures_is_refused(shared: GraphClient, parameters: dict[str, str]) -> None:
    assert numbers(shared.call("GET", "v26.0/me/insights", **parameters)) == (100, None)


def test_insights_of_a_post_have_one_period(shared: GraphClient) -> None:
    media = shared.post()
    assert numbers(shared.call("GET", f"v26.0/{media}/insights", metric="reach", period="day")) == (100, None)


def test_figures_of_the_account_are_those_of_its_posts(graph: GraphClient) -> None:
    since = str(int(graph.clock.now().timestamp()))
    first, second = graph.post(), graph.post()
    graph.clock.sleep(3 * 24 * 3600)
    both = figures(graph, first)["saved"] + figures(graph, second)["saved"]
    total = graph.get("me/insights", metric="saves,views", period="day", metric_type="total_value", since=since)
    assert _data(total)[0]["total_value"] == {"value": both}
    series = graph.get("me/insights", metric="reach", period="day", since=since)
    values = [value["value"] for value in _data(series)[0]["values"]]
    assert len(values) == 4 and values[0] > values[1] > values[2] > 0
    reach = figures(graph, first)["reach"] + figures(graph, second)["reach"]
    assert sum(values) == reach


def test_followers_grow_with_posts(graph: GraphClient) -> None:
    before = graph.get("me", fields="followers_count,media_count")
    media = graph.post()
    graph.clock.sleep(7 * 24 * 3600)
    after = graph.get("me", fields="followers_count,media_count")
    gained = figures(graph, media, "follows")["follows"]
    assert gained > 0
    assert after["followers_count"] == _whole(before["followers_count"]) + gained
    assert (before["media_count"], after["media_count"]) == (0, 1)


def test_two_worlds_of_one_seed_agree_to_the_last_figure(graph: GraphClient, shared: GraphClient) -> None:
    other = "17841400000000042"
    results: list[list[dict[str, int]]] = []
    for world in (graph, shared):
        world.clock.step_to(max(graph.clock.now(), shared.clock.now()))
    for world in (graph, shared):
        medias: list[str] = []
        for seed in (1, 2):
            url, token = world.picture_url(jpeg(seed=seed)), f"sandbox-{other}"
            made = world.call("POST", f"v26.0/{other}/media", token=token, image_url=url, caption="Hello")
            world.clock.sleep(10)
            published = world.call("POST", f"v26.0/{other}/media_publish", token=token, creation_id=made.json()["id"])
            medias.append(published.json()["id"])
        world.clock.sleep(24 * 3600)
        answers = [
            world.call("GET", f"v26.0/{media}/insights", token=f"sandbox-{other}", metric=CORE).json()["data"]
            for media in medias
        ]
        results.append([{entry["name"]: entry["values"][0]["value"] for entry in answer} for answer in answers])
    assert results[0] == results[1]
    assert results[0][0] != results[0][1]


def test_a_liked_pillar_gets_more_until_tastes_are_swapped(tmp_path_factory: pytest.TempPathFactory) -> None:
    liked = Tastes(pillars={"garden": 0.8, "people": -0.8})
    reached: dict[bool, list[int]] = {}
    for turned in (False, True):
        client = GraphClient(tmp_path_factory.mktemp("w") / "home", swapped(liked) if turned else liked)
        posts = [client.post(f"Good tea {tag}") for tag in ("#garden", "#people")]
        client.clock.sleep(7 * 24 * 3600)
        reached[turned] = [figures(client, media)["total_interactions"] for media in posts]
        client.close()
    assert reached[False][0] > reached[False][1]
    assert reached[True][1] > reached[True][0]


def test_a_dull_picture_reaches_fewer(tmp_path_factory: pytest.TempPathFactory) -> None:
    counts: list[int] = []
    for content in (jpeg(), _grey()):
        client = GraphClient(tmp_path_factory.mktemp("w") / "home")
        media = client.post(content=content)
        client.clock.sleep(24 * 3600)
        counts.append(figures(client, media)["reach"])
        client.close()
    assert counts[0] > counts[1]


def _grey() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (1080, 1350), (127, 127, 127)).save(out, "JPEG")
    return out.getvalue()


def _data(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer["data"]


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
