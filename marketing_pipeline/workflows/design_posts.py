"""Design the posts of a week: brief, render, check, judge, and revise with the reasons for as long as that helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketing_pipeline.agents import composer, evaluator
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.agents.revision import Revision
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.domain.evaluation import revising_helps
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import (
    Creative,
    attempts_of,
    best_of,
    choose_creative,
    get_creative,
    record_attempt,
)
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.variations import Variation, get_variation
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.failed_posts import FailedPosts, gather_posts
from marketing_pipeline.workflows.studio_work import CannotBeDrawn, Drawn, StudioWork

LOOKS_REMEMBERED = timedelta(days=14)
"""Briefs of kept creatives that the composer is shown, so that the feed does not repeat itself."""
REDRAFTS = 2
"""How often a brief that cannot be drawn at all is sent back before the post is given up for this run."""
ACTOR = "creatives"


async def design_posts(work: BrandWeek, model: LanguageModel, studio: StudioWork) -> FailedPosts:
    """Design every written post of the week, all at once. A post whose design fails stays drafted and is returned."""

    async def design(post: Post) -> None:
        if post.chosen_variation is None:
            raise AssertionError(f"{post.id} is drafted without a chosen variation")
        await _Design(work, model, studio, post, get_variation(work.database, post.chosen_variation)).run()

    wanted = work.in_time(PostState.DRAFTED)
    if not wanted:
        return {}
    # Every picture will be judged from this beginning: it is sent while the first are composed and drawn.
    async with model.sending_ahead(evaluator.opening(work.brand), subject=work.subject(), brand=work.brand):
        return await gather_posts(wanted, design)


def looks_since(work: BrandWeek) -> datetime:
    """From when on kept creatives are shown to the composer."""
    return work.now() - LOOKS_REMEMBERED


@dataclass(frozen=True)
class _Design:
    """The revise loop of one post. Attempts are stored as they are made, so a killed run goes on with the next one."""

    work: BrandWeek
    model: LanguageModel
    studio: StudioWork
    post: Post
    copy: Variation

    async def run(self) -> None:
        stored = attempts_of(self.work.database, self.post.id)
        attempts = [attempt for attempt in stored if attempt.round == self.copy.round]
        most = self.work.brand.policies.quality_bar.attempts
        while len(attempts) < most and not any(attempt.judgement.meets_bar for attempt in attempts):
            if not revising_helps([attempt.judgement for attempt in attempts]):
                break
            attempts.append(await self._attempt(attempts))
        self._keep(best_of(attempts))

    def _keep(self, best: Creative) -> None:
        choose_creative(self.work.database, best.id)
        verdict = "meets the bar" if best.judgement.meets_bar else "below the bar: " + "; ".join(best.judgement.reasons)
        Posts(self.work.database, self.work.audit).move(
            self.post.id,
            PostState.DESIGNED,
            actor=ACTOR,
            reason=f"attempt {best.attempt} {verdict}",
            chosen_creative=CreativeId(best.id),
            design_note=None,
        )

    async def _attempt(self, before: Sequence[Creative]) -> Creative:
        number = len(before) + 1
        asked = (f"note: {self.post.design_note}",) if self.post.design_note else ()
        last = before[-1] if before else self._seen_by_a_person()
        reasons = (*asked, *(last.judgement.reasons if last else ()))
        brief = await self._brief(max(number, 2) if last else number, last.brief if last else None, reasons)
        brief, drawn = await self._drawn(number, brief)
        made = await self.studio.judge(self.work, self.model, self.post, self.copy.round, number, brief, drawn)
        return record_attempt(self.work.database, made)

    def _seen_by_a_person(self) -> Creative | None:
        """The picture of which somebody asked for another: it is what is revised first."""
        if not self.post.design_note or self.post.chosen_creative is None:
            return None
        return get_creative(self.work.database, self.post.chosen_creative)

    async def _drawn(self, number: int, brief: CreativeBrief) -> tuple[CreativeBrief, Drawn]:
        """The brief drawn; one that cannot be set goes back with the reason, at most REDRAFTS times."""
        for _ in range(REDRAFTS):
            try:
                return brief, await self.studio.draw(self.work, self.post, number, brief)
            except CannotBeDrawn as refusal:
                brief = await self._brief(max(number, 2), brief, (refusal.reason,))
        return brief, await self.studio.draw(self.work, self.post, number, brief)

    async def _brief(self, number: int, before: CreativeBrief | None, reasons: Sequence[str]) -> CreativeBrief:
        looks = self.studio.recent_briefs(self.work, LOOKS_REMEMBERED, without=self.post.id)
        planned, subject = self.post.planned, self.work.subject(self.post.id)
        brand, copy = self.work.brand, self.copy.wording
        if before is None:
            answered = await composer.compose(
                self.model, brand=brand, post=planned, copy=copy, recent_looks=looks, subject=subject
            )
            return self.studio.in_turn(self.work, self.post, answered.value)
        revision = Revision(attempt=number, brief=before, reasons=tuple(reasons))
        answered = await composer.revise(
            self.model,
            brand=brand,
            post=planned,
            copy=copy,
            recent_looks=looks,
            revision=revision,
            subject=subject,
        )
        return answered.value
