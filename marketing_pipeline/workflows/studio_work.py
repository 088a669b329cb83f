"""One attempt at a creative: pictures ordered where the brand wants them, rendered, checked, judged and stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.agents import evaluator
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.creative import CheckResult, CreativeBrief
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.evaluation import judge
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.store.creatives import CreativeAttempt, recent_briefs, recent_hashes
from marketing_pipeline.store.media import MediaStore
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.picture_orders import PictureOrders

if TYPE_CHECKING:
    from marketing_pipeline.studio.ocr import TextReader
    from marketing_pipeline.studio.render import RenderedCreative

DUPLICATE_WINDOW = timedelta(days=90)
PROCEDURAL = "procedural"


class CannotBeDrawn(MarketingError):
    """The brief cannot be set: a text does not fit, or the font lacks a glyph. `reason` is for the composer."""

    def __init__(self, refusal: MarketingError) -> None:
        super().__init__(refusal.message, refusal.mend)
        self.reason = f"{_NAMES.get(type(refusal).__name__, 'layout')}: {refusal.message} {refusal.mend}"


_NAMES = {"TextOverflow": "overflow", "MissingGlyph": "glyphs"}


@dataclass(frozen=True)
class Drawn:
    """A rendered creative and where its artwork came from."""

    rendered: "RenderedCreative"
    picture_source: str


@dataclass(frozen=True)
class StudioWork:
    """The studio at work: `hands` bounds how many creatives are drawn or measured at once.

    `read_text` reads the finished pictures back, where the extra `ocr` is installed.
    """

    media: MediaStore
    brand_folder: Path
    orders: PictureOrders | None
    hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    read_text: "TextReader | None" = None

    def recent_briefs(self, work: BrandWeek, since: timedelta, without: PostId) -> tuple[CreativeBrief, ...]:
        """Briefs of the brand's kept creatives, newest first."""
        return recent_briefs(work.database, work.brand.brand_id, since=work.now() - since, without=without)

    def in_turn(self, work: BrandWeek, post: Post, brief: CreativeBrief) -> CreativeBrief:
        """A first brief in the arrangement whose turn it is; what a revision asks for is left alone."""
        from marketing_pipeline.studio.layouts import in_turn

        position = post.planned.assignment.position
        return in_turn(brief, work.week, position, work.brand.posting.posts_per_week)

    async def draw(self, work: BrandWeek, post: Post, attempt: int, brief: CreativeBrief) -> Drawn:
        """Render a brief. Raises CannotBeDrawn, and the image service's failures."""
        pictures: Sequence[bytes] = ()
        source = PROCEDURAL
        if work.brand.look.picture_source == "image_service" and self.orders is not None and brief.picture_prompt:
            pictures, source = await self.orders.pictures_for(work, post.id, attempt, brief), self.orders.source
        async with self.hands:
            rendered = await asyncio.to_thread(_render, brief, work, self.brand_folder, pictures)
        return Drawn(rendered, source)

    async def judge(
        self,
        work: BrandWeek,
        model: LanguageModel,
        post: Post,
        round_number: int,
        attempt: int,
        brief: CreativeBrief,
        drawn: Drawn,
    ) -> CreativeAttempt:
        """Check and judge a rendered creative, and store its pictures. Raises ModelCallFailed and SpendCapReached."""
        from marketing_pipeline.studio.fingerprint import perceptual_hash

        pictures = [picture.jpeg for picture in drawn.rendered.pictures]
        async with self.hands:
            checks = await asyncio.to_thread(self._inspect, drawn.rendered, brief, work, post.id)
        subject = work.subject(post.id)
        answered = await evaluator.judge(
            model,
            brand=work.brand,
            post=post.planned,
            brief=brief,
            checks=checks,
            pictures=pictures,
            subject=subject,
        )
        return CreativeAttempt(
            post=post.id,
            round=round_number,
            attempt=attempt,
            brief=brief,
            media=tuple(self.media.put(picture) for picture in pictures),
            text_runs=tuple(picture.runs for picture in drawn.rendered.pictures),
            checks=checks,
            evaluation=answered.value,
            evaluator=answered.model,
            judgement=judge(checks, answered.value, work.brand.policies.quality_bar),
            perceptual_hash=perceptual_hash(pictures[0]),
            picture_source=drawn.picture_source,
        )

    def _inspect(
        self, rendered: "RenderedCreative", brief: CreativeBrief, work: BrandWeek, post: PostId
    ) -> tuple[CheckResult, ...]:
        from marketing_pipeline.studio.checks import inspect
        from marketing_pipeline.studio.fingerprint import RecentCreative

        since = work.now() - DUPLICATE_WINDOW
        earlier = recent_hashes(work.database, work.brand.brand_id, since, without=post)
        recent = [RecentCreative(creative_id=creative, perceptual_hash=value) for creative, value in earlier.items()]
        return inspect(rendered, brief, work.brand, recent, self.read_text)


def _render(brief: CreativeBrief, work: BrandWeek, folder: Path, pictures: Sequence[bytes]) -> "RenderedCreative":
    from marketing_pipeline.studio.render import render
    from marketing_pipeline.studio.typesetting import MissingGlyph, TextOverflow

    try:
        return render(brief, work.brand, folder, pictures)
    except (TextOverflow, MissingGlyph) as refusal:
        raise CannotBeDrawn(refusal) from refusal
