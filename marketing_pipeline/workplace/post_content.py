"""Changing what a post says and shows before it goes out."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import VariationId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.proposal import ExampleKind
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.workplace.post_words import (
    changes_in,
    edited,
    require_editable,
    require_new_caption,
    require_within_rules,
)
from marketing_pipeline.workplace.requeue import content_of, put_in_queue

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.store.creatives import Creative
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.store.posts import PostChanges
    from marketing_pipeline.store.variations import Variation
    from marketing_pipeline.workplace.workplace import Workplace


class NoPictureFits(MarketingError):
    """No picture was made for the wording that a person chose. Nothing was changed."""


def edit(
    place: "Workplace", person: "Person", before: "Post", note: str, words: Mapping[str, Any], revision: int | None
) -> "Post":
    """See `PostDesk.edit`."""
    from marketing_pipeline.store.posts import PostChanges
    from marketing_pipeline.store.variations import record_edit

    require_editable(before)
    old = chosen_variation(place, before).wording
    changed = changes_in(old, **words)
    if not changed:
        return before
    brand = place.brand(before.brand)
    wording = edited(old, changed, f"Edited by {person.name}: {note}", brand)
    if "caption" in changed:
        require_new_caption(place, before, wording.caption)
    with _kept_from_going_out(place, before, person.name, revision) as kept:
        variation = record_edit(place.database, before.id, wording, person.name, note)
        _put(place, brand, kept, person.name, note, PostChanges(chosen_variation=variation.id))
    place.teaching.note_edit(person, before, old, wording, note)
    return place.posts.get(before.id)


def choose(
    place: "Workplace", person: "Person", before: "Post", variation_id: str, note: str, revision: int | None
) -> "Post":
    """See `PostDesk.choose_variation`."""
    from marketing_pipeline.store.creatives import choose_creative
    from marketing_pipeline.store.posts import PostChanges
    from marketing_pipeline.store.variations import get_variation

    require_editable(before)
    variation = get_variation(place.database, VariationId(variation_id))
    if variation.post != before.id:
        raise NotFound(
            f"{variation.id} is no wording of {before.id}.", f"`marketing posts show {before.id}` lists them."
        )
    if variation.id == before.chosen_variation and before.state is not PostState.DRAFTED:
        return before
    brand = place.brand(before.brand)
    require_within_rules(variation.wording, brand)
    require_new_caption(place, before, variation.wording.caption)
    old = chosen_variation(place, before).wording
    changes = PostChanges(chosen_variation=variation.id)
    if before.state is PostState.DRAFTED:
        changes["note"] = None
    else:
        changes["chosen_creative"] = _picture_for(place, before, variation).id
    with _kept_from_going_out(place, before, person.name, revision) as kept:
        if picture := changes.get("chosen_creative"):
            choose_creative(place.database, picture)
        _put(place, brand, kept, person.name, note or f"{variation.id} chosen", changes)
    place.teaching.note(person, before, ExampleKind.CHOICE, "caption", old.caption, variation.wording.caption, note)
    return place.posts.get(before.id)


def redesign(place: "Workplace", person: "Person", before: "Post", note: str, revision: int | None) -> "Post":
    """See `PostDesk.ask_for_new_creative`."""
    from marketing_pipeline.store.variations import carry_over

    if not note.strip():
        raise NotWritten("Nothing says what shall be other about the picture.", "Say it in the note.")
    require_editable(before)
    _require_in_time(place, before)
    words = chosen_variation(place, before)
    with place.database.write() as connection:
        same = carry_over(connection, words, person.name, note, place.clock.now())
        place.queue.send_back(
            connection,
            before.id,
            actor=person.name,
            source=person.source,
            why=note,
            revision=before.revision if revision is None else revision,
            chosen_variation=same.id,
            design_note=note,
        )
    place.teaching.note(person, before, ExampleKind.REGENERATION, "creative", before.chosen_creative or "", "", note)
    return place.posts.get(before.id)


def chosen_variation(place: "Workplace", post: "Post") -> "Variation":
    """The wording that goes out. The post has one: see `require_editable`."""
    from marketing_pipeline.store.variations import get_variation

    if post.chosen_variation is None:
        raise AssertionError(f"{post.id} has no words")
    return get_variation(place.database, post.chosen_variation)


def _picture_for(place: "Workplace", post: "Post", variation: "Variation") -> "Creative":
    """The kept picture of the wording's round; of one that a person wrote, that of the round it was written over."""
    from marketing_pipeline.store.creatives import attempts_of, best_of

    made = [attempt for attempt in attempts_of(place.database, post.id) if attempt.round <= variation.round]
    if not made:
        raise NoPictureFits(
            f"No picture was made for {variation.id}.",
            f"Choose another of `marketing posts show {post.id}`, or ask for a picture with "
            f"`marketing posts redesign {post.id}`.",
        )
    newest = max(attempt.round for attempt in made)
    of_round = [attempt for attempt in made if attempt.round == newest]
    return next((attempt for attempt in of_round if attempt.id == post.chosen_creative), best_of(of_round))


def _require_in_time(place: "Workplace", post: "Post") -> None:
    from marketing_pipeline.workplace.posts import InThePast

    if place.brand(post.brand).posting.is_too_late(post.scheduled_at, place.clock.now()):
        raise InThePast(
            f"The slot of {post.id} has passed: no picture is made for it any more.",
            f"Move it first with `marketing posts reschedule {post.id}`, then ask again.",
        )


def _put(place: "Workplace", brand: "Brand", kept: "Post", person: str, note: str, changes: "PostChanges") -> None:
    """Change what is chosen, and put it in the place of what waits."""
    from marketing_pipeline.store.effect_rows import active_effect_of

    changed = place.posts.change(kept.id, revision=kept.revision, actor=person, reason=note, **changes)
    with place.database.read() as connection:
        waiting = active_effect_of(connection, kept.id)
    payload = content_of(place, brand, changed)
    if waiting is not None and payload is not None:
        put_in_queue(place, brand, changed, payload, waiting.due_at, person)


@contextmanager
def _kept_from_going_out(place: "Workplace", post: "Post", person: str, revision: int | None) -> "Generator[Post]":
    """Hold the post meanwhile, so that no worker sends the old words between the steps of an edit.

    A post that a person holds already stays held. An edit that is killed leaves the hold: it fails closed. The
    revision is the one that the edit began with: what somebody else changed in between is not overwritten.
    """
    from marketing_pipeline.store.posts import require_revision

    require_revision(post, revision)
    if post.held:
        yield post
        return
    reason = f"{person} is editing it"
    kept = place.posts.hold(post.id, actor=person, reason=reason, revision=post.revision)
    try:
        yield kept
    finally:
        if place.posts.get(post.id).held_reason == reason:
            place.posts.release(post.id, actor=person, reason="edited")
