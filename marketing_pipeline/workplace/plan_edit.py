"""Changing what is planned for a post, before its words are written."""

from datetime import datetime
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.domain.written import written

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.domain.proposal import EditPlan
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.store.posts import PostChanges
    from marketing_pipeline.workplace.workplace import Workplace


class NotInPlan(MarketingError):
    """The plan cannot be changed so. Nothing was changed."""


def planned_changes(place: "Workplace", wanted: "EditPlan") -> "tuple[Post, PostChanges]":
    """The planned post, and what would change about it.

    Raises NotInPlan for a post whose words are written, for what the brand does not have, and for a slot that is taken
    or over.
    """
    from marketing_pipeline.store.posts import PostChanges

    post = place.posts.get(wanted.post)
    brand = place.brand(post.brand)
    if post.state is not PostState.PLANNED:
        raise NotInPlan(f"The post {post.id} is {post.state}: {_why_not(post)}", _instead(post, wanted))
    changes = PostChanges(**wanted.changes)
    for name, text in wanted.changes.items():
        written(text, name.replace("_", " "))
    if wanted.pillar is not None and wanted.pillar not in (pillar.id for pillar in brand.pillars):
        known = ", ".join(pillar.id for pillar in brand.pillars)
        raise NotInPlan(f"{brand.id} has no pillar {wanted.pillar!r}.", f"Its pillars: {known}.")
    if wanted.slot is not None:
        changes["scheduled_at"] = _moment_of(place, brand, post, wanted.slot)
    if all(getattr(post, name) == value for name, value in changes.items()):
        raise NotInPlan(f"The post {post.id} is planned so already.", "Name what shall be other.")
    return post, changes


def edit_plan(place: "Workplace", person: "Person", wanted: "EditPlan", note: str) -> "Post":
    """Change the plan of a post as this person. Raises NotInPlan, and StalePost when its writing begins meanwhile."""
    post, changes = planned_changes(place, wanted)
    return place.posts.change(post.id, revision=post.revision, actor=person.name, reason=note, **changes)


def _why_not(post: "Post") -> str:
    from marketing_pipeline.store.posts import BEFORE_THE_CLAIM

    if post.state in BEFORE_THE_CLAIM:
        return "its words are written from the plan as it was."
    return "what it became is no longer in anybody's hand."


def _instead(post: "Post", wanted: "EditPlan") -> str:
    """What changes a post that is past its plan, for what was asked to be other about it."""
    from marketing_pipeline.store.posts import BEFORE_THE_CLAIM

    if post.state not in BEFORE_THE_CLAIM:
        return "Change the plan of a post that is still planned: `marketing posts list --state planned`."
    ways: list[str] = []
    if wanted.slot is not None:
        ways.append(f"propose another time (`marketing posts reschedule {post.id}`)")
    if wanted.changes.keys() - {"slot"}:
        ways.append(f"propose other words (`marketing posts edit {post.id}`)")
        ways.append(f"ask for another picture (`marketing posts redesign {post.id}`)")
        ways.append(f"drop the post (`marketing posts cancel {post.id}`)")
    return f"Instead {', or '.join(ways)}."


def _moment_of(place: "Workplace", brand: "Brand", post: "Post", slot_id: str) -> "datetime":
    known = {slot.id: slot for slot in brand.posting.slots}
    if slot_id not in known:
        raise NotInPlan(f"{brand.id} has no slot {slot_id!r}.", f"Its slots: {', '.join(known)}.")
    slot = known[slot_id]
    at = Week.parse(post.week).moment(slot.weekday_number, slot.at, brand.zone)
    if at <= place.clock.now():
        raise NotInPlan(f"The slot {slot_id} of the week of {post.week} has passed.", "Name one that is to come.")
    others = (other for other in place.posts.find(brand=post.brand, week=post.week) if other.id != post.id)
    for taken in (other for other in others if other.scheduled_at == at and other.state is not PostState.CANCELLED):
        raise NotInPlan(f"{taken.id} goes out in the slot {slot_id}.", "Name a free slot, or move that post first.")
    return at
