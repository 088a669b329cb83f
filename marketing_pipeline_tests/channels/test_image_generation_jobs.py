"""The port with a service that hands out jobs: kept before they are asked about, and given up in time."""

import asyncio
from datetime import UTC, datetime

import pytest

from marketing_pipeline.channels.image_generation import (
    MOST_POLLS,
    Aspect,
    ImageJob,
    ImageRequest,
    ImageResult,
    Timeout,
    paint,
)
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.channels.image_server import picture

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WISH = ImageRequest(prompt="A pear on linen", aspect=Aspect.PORTRAIT, idempotency_key="post-1-attempt-1")


class PollingPainter:
    """A service of the other kind: the picture is ready after some polls."""

    def __init__(self, ready_after: int) -> None:
        self.ready_after = ready_after
        self.polls = 0

    async def submit(self, request: ImageRequest) -> ImageJob | ImageResult:
        return ImageJob(
            provider="polling",
            id="job-1",
            model="flux",
            idempotency_key=request.idempotency_key,
            submitted_at=NOW,
        )

    async def poll(self, job: ImageJob) -> ImageJob:
        self.polls += 1
        return job.model_copy(update={"result_url": "https://cdn.example/a"}) if self.polls >= self.ready_after else job

    async def fetch(self, job: ImageJob) -> ImageResult:
        return ImageResult(
            content=picture(),
            mime="image/png",
            width=64,
            height=96,
            provider=job.provider,
            model=job.model,
            request_id=job.id,
            revised_prompt=None,
            cost_micros=None,
            latency_seconds=1.0,
        )


def test_a_polling_service_fits_the_port() -> None:
    kept: list[ImageJob] = []
    clock = SteppedClock(NOW)
    result = asyncio.run(paint(PollingPainter(3), WISH, kept.append, clock))
    assert result.request_id == "job-1"
    assert [job.result_url for job in kept] == [None, "https://cdn.example/a"]
    assert (clock.now() - NOW).total_seconds() == 9


def test_a_job_that_never_ends_is_handed_back() -> None:
    painter = PollingPainter(10_000)
    with pytest.raises(Timeout) as caught:
        asyncio.run(paint(painter, WISH, lambda _: None, SteppedClock(NOW)))
    assert caught.value.job is not None
    assert (caught.value.job.id, painter.polls) == ("job-1", MOST_POLLS)
