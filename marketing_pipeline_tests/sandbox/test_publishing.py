"""Posts go live through containers, as the real API would have it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketing_pipeline.sandbox.publishing import MOST_CONTAINERS
from marketing_pipeline_tests.sandbox.graph_client import GraphClient, numbers
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, TOKEN, jpeg

OTHER = "17841400000000009"


def test_one_picture_goes_live_once(graph: GraphClient) -> None:
    words = {"caption": "Hello #garden", "alt_text": "A cup", "is_ai_generated": "true"}
    made = graph.create(image_url=graph.picture_url(), **words)
    container = made.json()["id"]
    assert graph.status(container) == "IN_PROGRESS"
    assert numbers(graph.publish(container)) == (9007, 2207027)
    graph.clock.sleep(10)
    assert graph.status(container) == "FINISHED"
    media = graph.publish(container).json()["id"]
    assert graph.status(container) == "PUBLISHED"
    read = graph.get(media, fields="id,permalink,timestamp,media_type,media_product_type,caption,alt_text")
    assert read["id"] == media
    assert read["timestamp"] == "2026-11-16T09:00:10+0000"
    assert (read["media_type"], read["media_product_type"], read["caption"]) == ("IMAGE", "FEED", "Hello #garden")
    assert read["alt_text"] == "A cup"
    (published,) = graph.server.journal.publishes(ACCOUNT)
    assert (published.subject, published.details["container"]) == (media, container)
    assert published.details["is_ai_generated"] is True
    (row,) = graph.journal("media_published")
    assert row["subject"] == media


def test_a_carousel_goes_live_as_one_post(graph: GraphClient) -> None:
    urls = [graph.picture_url(jpeg(seed=number)) for number in (1, 2, 3)]
    made = [
        graph.create(image_url=url, is_carousel_item="true", alt_text=f"Slide {n}") for n, url in enumerate(urls, 1)
    ]
    children = [child.json()["id"] for child in made]
    parent = graph.create(media_type="CAROUSEL", children=",".join(children), caption="Three", is_ai_generated="true")
    assert graph.status(parent.json()["id"]) == "IN_PROGRESS"
    graph.clock.sleep(20)
    media = graph.publish(parent.json()["id"]).json()["id"]
    assert graph.get(media, fields="media_type")["media_type"] == "CAROUSEL_ALBUM"
    assert graph.get(f"{ACCOUNT}/content_publishing_limit")["data"] == [{"quota_usage": 1}]
    (published,) = graph.server.journal.publishes(ACCOUNT)
    assert published.details["alt_texts"] == ["Slide 1", "Slide 2", "Slide 3"]
    assert numbers(graph.publish(children[0]))[0] == 100


def test_a_json_body_with_a_list_of_children_is_understood(shared: GraphClient) -> None:
    children = [shared.create(image_url=shared.picture_url(), is_carousel_item="true").json()["id"] for _ in range(2)]
    body = {"media_type": "CAROUSEL", "children": children, "access_token": TOKEN, "is_ai_generated": True}
    made = httpx.post(f"{shared.server.url}/instagram/v26.0/{ACCOUNT}/media", json=body, trust_env=False)
    assert made.status_code == 200, made.text


def test_what_a_visitor_sees_behind_the_permalink(graph: GraphClient) -> None:
    read = graph.get(graph.post("<b>Fresh</b> bread"), fields="permalink,media_url")
    page = graph.http.get(str(read["permalink"]))
    assert "&lt;b&gt;Fresh&lt;/b&gt; bread" in page.text
    assert graph.http.get(str(read["media_url"])).content == jpeg()
    assert graph.http.get(f"{graph.server.url}/instagram/p/none/").status_code == 404
    assert graph.http.get(f"{graph.server.url}/instagram/pictures/none.jpg").status_code == 404


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        pytest.param({"caption": "x" * 2201}, (36004, 2207010), id="caption of 2,201 characters"),
        pytest.param({"caption": " ".join(f"#t{n}" for n in range(31))}, (36004, 2207010), id="31 hashtags"),
        pytest.param({"caption": " ".join(f"@p{n}" for n in range(21))}, (100, 2207040), id="21 mentions"),
        pytest.param({"alt_text": "x" * 1001}, (100, None), id="alt text of 1,001 characters"),
        pytest.param({"scheduled_publish_time": "1"}, (100, None), id="unknown parameter"),
        pytest.param({"media_type": "VIDEO"}, (100, 2207023), id="unknown media type"),
        pytest.param({"is_ai_generated": "yes"}, (100, None), id="no boolean"),
        pytest.param({"image_url": ""}, (100, None), id="no image"),
        pytest.param({"is_carousel_item": "true", "is_ai_generated": "true"}, (100, None), id="AI mark on a child"),
        pytest.param({"is_carousel_item": "true", "caption": "x"}, (100, None), id="caption on a child"),
        pytest.param({"media_type": "CAROUSEL", "children": "1,2"}, (100, None), id="image_url on a carousel"),
    ],
)
def test_a_container_is_refused_for_its_words(
    shared: GraphClient, parameters: dict[str, str], refusal: tuple[int, int | None]
) -> None:
    before = shared.journal("container_created")
    assert numbers(shared.create(**({"image_url": shared.picture_url()} | parameters))) == refusal
    assert shared.journal("container_created") == before


@pytest.mark.parametrize(
    "caption", ["x" * 2200, " ".join(f"#t{n}" for n in range(30)), " ".join(f"@p{n}" for n in range(20))]
)
def test_a_caption_at_its_limit_passes(shared: GraphClient, caption: str) -> None:
    assert shared.create(image_url=shared.picture_url(), caption=caption).status_code == 200


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(jpeg(kind="PNG"), (36001, 2207005), id="PNG"),
        pytest.param(jpeg()[:2000], (36001, 2207005), id="cut JPEG"),
        pytest.param(b"<html></html>", (9004, 2207052), id="not a picture"),
        pytest.param(b"\xff" * (8 * 1024 * 1024 + 1), (36000, 2207004), id="more than 8 MiB"),
        pytest.param(jpeg(1080, 1500), (36003, 2207009), id="too tall"),
        pytest.param(jpeg(1080, 500), (36003, 2207009), id="too wide"),
    ],
)
def test_a_container_is_refused_for_its_picture(
    shared: GraphClient, content: bytes, refusal: tuple[int, int | None]
) -> None:
    assert numbers(shared.create(image_url=shared.picture_url(content))) == refusal


@pytest.mark.parametrize("size", [(1080, 1350), (1080, 1080), (1910, 1000), (320, 400)])
def test_a_picture_at_the_limits_of_ratio_passes(shared: GraphClient, size: tuple[int, int]) -> None:
    assert shared.create(image_url=shared.picture_url(jpeg(*size))).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("{base}/media/" + "0" * 64 + ".jpg", id="missing"),
        pytest.param("http://example.com/a.jpg", id="not on this machine"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("http://[bad", id="no URL"),
        pytest.param("http://127.0.0.1:9/a.jpg", id="nobody answers"),
    ],
)
def test_a_container_is_refused_when_the_picture_cannot_be_fetched(shared: GraphClient, url: str) -> None:
    refused = shared.create(image_url=url.format(base=shared.server.url))
    assert numbers(refused) == (9004, 2207052)
    assert refused.json()["error"]["is_transient"] is False


@pytest.mark.parametrize(
    ("count", "refusal"),
    [(1, (100, 2207028)), (11, (100, 2207028)), (2, (24, 2207006))],
    ids=["one", "eleven", "unknown"],
)
def test_a_carousel_is_refused_for_its_children(
    shared: GraphClient, count: int, refusal: tuple[int, int | None]
) -> None:
    assert numbers(shared.create(media_type="CAROUSEL", children=",".join(["1"] * count))) == refusal


def test_a_carousel_refuses_children_that_were_not_made_for_it(shared: GraphClient) -> None:
    single = shared.container()
    assert numbers(shared.create(media_type="CAROUSEL", children=f"{single},{single}")) == (100, None)
    assert numbers(shared.create(media_type="CAROUSEL", children="1,2", alt_text="x")) == (100, None)


def test_a_carousel_refuses_children_that_expired(graph: GraphClient) -> None:
    child = graph.create(image_url=graph.picture_url(), is_carousel_item="true").json()["id"]
    graph.clock.sleep(24 * 3600)
    assert numbers(graph.create(media_type="CAROUSEL", children=f"{child},{child}")) == (24, 2207008)


def test_a_container_expires_after_a_day(graph: GraphClient) -> None:
    container = graph.container()
    graph.clock.sleep(timedelta(days=1).total_seconds() - 11)
    assert graph.status(container) == "FINISHED"
    graph.clock.sleep(1)
    assert graph.status(container) == "EXPIRED"
    assert numbers(graph.publish(container)) == (24, 2207008)


def test_a_published_container_is_refused_a_second_time(graph: GraphClient) -> None:
    container = graph.container()
    assert graph.publish(container).status_code == 200
    assert numbers(graph.publish(container)) == (24, 2207008)
    assert len(graph.server.journal.publishes(ACCOUNT)) == 1
    assert len(graph.journal("publish_received")) == 2


def test_publishing_refuses_what_is_not_there(graph: GraphClient) -> None:
    assert numbers(graph.publish("17900000000000099")) == (24, 2207006)
    assert numbers(graph.call("POST", "v26.0/me/media_publish")) == (100, None)
    container = graph.container()
    other = graph.call("POST", f"v26.0/{OTHER}/media_publish", token=f"sandbox-{OTHER}", creation_id=container)
    assert numbers(other) == (24, 2207006)


def test_the_quota_is_a_rolling_day(graph: GraphClient) -> None:
    graph.order(name="quota_total", total=1, times=100)
    graph.post()
    limit = graph.get(f"{ACCOUNT}/content_publishing_limit", fields="quota_usage,config")
    assert limit["data"] == [{"quota_usage": 1, "config": {"quota_total": 1, "quota_duration": 86400}}]
    graph.clock.sleep(24 * 3600 - 11)
    waiting = graph.container()
    assert numbers(graph.publish(waiting)) == (9, 2207042)
    graph.clock.sleep(1)
    assert graph.publish(waiting).status_code == 200
    assert len(graph.server.journal.publishes(ACCOUNT)) == 2


def test_400_containers_a_day(graph: GraphClient) -> None:
    url = graph.picture_url(jpeg(320, 320))
    graph.create(image_url=url)
    with graph.server.world.transaction() as connection:
        columns = "account, kind, caption, ai_generated, pictures, created_at, ready_at"
        for _ in range(MOST_CONTAINERS - 1):
            connection.execute(f"INSERT INTO containers ({columns}) SELECT {columns} FROM containers WHERE number = 1")
    assert numbers(graph.create(image_url=url)) == (9, 2207042)
    graph.clock.sleep(24 * 3600)
    assert graph.create(image_url=url).status_code == 200


def test_the_media_list_is_newest_first_and_paged(graph: GraphClient) -> None:
    posts = [graph.post(f"Post {n}") for n in range(5)][::-1]
    page: dict[str, Any] = graph.get(f"{ACCOUNT}/media", fields="id,permalink,timestamp", limit="2")
    seen = [*page["data"]]
    while "next" in page["paging"]:
        page = graph.http.get(page["paging"]["next"], headers={"Authorization": f"Bearer {TOKEN}"}).json()
        seen += page["data"]
    assert [item["id"] for item in seen] == posts
    assert set(seen[0]) == {"id", "permalink", "timestamp"}
    without_caption = [{"id": media} for media in posts]
    assert graph.get("me/media", fields="id,caption")["data"] == without_caption
    assert graph.get("me/media", until="1") == {"data": []}
