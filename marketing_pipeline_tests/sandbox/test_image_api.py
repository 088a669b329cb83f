"""The image service speaks OpenAI's protocol and paints a different picture for each prompt."""

import base64
import io
import time
from typing import Any

import httpx
import pytest
from PIL import Image

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.faults import Fault
from marketing_pipeline.sandbox.image_api import KEY
from marketing_pipeline.sandbox.picture import look_at
from marketing_pipeline.sandbox.server import Latencies, SandboxConfig, SandboxServer
from marketing_pipeline_tests.sandbox.graph_client import GraphClient
from marketing_pipeline_tests.sandbox.tea_room import MONDAY


def generate(graph: GraphClient, key: str = KEY, **body: Any) -> httpx.Response:
    sent = {"model": "gpt-image-1", "prompt": "Dunes at dusk"} | body
    return graph.http.post(
        f"{graph.server.url}/images/v1/images/generations", json=sent, headers={"Authorization": f"Bearer {key}"}
    )


def picture(response: httpx.Response, number: int = 0) -> bytes:
    return base64.b64decode(response.json()["data"][number]["b64_json"])


@pytest.fixture
def fresh(shared: GraphClient) -> GraphClient:
    shared.http.delete(f"{shared.server.url}/sandbox/faults")
    return shared


@pytest.mark.parametrize("size", ["1024x1024", "1024x1536", "1536x1024"])
def test_a_picture_of_the_size_asked_for(fresh: GraphClient, size: str) -> None:
    answer = generate(fresh, size=size, output_format="jpeg", output_compression=90)
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(picture(answer)))
    assert (image.format, f"{image.width}x{image.height}") == ("JPEG", size)
    assert answer.json()["size"] == size
    assert answer.json()["usage"]["total_tokens"] > 0


def test_a_prompt_has_its_picture(fresh: GraphClient) -> None:
    dunes, vase = (generate(fresh, prompt=prompt) for prompt in ("Dunes", "A vase on a table"))
    assert picture(dunes) != picture(vase)
    assert Image.open(io.BytesIO(picture(dunes))).format == "PNG"
    two = generate(fresh, n=2, prompt="Dunes")
    assert picture(two) == picture(dunes) != picture(two, 1)


def test_a_picture_is_one_that_people_would_look_at(fresh: GraphClient) -> None:
    for prompt in ("Dunes", "A vase on a table"):
        seen = look_at(picture(generate(fresh, prompt=prompt, output_format="jpeg", output_compression=92)))
        assert seen.contrast > 0.3 and seen.sharpness > 0.15 and seen.colour > 0.3


def test_a_picture_stands_in_the_journal_without_its_key(fresh: GraphClient) -> None:
    generate(fresh, prompt="Dunes for the journal")
    row = fresh.journal("image_generated")[-1]
    assert row["details"] == {"size": "auto", "n": 1}
    assert KEY not in fresh.http.get(f"{fresh.server.url}/sandbox/journal").text


@pytest.mark.parametrize(
    ("body", "status", "code", "parameter"),
    [
        pytest.param({"size": "1080x1350"}, 400, "invalid_value", "size", id="size"),
        pytest.param({"n": 11}, 400, "invalid_value", "n", id="too many"),
        pytest.param({"prompt": ""}, 400, "invalid_value", "prompt", id="empty prompt"),
        pytest.param({"response_format": "url"}, 400, "unknown_parameter", "response_format", id="unknown parameter"),
        pytest.param({"prompt": "a naked man"}, 400, "moderation_blocked", None, id="moderation"),
        pytest.param({"key": "sk-foreign"}, 401, "invalid_api_key", None, id="key"),
    ],
)
def test_a_request_is_refused(
    fresh: GraphClient, body: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    refused = generate(fresh, **body)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (status, code, parameter)
    assert set(error) == {"message", "type", "param", "code"}


def test_a_body_that_is_no_json_is_refused(fresh: GraphClient) -> None:
    url = f"{fresh.server.url}/images/v1/images/generations"
    refused = fresh.http.post(url, content=b"{", headers={"Authorization": f"Bearer {KEY}"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, None)


def test_a_prompt_is_required(fresh: GraphClient) -> None:
    url = f"{fresh.server.url}/images/v1/images/generations"
    refused = fresh.http.post(url, json={"model": "m"}, headers={"Authorization": f"Bearer {KEY}"})
    assert refused.json()["error"]["code"] == "missing_required_parameter"


def test_a_rate_limit(fresh: GraphClient) -> None:
    fresh.order(name="image_rate_limited", seconds=12)
    limited = generate(fresh)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "12")
    assert limited.json()["error"]["code"] == "rate_limit_exceeded"
    assert generate(fresh).status_code == 200


def test_a_harmless_prompt_is_moderated(fresh: GraphClient) -> None:
    fresh.order(name="image_moderated")
    assert generate(fresh).json()["error"]["code"] == "moderation_blocked"


def test_the_service_breaks(fresh: GraphClient) -> None:
    fresh.order(name="error", operation="generate_image", code=0, subcode=None, http_status=503)
    assert generate(fresh).status_code == 503
    fresh.order(name="drop_after", operation="generate_image")
    before = len(fresh.journal("image_generated"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        generate(fresh)
    assert len(fresh.journal("image_generated")) == before + 1


def test_a_benchmark_may_ask_for_real_latency(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = SandboxConfig(home=tmp_path_factory.mktemp("slow"), seed=7, latencies=Latencies(image=0.3))
    order = Fault.model_validate({"name": "image_moderated"})
    with SandboxServer(config, SteppedClock(MONDAY), faults=[order]) as server:
        begun = time.monotonic()
        url = f"{server.url}/images/v1/images/generations"
        httpx.post(url, json={}, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
        assert time.monotonic() - begun >= 0.3
