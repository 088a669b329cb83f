"""The image port and its OpenAI client against a real HTTP server: nothing is paid for twice."""

import asyncio
import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.channels.image_generation import (
    PICTURE_ONLY,
    Aspect,
    CredentialRefused,
    ImageFailed,
    ImageJob,
    ImageRequest,
    ImageResult,
    InvalidRequest,
    ModerationBlocked,
    OutOfCredit,
    RateLimited,
    Timeout,
    Transient,
    UnusablePicture,
    finish,
    paint,
)
from marketing_pipeline.channels.openai_images import OpenAIImages, OpenAIImagesSettings
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.image_api import KEY as SANDBOX_KEY
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline_tests.channels.image_server import ImageServer, Reply, error, painted, picture, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "img-secret-9"
PNG = Reply(body=picture(), kind="image/png")


def wish(**changes: Any) -> ImageRequest:
    """A still life."""
    content = {"prompt": "A pear on linen", "aspect": Aspect.PORTRAIT, "idempotency_key": "post-1-attempt-1"}
    return ImageRequest.model_validate({**content, **changes})


class Painting:
    """A client of one server; keeps the jobs and the time that went by."""

    def __init__(self, base_url: str, key: str = KEY, **settings: Any) -> None:
        self.clock = SteppedClock(NOW)
        self.kept: list[ImageJob] = []
        configured = {"base_url": base_url, "api_key": key, "model": "paint-1", "allow_loopback": True, **settings}
        self.service = OpenAIImages(OpenAIImagesSettings.model_validate(configured), self.clock)

    def paint(self, asked: ImageRequest | None = None) -> ImageResult:
        return asyncio.run(paint(self.service, asked or wish(), self.kept.append, self.clock))

    @property
    def waited(self) -> float:
        return (self.clock.now() - NOW).total_seconds()


def painting(server: ImageServer, **settings: Any) -> Painting:
    """A client of that server."""
    return Painting(f"{server.url}/v1", **settings)


def test_a_picture_in_the_reply() -> None:
    with serving(painted()) as server:
        result = painting(server, cost_micros_per_picture=20_000).paint(wish(negative="people"))
    assert (result.content, result.mime, result.width, result.height) == (picture(), "image/png", 64, 96)
    assert (result.provider, result.model, result.request_id) == ("openai_images", "paint-1", "req_1")
    assert result.cost_micros == 20_000
    [post], [headers] = server.posts, server.headers
    assert post == {
        "path": "/v1/images/generations",
        "model": "paint-1",
        "prompt": f"A pear on linen Avoid: people. {PICTURE_ONLY}",
        "size": "1024x1536",
        "quality": "medium",
        "n": 1,
    }
    assert (headers["authorization"], headers["idempotency-key"]) == (f"Bearer {KEY}", "post-1-attempt-1")


def test_the_prompt_asks_for_a_picture_without_type() -> None:
    assert "no text" in wish().instruction()
    assert "no logo" in wish().instruction()


@pytest.mark.parametrize(("aspect", "size"), [(Aspect.PORTRAIT, "1024x1536"), (Aspect.SQUARE, "1024x1024")])
def test_the_size_fits_the_aspect(aspect: Aspect, size: str) -> None:
    with serving(painted()) as server:
        painting(server).paint(wish(aspect=aspect))
    assert server.posts[0]["size"] == size


def test_a_picture_by_address_is_kept_as_a_job_before_it_is_fetched() -> None:
    with serving(painted(url="{base}/a.png", revised_prompt="A ripe pear"), files={"/a.png": PNG}) as server:
        client = painting(server)
        result = client.paint()
    assert result.content == picture()
    assert result.revised_prompt == "A ripe pear"
    [job] = client.kept
    assert (job.id, job.result_url, job.submitted_at) == ("req_1", f"{server.url}/a.png", NOW)
    assert "authorization" not in server.headers[-1]


def test_a_failed_fetch_is_taken_up_again_without_paying() -> None:
    with serving(painted(url="{base}/a.png")) as server:
        client = painting(server)
        with pytest.raises(UnusablePicture):
            client.paint()
        stored = ImageJob.model_validate_json(client.kept[0].model_dump_json())
        server.files["/a.png"] = PNG
        result = asyncio.run(finish(client.service, stored, client.kept.append, client.clock))
    assert result.content == picture()
    assert len(server.posts) == 1


