"""Pictures from an image service: ordered once, taken up again after a kill, and said when they cannot be used."""

import asyncio
import base64
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.channels.image_generation import (
    ImageJob,
    ImageRequest,
    ImageResult,
    ImageService,
    Timeout,
    Transient,
)
from marketing_pipeline.channels.openai_images import OpenAIImages, OpenAIImagesSettings
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Template
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.image_jobs import ImageJob as Order
from marketing_pipeline.store.image_jobs import JobState
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline.workflows.picture_orders import PictureOrders
from marketing_pipeline_tests.channels.image_server import Reply, painted, picture, serving
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small
from marketing_pipeline_tests.fixtures import NOW

BRIEF = CreativeBrief(
    format=PostFormat.PORTRAIT,
    template=Template.STATEMENT,
    headline="Bread that takes its time",
    artwork=ArtworkStyle.DUNES,
    artwork_seed=1,
    palette="crust",
    picture_prompt="A loaf on linen, morning light",
)


@pytest.fixture
def bakery(tmp_path: Path, small_brands: dict[str, Brand]) -> Generator[Company]:
    """The bakery with two posts a week, both written; its pictures are painted."""
    folder = tmp_path / "brands"
    brand = kept_small(small_brands["bakery"], folder, 2, picture_source="image_service")
    with company(tmp_path, brand, brands=folder) as people:
        people.learn_and_plan(FIRST_WEEK)
        yield people


def orders(people: Company) -> list[Order]:
    with people.workplace.database.read() as connection:
        rows = connection.execute(image_jobs.select().order_by(image_jobs.c.id)).mappings().all()
    return [Order.model_validate(row) for row in rows]


def painted_pictures(people: Company) -> int:
    """How many pictures the sandbox painted, and would bill."""
    return len(people.world.journal.rows(Kind.IMAGE_GENERATED))


def test_painted_posts_go_live_with_the_ai_label(bakery: Company) -> None:
    people, account = bakery, bakery.brand.channels.instagram.account_id
    assert not people.design(FIRST_WEEK)
    posts = people.at(FIRST_WEEK).posts_in(PostState.DESIGNED)
    made = [attempt for post in posts for attempt in attempts_of(people.workplace.database, post.id)]
    assert len(posts) == 2 and {attempt.picture_source for attempt in made} == {
        f"openai:{people.workplace.settings.image_model}"
    }
    assert painted_pictures(people) == len(orders(people)) >= 2
    assert {order.state for order in orders(people)} == {JobState.DONE}
    people.publish_and_measure(FIRST_WEEK)
    live = people.world.journal.publishes(account)
    assert [entry.details["is_ai_generated"] for entry in live] == [True, True]


def test_drawn_posts_go_live_without_it(tmp_path: Path, small_brands: dict[str, Brand]) -> None:
    folder = tmp_path / "brands"
    with company(tmp_path, kept_small(small_brands["bakery"], folder, 1), brands=folder) as people:
        people.learn_and_plan(FIRST_WEEK)
        assert not people.design(FIRST_WEEK)
        people.publish_and_measure(FIRST_WEEK)
        [live] = people.world.journal.publishes(people.brand.channels.instagram.account_id)
        assert live.details["is_ai_generated"] is False and painted_pictures(people) == 0


def test_a_run_that_ends_between_picture_and_verdict_does_not_order_the_picture_again(bakery: Company) -> None:
    people = bakery
    people.order_from_model(name="refusal", agent="evaluation", times=2)
    failed = people.design(FIRST_WEEK)
    assert len(failed) == 2 and painted_pictures(people) == 2
    assert len(people.at(FIRST_WEEK).posts_in(PostState.DRAFTED)) == 2
    assert not people.design(FIRST_WEEK)
    posts = people.at(FIRST_WEEK).posts_in(PostState.DESIGNED)
    attempts = sum(len(attempts_of(people.workplace.database, post.id)) for post in posts)
    assert painted_pictures(people) == attempts, "one picture an attempt, none of them twice"


class Painter:
    """A service that hands out jobs, and keeps count of what it would bill."""

    def __init__(self, breaks: BaseException | None) -> None:
        self.breaks = breaks
        self.submitted: list[str] = []

    async def submit(self, request: ImageRequest) -> ImageJob | ImageResult:
        self.submitted.append(request.idempotency_key)
        return ImageJob(
            provider="polling",
            id=f"job-{len(self.submitted)}",
            model="flux",
            idempotency_key=request.idempotency_key,
            submitted_at=NOW,
        )

    async def poll(self, job: ImageJob) -> ImageJob:
        if self.breaks is not None:
            broken, self.breaks = self.breaks, None
            raise broken
        return job.model_copy(update={"result_url": "https://cdn.example/a"})

    async def fetch(self, job: ImageJob) -> ImageResult:
        return ImageResult(
            content=picture(size=(1024, 1280)),
            mime="image/png",
            width=1024,
            height=1280,
            provider=job.provider,
            model=job.model,
            request_id=job.id,
            revised_prompt=None,
            cost_micros=40_000,
            latency_seconds=1.0,
        )


