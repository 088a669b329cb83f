"""Queue designed posts for publishing: word for word and pixel for pixel, under the brand's content policy."""

from marketing_pipeline.domain.content_risk import risks_of
from marketing_pipeline.domain.effect import Effect, PublishPost
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import Creative, get_creative
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.publish_queue import PublishQueue
from marketing_pipeline.store.variations import Variation, get_variation
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.studio_work import PROCEDURAL

ACTOR = "published_posts"


def queue_posts(work: BrandWeek, queue: PublishQueue) -> tuple[Effect, ...]:
    """Queue every designed post of the week. What policy or the bar asks a person about waits for one.

    Queueing again finds the same effects.
    """
    return tuple(queue_post(work, queue, post) for post in work.posts_in(PostState.DESIGNED))


def queue_post(work: BrandWeek, queue: PublishQueue, post: Post) -> Effect:
    """Queue one designed post with its chosen words and pictures."""
    if post.chosen_variation is None or post.chosen_creative is None:
        raise AssertionError(f"{post.id} is designed without words or picture")
    variation = get_variation(work.database, post.chosen_variation)
    creative = get_creative(work.database, post.chosen_creative)
    return queue.queue_post(
        brand=work.brand,
        payload=payload_of(work, post, variation, creative),
        due_at=post.scheduled_at,
        risks=risks_of(post.planned.idea, variation.wording, work.brand, work.brand.day_of(post.scheduled_at)),
        meets_bar=creative.judgement.meets_bar,
        actor=ACTOR,
    )


def payload_of(work: BrandWeek, post: Post, variation: Variation, creative: Creative) -> PublishPost:
    """Exactly what goes out. A picture painted by an image service counts as made by AI; one drawn by code does not."""
    return PublishPost(
        account_id=work.brand.channels.instagram.account_id,
        post=post.id,
        caption=variation.wording.published_text(),
        alt_text=variation.wording.alt_text,
        media=tuple(media.sha256 for media in creative.media),
        is_ai_generated=creative.picture_source != PROCEDURAL,
    )
