"""Pictures ordered from an image service: a row before the order goes out, taken up again rather than paid twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.channels.image_generation import (
    Aspect,
    ImageRequest,
    ImageResult,
    ImageService,
    Timeout,
    Transient,
    finish,
    paint,
)
from marketing_pipeline.channels.image_generation import ImageJob as ServiceJob
from marketing_pipeline.domain.creative import CreativeBrief, PostFormat
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PostId, short_hash
from marketing_pipeline.store.image_jobs import (
    ImageJob,
    JobState,
    fail_job,
    finish_job,
    get_job,
    image_job_id,
    keep_handle,
    open_job,
)
from marketing_pipeline.store.media import MediaStore
from marketing_pipeline.workflows.brand_week import BrandWeek


@dataclass(frozen=True)
class PictureOrders:
    """Orders through one image service. `source` names the service and model on every creative made with it."""

    service: ImageService
    media: MediaStore
    source: str

    async def pictures_for(self, work: BrandWeek, post: PostId, attempt: int, brief: CreativeBrief) -> Sequence[bytes]:
        """The picture that a brief asks for, as JPEG.

        Raises ImageFailed or UnusablePicture, with the order kept as failed; one whose picture may still be had from
        its handle stays open, and the next run takes it up.
        """
        prompt = _prompt(work, brief)
        order = open_job(work.database, image_job_id(post, attempt, 1, prompt), post, self.source, prompt)
        if order.state is JobState.DONE and order.sha256 is not None:
            return [self.media.open(order.sha256)]
        try:
            painted = await self._paint(work, order, brief)
            jpeg = await asyncio.to_thread(_as_jpeg, painted.content)
        except MarketingError as failure:
            if not (isinstance(failure, Timeout | Transient) and get_job(work.database, order.id).handle):
                fail_job(work.database, order.id, failure.message)
            raise
        stored = self.media.put(jpeg)
        finish_job(work.database, order.id, stored.sha256, painted.cost_micros)
        return [jpeg]

    async def _paint(self, work: BrandWeek, order: ImageJob, brief: CreativeBrief) -> ImageResult:
        def keep(job: ServiceJob) -> None:
            keep_handle(work.database, order.id, job.model_dump_json())

        if order.handle is not None:
            return await finish(self.service, ServiceJob.model_validate_json(order.handle), keep, work.clock)
        request = ImageRequest(
            prompt=order.prompt,
            aspect=Aspect.SQUARE if brief.format is PostFormat.SQUARE else Aspect.PORTRAIT,
            idempotency_key=short_hash(order.id, length=32),
        )
        return await paint(self.service, request, keep, work.clock)


def _prompt(work: BrandWeek, brief: CreativeBrief) -> str:
    style = work.brand.look.picture_style
    return f"{brief.picture_prompt} {style}".strip()


def _as_jpeg(content: bytes) -> bytes:
    from marketing_pipeline.studio.jpeg import encode
    from marketing_pipeline.studio.pictures import open_picture

    return encode(open_picture(content))
