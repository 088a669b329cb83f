"""What each kind of proposal does: what it finds, whether it could be done, doing it, and the words for it."""

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, assert_never

from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.proposal import AdoptRule, EditPlan, EditPost, ReschedulePost, RuleState

if TYPE_CHECKING:
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.domain.proposal import Payload
    from marketing_pipeline.workplace.workplace import Workplace


class NothingToPropose(MarketingError):
    """What is proposed stands there already."""


def brand_of(place: "Workplace", payload: "Payload") -> BrandId:
    """The brand that a proposal is about. Raises NotFound."""
    if isinstance(payload, AdoptRule):
        return place.teaching.rule(payload.rule).brand
    return place.posts.get(PostId(payload.post)).brand


def found_by(place: "Workplace", payload: "Payload") -> dict[str, Any]:
    """What stands now where the proposal would change something, as JSON has it. Raises NotFound."""
    from pydantic_core import to_jsonable_python

    from marketing_pipeline.store.variations import get_variation

    if isinstance(payload, AdoptRule):
        rule = place.teaching.rule(payload.rule)
        return {"statement": rule.statement, "state": rule.state.value}
    post = place.posts.get(PostId(payload.post))
    if isinstance(payload, ReschedulePost):
        found: dict[str, Any] = {"to": post.scheduled_at}
    elif isinstance(payload, EditPlan):
        found = {name: getattr(post, name) for name in payload.changes}
    else:
        known = post.chosen_variation
        wording = None if known is None else get_variation(place.database, known).wording
        found = {name: getattr(wording, name, None) for name in payload.changes}
    return to_jsonable_python(found)


def is_done(place: "Workplace", payload: "Payload", before: Mapping[str, Any]) -> bool:
    """Whether what stands now is what carrying it out makes of what was found. Raises NotFound."""
    from marketing_pipeline.store.effect_rows import active_effect_of
    from marketing_pipeline.workplace.requeue import content_of

    found = found_by(place, payload)
    if isinstance(payload, AdoptRule):
        return found == {**before, "state": RuleState.ACCEPTED.value}
    if found != as_found(payload):
        return False
    if not isinstance(payload, EditPost):
        return True
    post = place.posts.get(PostId(payload.post))
    with place.database.read() as connection:
        waiting = active_effect_of(connection, post.id)
    return waiting is None or waiting.payload == content_of(place, place.brand(post.brand), post)


def as_found(payload: "Payload") -> dict[str, Any]:
    """What the proposal would have stand there, in the form in which `found_by` finds it."""
    from pydantic_core import to_jsonable_python

    changes = {name: value.astimezone(UTC) if name == "to" else value for name, value in payload.changes.items()}
    return to_jsonable_python(changes)


def require_possible(place: "Workplace", payload: "Payload") -> None:
    """Return when it could be done now. Raises the refusal that doing it would meet."""
    match payload:
        case ReschedulePost():
            _require_movable(place, payload)
        case EditPost():
            _require_editable(place, payload)
        case EditPlan():
            from marketing_pipeline.workplace.plan_edit import planned_changes

            planned_changes(place, payload)
        case AdoptRule():
            rule = place.teaching.rule(payload.rule)
            if rule.state is not RuleState.PROPOSED:
                raise RefusedTransition(f"The rule {rule.id} is {rule.state}.", "Only a proposed rule is decided.")
        case _:
            assert_never(payload)


def carry_out(place: "Workplace", person: "Person", payload: "Payload", note: str) -> str:
    """Do it as this person; returns what came of it. Raises what the desks raise."""
    match payload:
        case ReschedulePost():
            post = place.post_desk.reschedule(person, payload.post, payload.to, note=note)
            return f"{post.id} goes out {_time(place, post.brand, post.scheduled_at)}"
        case EditPost():
            post = place.post_desk.edit(person, payload.post, note=note, **payload.changes)
            return f"{post.id} has the new words ({post.chosen_variation}); it is {post.state}"
        case EditPlan():
            from marketing_pipeline.workplace.plan_edit import edit_plan

            post = edit_plan(place, person, payload, note)
            return f"{post.id} is planned anew"
        case AdoptRule():
            rule = place.teaching.adopt(person, payload.rule, note)
            return f"every agent of {rule.brand} is told the rule from now on"
        case _:
            assert_never(payload)


def summary_of(place: "Workplace", payload: "Payload", before: Mapping[str, Any]) -> str:
    """What would be done, in one line."""
    if isinstance(payload, AdoptRule):
        return f"Adopt the rule: {before['statement']}"
    if isinstance(payload, ReschedulePost):
        brand = place.posts.get(PostId(payload.post)).brand
        return f"Move {payload.post} to {_time(place, brand, payload.to)}"
    names = " and ".join(name.replace("_", " ") for name in payload.changes)
    return f"Change {names} of {payload.post}" + (" in the plan" if isinstance(payload, EditPlan) else "")


def _require_movable(place: "Workplace", payload: ReschedulePost) -> None:
    from marketing_pipeline.store.effect_rows import newest_effect_of
    from marketing_pipeline.store.posts import BEFORE_THE_CLAIM
    from marketing_pipeline.store.publish_queue import NotInQueue
    from marketing_pipeline.workplace.requeue import content_of, require_in_season

    post = place.posts.get(PostId(payload.post))
    if post.state not in BEFORE_THE_CLAIM:
        raise NotInQueue(f"Post {post.id} is {post.state}.", "Only what has not gone out yet can be moved.")
    brand = place.brand(post.brand)
    place.post_desk.require_to_come(post, brand, payload.to)
    if post.scheduled_at == payload.to:
        raise NothingToPropose(f"{post.id} goes out at that time already.", "Name another time.")
    with place.database.read() as connection:
        queued = newest_effect_of(connection, post.id)
    content = content_of(place, brand, post) or (queued.payload if queued else None)
    if content is not None:
        require_in_season(brand, post, content, payload.to)


def _require_editable(place: "Workplace", payload: EditPost) -> None:
    from marketing_pipeline.workplace.post_content import chosen_variation
    from marketing_pipeline.workplace.post_words import changes_in, edited, require_editable, require_new_caption

    post = place.posts.get(PostId(payload.post))
    require_editable(post)
    old = chosen_variation(place, post).wording
    changed = changes_in(old, payload.caption, payload.hashtags, payload.alt_text)
    if not changed:
        raise NothingToPropose(f"{post.id} says that already.", "Propose other words.")
    wording = edited(old, changed, "Proposed by another", place.brand(post.brand))
    if "caption" in changed:
        require_new_caption(place, post, wording.caption)


def _time(place: "Workplace", brand: BrandId, at: Any) -> str:
    from marketing_pipeline.domain.local_time import moment
    from marketing_pipeline.workplace.brands import readable_brand

    return moment(at, readable_brand(place, brand))
