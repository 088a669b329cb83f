"""Queueing a post for another time, with the words and pictures that are chosen for it now."""

from datetime import datetime

from marketing_pipeline.domain.approval import fingerprint_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.content_risk import risks_of
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.season import out_of_season
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.creatives import get_creative
from marketing_pipeline.store.effect_rows import newest_effect_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.variations import get_variation
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.queue_posts import payload_of
from marketing_pipeline.workplace import Workplace


class OutOfSeason(MarketingError):
    """A post was to go out on a day on which it may not name what it names."""


def requeue(workplace: Workplace, brand: Brand, post: Post, due_at: datetime, person: str) -> Post:
    """Bring a post to another time and return it. One that was never queued keeps its state and only changes its slot.

    Raises NotInQueue, StalePost, RefusedTransition or OutOfSeason where that cannot be.
    """
    with workplace.database.read() as connection:
        before = newest_effect_of(connection, post.id)
    if before is None:
        return workplace.posts.change(
            post.id, revision=post.revision, actor=person, reason="moved", scheduled_at=due_at
        )
    payload = content_of(workplace, brand, post)
    _require_in_season(brand, post, before.payload if payload is None else payload, due_at)
    if payload is None or fingerprint_of(payload, brand.brand_id) == before.fingerprint:
        workplace.queue.reschedule(brand=brand, post=post.id, due_at=due_at, actor=person)
    else:
        # It was edited after it had left the queue: the old words must not go out.
        put_in_queue(workplace, brand, post, payload, due_at, person)
    return workplace.posts.get(post.id)


def _require_in_season(brand: Brand, post: Post, payload: PublishPost, due_at: datetime) -> None:
    """What the post names must cover the new day as well, unless it did not cover the old one: a person saw that."""
    text = f"{payload.caption} {payload.alt_text}"
    known = out_of_season(text, brand, brand.day_of(post.scheduled_at))
    if named := [item for item in out_of_season(text, brand, brand.day_of(due_at)) if item not in known]:
        raise OutOfSeason(
            f"Post {post.id} names {' and '.join(named)}, which does not cover {brand.day_of(due_at):%d %b}.",
            f"Change its words first with `marketing posts edit {post.id}`, or name another day.",
        )


def put_in_queue(
    workplace: Workplace, brand: Brand, post: Post, payload: PublishPost, due_at: datetime, person: str
) -> None:
    """Queue this content in place of whatever waits; policy or a person decides about it anew."""
    if post.chosen_variation is None or post.chosen_creative is None:
        raise AssertionError(f"{post.id} has content without words or pictures")
    variation = get_variation(workplace.database, post.chosen_variation)
    creative = get_creative(workplace.database, post.chosen_creative)
    workplace.queue.supersede(
        brand=brand,
        payload=payload,
        due_at=due_at,
        risks=risks_of(post.planned.idea, variation.wording, brand, brand.day_of(due_at)),
        meets_bar=creative.judgement.meets_bar,
        actor=person,
    )


def content_of(workplace: Workplace, brand: Brand, post: Post) -> PublishPost | None:
    """Exactly what would go out now; None for a post without words or pictures."""
    if post.chosen_variation is None or post.chosen_creative is None:
        return None
    work = BrandWeek(brand, Week.parse(post.week), workplace.database, workplace.audit, workplace.clock)
    variation = get_variation(workplace.database, post.chosen_variation)
    return payload_of(work, post, variation, get_creative(workplace.database, post.chosen_creative))
