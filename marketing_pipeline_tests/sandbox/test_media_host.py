"""The media host serves what is named by its own hash, and nothing else."""

import hashlib

import pytest

from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.picture import downloader, fetch
from marketing_pipeline_tests.sandbox.graph_client import GraphClient
from marketing_pipeline_tests.sandbox.tea_room import jpeg


def test_a_picture_is_served_as_it_is(shared: GraphClient) -> None:
    answer = shared.http.get(shared.picture_url(jpeg()), follow_redirects=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(answer.content).hexdigest() == hashlib.sha256(jpeg()).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + ".jpg",
        "0" * 64,
        "secret.jpg",
        "../secret.txt",
        "..%2Fsecret.txt",
        "%2e%2e/secret.txt",
        "..%2f..%2f..%2fetc%2fpasswd",
        "",
    ],
)
def test_any_other_name_is_not_found(shared: GraphClient, name: str) -> None:
    shared.media.mkdir(exist_ok=True)
    (shared.media / "secret.jpg").write_text("secret")
    (shared.media.parent / "secret.txt").write_text("secret")
    answer = shared.http.get(f"{shared.server.url}/media/{name}", follow_redirects=False)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_hosting_fails_on_order(shared: GraphClient) -> None:
    url = shared.picture_url()
    shared.order(name="error", operation="serve_media", code=0, subcode=None, http_status=503)
    assert shared.http.get(url).status_code == 503
    shared.order(name="html", operation="serve_media", http_status=200)
    refused = shared.create(image_url=url)
    assert refused.json()["error"]["error_subcode"] == 2207052
    shared.order(name="drop_before", operation="serve_media")
    assert shared.create(image_url=url).json()["error"]["error_subcode"] == 2207052
    assert shared.create(image_url=url).status_code == 200


def test_hosting_that_is_slow_is_waited_for(shared: GraphClient) -> None:
    shared.order(name="slow", operation="serve_media", seconds=0.3)
    assert shared.create(image_url=shared.picture_url()).status_code == 200


def test_hosting_that_is_too_slow_is_a_timeout(shared: GraphClient) -> None:
    shared.order(name="slow", operation="serve_media", seconds=0.6)
    with downloader(0.2) as client, pytest.raises(GraphError) as refused:
        fetch(client, shared.picture_url())
    assert (refused.value.refusal.code, refused.value.refusal.subcode) == (-2, 2207003)