def ordered(people: Company, service: ImageService) -> bytes:
    """The picture of the first post's first attempt."""
    post = people.at(FIRST_WEEK).posts_in(PostState.DRAFTED)[0]
    desk = PictureOrders(service, people.workplace.media, "test:flux")
    [jpeg] = asyncio.run(desk.pictures_for(people.at(FIRST_WEEK), post.id, 1, BRIEF))
    return jpeg


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(KeyboardInterrupt(), id="killed"),
        pytest.param(Timeout("still painting"), id="too slow"),
        pytest.param(Transient("the service broke off"), id="broke off"),
    ],
)
def test_an_order_with_a_handle_is_finished_and_never_bought_again(bakery: Company, end: BaseException) -> None:
    service = Painter(end)
    with pytest.raises(type(end)):
        ordered(bakery, service)
    [order] = orders(bakery)
    assert (order.state, order.sha256) == (JobState.SUBMITTED, None) and order.handle and "job-1" in order.handle
    jpeg = ordered(bakery, service)
    assert service.submitted == [service.submitted[0]], "one order was paid"
    [order] = orders(bakery)
    assert (order.state, order.cost_micros) == (JobState.DONE, 40_000) and order.sha256
    assert ordered(bakery, service) == jpeg == bakery.workplace.media.open(order.sha256)
    assert len(service.submitted) == 1


def test_a_service_that_fails_is_named_for_its_post_and_the_others_go_on(bakery: Company) -> None:
    people, words = bakery, "The image service answered 502"
    people.order(name="html", effect=False, operation="generate_image", times=1)
    [(post, error)] = people.design(FIRST_WEEK).items()
    assert words in error.message and error.mend
    assert people.workplace.posts.get(post).state is PostState.DRAFTED
    assert attempts_of(people.workplace.database, post) == ()
    assert len(people.at(FIRST_WEEK).posts_in(PostState.DESIGNED)) == 1, "the other post is not held up"
    [order] = [order for order in orders(people) if order.post == post]
    assert order.state is JobState.FAILED and words in (order.error or "")
    assert not people.design(FIRST_WEEK), "once the service works again, so does the post"


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a web page as success": (
        {"name": "html", "effect": False, "http_status": 200, "operation": "generate_image"},
        "something else than pictures",
    ),
    "refused": ({"name": "image_moderated"}, "rejected by the safety system"),
}


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_refused_order_is_said_and_made_anew_next_time(bakery: Company, fault: dict[str, Any], words: str) -> None:
    bakery.order(**fault, times=1)
    known = bakery.workplace.settings
    settings = OpenAIImagesSettings(
        base_url=known.image_base_url(), api_key=known.image_key(), model=known.image_model, allow_loopback=True
    )
    require_said_and_ordered_anew(bakery, OpenAIImages(settings, bakery.workplace.clock), words)


def require_said_and_ordered_anew(people: Company, service: ImageService, words: str) -> None:
    """The first order fails in these words, which are kept with it; the second has its picture."""
    with pytest.raises(MarketingError, match=words) as refused:
        ordered(people, service)
    [order] = orders(people)
    assert refused.value.mend and (order.state, order.error) == (JobState.FAILED, refused.value.message)
    assert ordered(people, service)
    [order] = orders(people)
    assert (order.state, order.error) == (JobState.DONE, None)


def _answer(content: bytes) -> Reply:
    return painted(b64_json=base64.b64encode(content).decode())


UNUSABLE: dict[str, tuple[Reply, str]] = {
    "text": (_answer(b"I am sorry, I cannot paint that."), "does not open as JPEG, PNG or WebP"),
    "a GIF": (_answer(picture("GIF", (1024, 1280))), "does not open as JPEG, PNG or WebP"),
    "a picture cut off": (_answer(picture(size=(1024, 1280))[:900]), "does not open"),
    "huge in pixels": (_answer(picture(size=(9000, 9000), mode="1")), "pixels"),
    "huge in bytes": (Reply(body=b"x" * 51_000_000), "is larger than"),
    "too small": (_answer(picture(size=(64, 80))), "too small to print sharply"),
}


@pytest.mark.parametrize(("reply", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_is_no_usable_picture_is_said_and_ordered_anew_next_time(
    bakery: Company, reply: Reply, words: str
) -> None:
    with serving(reply, _answer(picture(size=(1024, 1280)))) as server:
        settings = OpenAIImagesSettings.model_validate(
            {"base_url": f"{server.url}/v1", "api_key": "key", "model": "paint-1", "allow_loopback": True}
        )
        require_said_and_ordered_anew(bakery, OpenAIImages(settings, bakery.workplace.clock), words)
