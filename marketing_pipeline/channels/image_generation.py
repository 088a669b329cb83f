"""Pictures from an image service, whoever offers it: what is asked for, what comes back, and how it fails."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError

PICTURE_ONLY = (
    "Picture only: no text, no letters, no numbers, no logo, no watermark, no frame around the whole picture. "
    "Leave calm space, since type is set over it later."
)
POLL_SECONDS = 3.0
MOST_POLLS = 60
PictureType = Literal["image/jpeg", "image/png", "image/webp"]


class Aspect(StrEnum):
    """The shape of a picture."""

    PORTRAIT = "portrait"
    SQUARE = "square"

    @property
    def ratio(self) -> float:
        """Width by height, as Instagram shows it: 4:5 or 1:1."""
        return 0.8 if self is Aspect.PORTRAIT else 1.0


class ImageRequest(BaseModel):
    """One picture to paint. `idempotency_key` names the wish: a service that knows such keys paints it once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[str, Field(min_length=3, max_length=4000)]
    negative: Annotated[str, Field(max_length=1000, description="What should not be seen")] = ""
    aspect: Aspect
    quality: Literal["low", "medium", "high"] = "medium"
    idempotency_key: Annotated[str, Field(min_length=8, max_length=100)]

    def instruction(self) -> str:
        """The prompt as it is sent: type and logo are the studio's work, so the picture holds neither."""
        avoided = f" Avoid: {self.negative}." if self.negative else ""
        return f"{self.prompt.rstrip()}{avoided} {PICTURE_ONLY}"


class ImageResult(BaseModel):
    """One painted picture, proved to open. `cost_micros` (USD) is None where it is not known."""

    model_config = ConfigDict(frozen=True)

    content: Annotated[bytes, Field(repr=False)]
    mime: PictureType
    width: int
    height: int
    provider: str
    model: str
    request_id: str | None
    revised_prompt: str | None
    cost_micros: int | None
    latency_seconds: float


class ImageJob(BaseModel):
    """A picture that is paid for but not here yet.

    Store it before anything else is asked: then it can be finished, and is not bought twice.
    """

    model_config = ConfigDict(frozen=True)

    provider: str
    id: str
    model: str
    idempotency_key: str
    submitted_at: datetime
    result_url: Annotated[str | None, Field(repr=False, description="Where the picture lies; None: still painting")] = (
        None
    )
    revised_prompt: str | None = None


class ImageFailed(MarketingError):
    """Base of all failures to get a picture."""


class ModerationBlocked(ImageFailed):
    """The service will not paint this. The same prompt would be refused again."""

    def __init__(self, stage: Literal["prompt", "picture"], message: str) -> None:
        super().__init__(message, "Reword the picture's prompt, or use procedural artwork for this post.")
        self.stage = stage


class RateLimited(ImageFailed):
    """Too many requests; nothing was painted. `retry_after` in seconds, if the service named it."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message, "Run it again later, or lower the image service's concurrency.")
        self.retry_after = retry_after


class OutOfCredit(ImageFailed):
    """The account has no credit; nothing was painted."""


class CredentialRefused(ImageFailed):
    """The key is wrong or may not do this; nothing was painted."""


class InvalidRequest(ImageFailed):
    """The service does not understand the request; nothing was painted."""


class Transient(ImageFailed):
    """The service failed. `painted` is False only when it is proved that nothing was painted, or paid."""

    def __init__(self, message: str, painted: bool | None = None) -> None:
        super().__init__(message, "Run it again later; a picture that was painted without reaching us may be billed.")
        self.painted = painted


class Timeout(ImageFailed):
    """No picture in time. With a `job` it can still be finished; without one it may have been painted and billed."""

    def __init__(self, message: str, job: ImageJob | None = None) -> None:
        super().__init__(message, "Run it again later." if job is None else f"Finish job {job.id} later.")
        self.job = job


class UnusablePicture(ImageFailed):
    """What came back is no picture that may be used, or lies where nothing may be fetched from."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Check IMAGE_API_BASE_URL and the model; procedural artwork needs neither.")


class ImageService(Protocol):
    """A painter. `submit` is the only call that costs money."""

    async def submit(self, request: ImageRequest) -> ImageJob | ImageResult:
        """Ask for a picture: it comes at once, or as a job. Raises ImageFailed."""
        ...

    async def poll(self, job: ImageJob) -> ImageJob:
        """The job as it stands now; with `result_url` once it is ready. Raises ImageFailed."""
        ...

    async def fetch(self, job: ImageJob) -> ImageResult:
        """The picture of a job that is ready. Raises ImageFailed."""
        ...


async def paint(
    service: ImageService, request: ImageRequest, keep: Callable[[ImageJob], None], clock: Clock
) -> ImageResult:
    """Have a picture painted. A job is handed to `keep` before it is asked about, so that `finish` can take it up.

    Raises ImageFailed.
    """
    submitted = await service.submit(request)
    if isinstance(submitted, ImageResult):
        return submitted
    keep(submitted)
    return await finish(service, submitted, keep, clock)


async def finish(service: ImageService, job: ImageJob, keep: Callable[[ImageJob], None], clock: Clock) -> ImageResult:
    """Wait for a job and fetch its picture, at most MOST_POLLS times POLL_SECONDS. Raises ImageFailed."""
    for _ in range(MOST_POLLS):
        if job.result_url is not None:
            return await service.fetch(job)
        await clock.pause(POLL_SECONDS)
        polled = await service.poll(job)
        if polled != job:
            keep(polled)
        job = polled
    raise Timeout(f"Job {job.id} of {job.provider} is still painting.", job)