@pytest.mark.parametrize(
    ("reply", "failure", "posts"),
    [
        (error(400, "moderation_blocked"), ModerationBlocked, 1),
        (error(400, "content_policy_violation"), ModerationBlocked, 1),
        (error(429, "rate_limit_exceeded"), RateLimited, 3),
        (error(429, "insufficient_quota"), OutOfCredit, 1),
        (error(402), OutOfCredit, 1),
        (error(400, "billing_hard_limit_reached"), OutOfCredit, 1),
        (error(401, "invalid_api_key"), CredentialRefused, 1),
        (error(403), CredentialRefused, 1),
        (error(400, "invalid_size"), InvalidRequest, 1),
        (error(404), InvalidRequest, 1),
        (Reply(307, headers={"location": "/elsewhere"}), InvalidRequest, 1),
        (error(500), Transient, 1),
        (Reply(502, b"<html>bad gateway</html>", "text/html"), Transient, 1),
        (Reply(drop=True), Transient, 1),
        (Reply(body=b"<html>hello</html>", kind="text/html"), UnusablePicture, 1),
        (Reply(body=b'{"data": []}'), UnusablePicture, 1),
        (Reply(body=b'{"data": ["x"]}'), UnusablePicture, 1),
        (Reply(body=b"[" * 5000), UnusablePicture, 1),
        (painted(nothing=1), UnusablePicture, 1),
        (painted(b64_json="not base64!"), UnusablePicture, 1),
        (painted(b64_json=base64.b64encode(b"GIF89a no picture").decode()), UnusablePicture, 1),
        (painted(b64_json=base64.b64encode(picture("GIF")).decode()), UnusablePicture, 1),
        (painted(b64_json=base64.b64encode(picture()[:80]).decode()), UnusablePicture, 1),
        (painted(url="ftp://127.0.0.1/a.png"), UnusablePicture, 1),
    ],
)
def test_each_bad_reply_ends_in_its_failure(reply: Reply, failure: type[ImageFailed], posts: int) -> None:
    with serving(reply) as server:
        client = painting(server)
        with pytest.raises(ImageFailed) as caught:
            client.paint()
    assert type(caught.value) is failure
    assert caught.value.mend
    assert len(server.posts) == posts


def test_a_busy_service_is_asked_again_after_the_wait_it_names() -> None:
    with serving(error(429, retry_after="7"), error(429), painted()) as server:
        client = painting(server)
        client.paint()
    assert client.waited == 7 + 10


def test_a_wait_beyond_the_limit_is_not_accepted() -> None:
    with serving(error(429, retry_after="86400")) as server:
        client = painting(server)
        with pytest.raises(RateLimited) as caught:
            client.paint()
    assert (caught.value.retry_after, client.waited, len(server.posts)) == (86400, 0, 1)


@pytest.mark.parametrize(("allowed", "posts"), [(0, 1), (1, 2)])
def test_a_server_error_is_asked_again_only_where_paying_twice_is_accepted(allowed: int, posts: int) -> None:
    with serving(error(503)) as server:
        client = painting(server, server_error_retries=allowed)
        with pytest.raises(Transient) as caught:
            client.paint()
    assert len(server.posts) == posts
    assert caught.value.painted is None


def test_a_connection_that_never_opened_is_tried_again() -> None:
    with serving(painted()) as server:
        client = painting(server)
    with pytest.raises(Transient) as caught:
        client.paint()
    assert caught.value.painted is False
    assert client.waited == 5 + 10


def test_no_reply_in_time_is_never_asked_again() -> None:
    with serving(Reply(delay=0.5)) as server:
        client = painting(server, timeout_seconds=0.1)
        with pytest.raises(Timeout) as caught:
            client.paint()
    assert (len(server.posts), caught.value.job) == (1, None)


def test_the_key_is_not_in_an_error() -> None:
    with serving(error(400, text=f"Bearer {KEY} is wrong")) as server:
        client = painting(server)
        with pytest.raises(InvalidRequest) as caught:
            client.paint()
    assert "Bearer [key] is wrong" in str(caught.value)
    assert KEY not in f"{caught.value}{client.service.__dict__}"


def test_no_more_pictures_at_once_than_allowed_in_each_event_loop() -> None:
    slow = Reply(body=painted().body, delay=0.05)

    async def many(client: Painting) -> None:
        await asyncio.gather(*(client.service.submit(wish()) for _ in range(5)))

    with serving(slow) as server:
        client = painting(server, concurrency=2)
        asyncio.run(many(client))
        asyncio.run(many(client))
    assert (server.most_in_flight, len(server.posts)) == (2, 10)


def test_the_sandbox_paints(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(home=tmp_path, seed=7), SteppedClock(NOW)) as sandbox:
        client = Painting(f"{sandbox.url}/images/v1", SANDBOX_KEY)
        result = client.paint()
        assert (result.mime, result.width, result.height) == ("image/png", 1024, 1536)
        with pytest.raises(ModerationBlocked):
            client.paint(wish(prompt="A pear and a weapon"))
