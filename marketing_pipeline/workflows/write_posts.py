"""Write the posts of a week: at least three variations each, one chosen, all of them within the brand's rules."""

from collections.abc import Sequence
from datetime import timedelta

from marketing_pipeline.agents import composer, copywriter
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.learning import LearningNote, Learnings
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import recent_briefs
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import PostChanges, Posts
from marketing_pipeline.store.variations import (
    recent_hook_lines,
    record_variations,
    said_captions,
    variations_of,
)
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.design_posts import looks_since
from marketing_pipeline.workflows.failed_posts import FailedPosts, gather_posts

HOOKS_REMEMBERED = timedelta(days=60)
"""Hook lines that went out within this time may not be used again."""
ACTOR = "post_variations"


def hooks_to_avoid(work: BrandWeek) -> Sequence[str]:
    """Hook lines that no post of this week may open with."""
    return recent_hook_lines(work.database, work.brand.brand_id, work.now() - HOOKS_REMEMBERED)


async def write_posts(
    work: BrandWeek, model: LanguageModel, learnings: Learnings, notes: Sequence[LearningNote]
) -> FailedPosts:
    """Write every post of the week that has no words yet or was sent back with a note, all at once.

    A post whose writing fails stays planned, and is returned with the error; the others go on. Words that were
    stored before the run was killed are used rather than paid for again.
    """
    used = hooks_to_avoid(work)
    said = said_captions(work.database, work.brand.brand_id)
    posts = Posts(work.database, work.audit)

    async def write(post: Post) -> None:
        stored = variations_of(work.database, post.id)
        if not stored or _is_sent_back(post):
            answered = await copywriter.write(
                model,
                brand=work.brand,
                post=post.planned,
                learnings=learnings,
                notes=notes,
                recent_hooks=used,
                said=said,
                subject=work.subject(post.id),
                note=post.note,
            )
            following = stored[0].round + 1 if stored else 1
            stored = record_variations(work.database, post.id, following, answered.value)
        chosen = next(variation for variation in stored if variation.chosen)
        told = f"{len(stored)} variations written; number {chosen.position} chosen"
        if post.state is PostState.PLANNED:
            posts.move(post.id, PostState.DRAFTED, actor=ACTOR, reason=told, chosen_variation=chosen.id)
        else:
            changes = PostChanges(chosen_variation=chosen.id, note=None)
            posts.change(post.id, revision=post.revision, actor=ACTOR, reason=told, **changes)

    sent_back = [post for post in work.in_time(PostState.DRAFTED) if _is_sent_back(post)]
    wanted = (*work.in_time(PostState.PLANNED), *sent_back)
    if not wanted:
        return {}
    # Every picture will be composed from this beginning: it is sent while the words are found.
    ahead = composer.opening(work.brand, recent_briefs(work.database, work.brand.brand_id, since=looks_since(work)))
    async with model.sending_ahead(ahead, subject=work.subject(), brand=work.brand):
        return await gather_posts(wanted, write)


def _is_sent_back(post: Post) -> bool:
    """Whether a person returned it with a note: it is written anew, and the note is then done with."""
    return post.state is PostState.DRAFTED and bool(post.note)
