"""Queueing a post for another time, with the words and pictures that are chosen for it now."""

from datetime import datetime
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.post import PostState

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.effect import PublishPost
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.workplace.workplace import Workplace

# The week's run queues these when they are made: until then only their slot moves.
_BEING_MADE = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED)


class OutOfSeason(MarketingError):
    """A post was to go out on a day on which it may not name what it names."""


def requeue(
    place: "Workplace",
    brand: "Brand",
    post: "Post",
    due_at: datetime,
    person: str,
    *,
    note: str = "",
    revision: int | None = None,
) -> "Post":
    """Bring a post to another time and return it. One that is not made yet, or was never queued, changes its slot only.

    Raises NotInQueue, StalePost, RefusedTransition or OutOfSeason where that cannot be.
    """
    from marketing_pipeline.domain.approval import fingerprint_of
    from marketing_pipeline.store.effect_rows import newest_effect_of

    with place.database.read() as connection:
        before = newest_effect_of(connection, post.id)
    if before is None or post.state in _BEING_MADE:
        seen, reason = post.revision if revision is None else revision, note or "moved"
        return place.posts.change(post.id, revision=seen, actor=person, reason=reason, scheduled_at=due_at)
    payload = content_of(place, brand, post)
    require_in_season(brand, post, before.payload if payload is None else payload, due_at)
    if payload is None or fingerprint_of(payload, brand.brand_id) == before.fingerprint:
        place.queue.reschedule(brand=brand, post=post.id, due_at=due_at, actor=person, note=note, revision=revision)
    else:
        # It was edited after it had left the queue: the old words must not go out.
        put_in_queue(place, brand, post, payload, due_at, person, revision=revision)
    return place.posts.get(post.id)


def require_in_season(brand: "Brand", post: "Post", payload: "PublishPost", due_at: datetime) -> None:
    """Return when what the post names covers the new day, or did not cover the old one either: a person saw that.

    Raises OutOfSeason.
    """
    from marketing_pipeline.domain.season import out_of_season

    text = f"{payload.caption} {payload.alt_text}"
    known = out_of_season(text, brand, brand.day_of(post.scheduled_at))
    if named := [item for item in out_of_season(text, brand, brand.day_of(due_at)) if item not in known]:
        raise OutOfSeason(
            f"Post {post.id} names {' and '.join(named)}, which does not cover {brand.day_of(due_at):%d %b}.",
            f"Change its words first with `marketing posts edit {post.id}`, or name another day.",
        )


def put_in_queue(
    place: "Workplace",
    brand: "Brand",
    post: "Post",
    payload: "PublishPost",
    due_at: datetime,
    person: str,
    *,
    revision: int | None = None,
) -> None:
    """Queue this content in place of whatever waits; policy or a person decides about it anew."""
    from marketing_pipeline.domain.content_risk import risks_of
    from marketing_pipeline.store.creatives import get_creative
    from marketing_pipeline.store.variations import get_variation

    if post.chosen_variation is None or post.chosen_creative is None:
        raise AssertionError(f"{post.id} has content without words or pictures")
    variation = get_variation(place.database, post.chosen_variation)
    creative = get_creative(place.database, post.chosen_creative)
    place.queue.supersede(
        brand=brand,
        payload=payload,
        due_at=due_at,
        risks=risks_of(post.planned.idea, variation.wording, brand, brand.day_of(due_at)),
        meets_bar=creative.judgement.meets_bar,
        actor=person,
        revision=revision,
    )


def content_of(place: "Workplace", brand: "Brand", post: "Post") -> "PublishPost | None":
    """Exactly what would go out now; None for a post without words or pictures."""
    from marketing_pipeline.domain.week import Week
    from marketing_pipeline.store.creatives import get_creative
    from marketing_pipeline.store.variations import get_variation
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.queue_posts import payload_of

    if post.chosen_variation is None or post.chosen_creative is None:
        return None
    work = BrandWeek(brand, Week.parse(post.week), place.database, place.audit, place.clock)
    variation = get_variation(place.database, post.chosen_variation)
    return payload_of(work, post, variation, get_creative(place.database, post.chosen_creative))
