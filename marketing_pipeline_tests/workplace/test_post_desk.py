"""What people may do with posts by any surface: who may not, what is refused, and what a choice or a wish comes to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import CreativeId, PostId
from marketing_pipeline.domain.person import NotAllowed, Person
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.creatives import get_creative
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import StalePost
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.store.variations import get_variation, record_variations, variations_of
from marketing_pipeline.workplace.post_content import NoPictureFits
from marketing_pipeline.workplace.post_words import NothingToEdit, OffTheRules, hashtags_in
from marketing_pipeline.workplace.posts import InThePast
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, SECOND, Office, state_of, wordings, write_brand
from marketing_pipeline_tests.workplace.people_at_work import (
    BROKEN,
    BROKEN_NAMES,
    EDITOR,
    GIANT,
    READER,
    STRANGER,
    VIEWER,
    told,
)

__all__ = ["brands", "office"]

CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."
SECOND_WORDS, THIRD_WORDS = f"{FIRST}-r1-v2", f"{FIRST}-r1-v3"
EVERY_ACT = pytest.mark.parametrize("act", ["hold", "release", "reschedule", "cancel", "edit", "choose", "redesign"])


def do(office: Office, act: str, person: Person, *, note: str = "calmer", revision: int | None = None) -> Post:
    """One act on the first post."""
    desk = office.work.post_desk
    more: dict[str, Any] = {"revision": revision}
    match act:
        case "hold":
            return desk.hold(person, FIRST, note, **more)
        case "release":
            return desk.release(person, FIRST, note, **more)
        case "reschedule":
            return desk.reschedule(person, FIRST, office.now + timedelta(days=2), note=note, **more)
        case "cancel":
            return desk.cancel(person, FIRST, note, **more)
        case "edit":
            return desk.edit(person, FIRST, note=note, caption=CAPTION, **more)
        case "choose":
            return desk.choose_variation(person, FIRST, SECOND_WORDS, note=note, **more)
        case _:
            return desk.ask_for_new_creative(person, FIRST, note, **more)


@EVERY_ACT
@pytest.mark.parametrize("person", [VIEWER, STRANGER, READER], ids=["viewer", "wrong brand", "token that reads"])
def test_who_may_not_act_changes_nothing(office: Office, act: str, person: Person) -> None:
    office.queued()
    office.work.posts.hold(FIRST, actor="test", reason="so that a release has something to do")
    before, log = office.post(), told(office)
    with pytest.raises(NotAllowed, match=f"{person.name}"):
        do(office, act, person)
    assert (office.post(), told(office)) == (before, log)


def test_who_may_not_retry_changes_nothing(office: Office) -> None:
    office.missed()
    before = office.post()
    with pytest.raises(NotAllowed):
        office.work.post_desk.retry(VIEWER, FIRST)
    assert office.post() == before


def test_a_file_is_read_by_who_sees_the_brand(office: Office) -> None:
    effect = office.awaiting()
    office.queued(SECOND)
    file = office.work.post_desk.file(VIEWER, FIRST)
    assert (file.post.id, file.pending and file.pending.id) == (FIRST, REQUEST)
    assert [story.effect.id for story in file.effects] == [effect.id]
    assert [request.subject for request in file.approvals] == [FIRST]
    with pytest.raises(NotAllowed, match="may not see the brand tea_room"):
        office.work.post_desk.file(STRANGER, FIRST)


@EVERY_ACT
def test_a_stale_page_is_refused(office: Office, act: str) -> None:
    office.queued()
    seen = office.post().revision
    office.work.posts.hold(FIRST, actor="another", reason="meanwhile")
    before = office.post()
    with pytest.raises(StalePost, match=f"revision {before.revision}, not {seen}"):
        do(office, act, EDITOR, revision=seen)
    assert office.post() == before


@EVERY_ACT
def test_the_present_revision_is_taken(office: Office, act: str) -> None:
    office.queued()
    office.work.posts.hold(FIRST, actor="another", reason="meanwhile")
    before = office.post()
    after = do(office, act, EDITOR, revision=before.revision)
    assert after == office.post() and after.revision > before.revision


def test_a_stale_retry_is_refused(office: Office) -> None:
    office.missed()
    with pytest.raises(StalePost):
        office.work.post_desk.retry(EDITOR, FIRST, revision=office.post().revision - 1)
    assert office.post().state is PostState.MISSED


@EVERY_ACT
@pytest.mark.parametrize("note", [GIANT, *BROKEN], ids=["giant", *BROKEN_NAMES])
def test_a_note_that_cannot_be_kept_is_refused(office: Office, act: str, note: str) -> None:
    office.queued()
    office.work.posts.hold(FIRST, actor="test", reason="so that a release has something to do")
    before = office.post()
    with pytest.raises(NotWritten, match=r"note (has 2,001 characters; at most 2,000|holds what is no readable)"):
        do(office, act, EDITOR, note=note)
    assert office.post() == before


@pytest.mark.parametrize("field", ["caption", "alt_text", "hashtags"])
@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN_NAMES)
def test_words_that_are_no_characters_are_refused(office: Office, field: str, broken: str) -> None:
    office.queued()
    before = office.post()
    text = f"{CAPTION} {broken}"
    words: dict[str, Any] = {field: ("#tearoom", text) if field == "hashtags" else text}
    with pytest.raises(NotWritten, match="holds what is no readable character"):
        office.work.post_desk.edit(EDITOR, FIRST, note="x", **words)
    assert office.post() == before


@pytest.mark.parametrize("name", ["", "a\x00b", "\ud800", "p" * 97, "nowhere-2026-11-16-01"])
def test_what_names_no_post_is_not_found(office: Office, name: str) -> None:
    for act in (office.work.post_desk.file, office.work.post_desk.hold, office.work.post_desk.retry):
        with pytest.raises(NotFound):
            act(EDITOR, name)


def test_line_ends_of_a_form_are_no_edit(office: Office) -> None:
    office.queued()
    lines = CAPTION.replace(", ", ",\n")
    office.work.post_desk.edit(EDITOR, FIRST, note="lines", caption=lines.replace("\n", "\r\n"))
    once = office.post()
    assert office.newest_effect().payload.caption == f"{lines}\n\n#tearoom"
    assert office.work.post_desk.edit(EDITOR, FIRST, note="again", caption=lines.replace("\n", "\r\n")) == once


def test_what_is_done_stands_under_the_persons_name_and_is_anchored(office: Office) -> None:
    office.queued()
    office.work.post_desk.hold(EDITOR, FIRST, "ask the framer")
    assert told(office, "post.held") == [("post.held", "eve", FIRST)]
    anchor = office.work.home.audit_anchor.read_text(encoding="utf-8").splitlines()
    assert f'"sequence":{len(told(office))}' in anchor[-1].replace(" ", "")


def test_a_moment_that_has_passed_is_refused(office: Office) -> None:
    office.missed()
    with pytest.raises(InThePast, match="has passed; it is") as refusal:
        office.work.post_desk.reschedule(EDITOR, FIRST, office.now)
    assert f"marketing posts retry {FIRST}" in refusal.value.mend


def test_why_a_post_is_moved_is_told(office: Office) -> None:
    effect = office.queued()
    office.work.post_desk.reschedule(EDITOR, FIRST, effect.due_at + timedelta(hours=1), note="the shop opens late")
    assert office.post().state_reason.endswith(": the shop opens late")


@pytest.mark.parametrize("way", ["queued", "awaiting"])
def test_another_wording_goes_out_with_its_picture_and_is_decided_anew(office: Office, way: str) -> None:
    before = getattr(office, way)()
    after = office.work.post_desk.choose_variation(EDITOR, FIRST, SECOND_WORDS, note="warmer")
    effect = office.newest_effect()
    assert (after.chosen_variation, after.held) == (SECOND_WORDS, False)
    assert effect.payload.caption.startswith("Why is the pot warm?")
    assert (effect.payload.media, effect.due_at) == (before.payload.media, before.due_at)
    assert effect.fingerprint != before.fingerprint and effect.approval != before.approval
    assert office.effect(before.id).state is EffectState.SUPERSEDED
    assert effect.state is (EffectState.QUEUED if way == "queued" else EffectState.AWAITING_APPROVAL)


def test_the_same_wording_again_changes_nothing(office: Office) -> None:
    office.queued()
    before = office.post()
    assert office.work.post_desk.choose_variation(EDITOR, FIRST, f"{FIRST}-r1-v1") == before == office.post()


def test_a_wording_chosen_after_an_edit_has_the_picture_of_its_round(office: Office) -> None:
    before = office.queued()
    office.work.post_desk.edit(EDITOR, FIRST, note="mine", caption=CAPTION)
    office.work.post_desk.choose_variation(EDITOR, FIRST, THIRD_WORDS)
    back = office.work.post_desk.choose_variation(EDITOR, FIRST, f"{FIRST}-r2-v1")
    assert back.chosen_creative == f"{FIRST}-r1-a1"
    assert office.newest_effect().payload.media == before.payload.media
    assert office.newest_effect().payload.caption.startswith(CAPTION)


def test_a_wording_of_a_post_being_made_is_what_is_drawn_next(office: Office) -> None:
    office.planned()
    written = record_variations(office.work.database, FIRST, 1, wordings())
    office.work.posts.move(FIRST, PostState.DRAFTED, actor="test", reason="written", chosen_variation=written[0].id)
    after = office.work.post_desk.choose_variation(EDITOR, FIRST, SECOND_WORDS)
    assert (after.state, after.chosen_variation, after.chosen_creative) == (PostState.DRAFTED, SECOND_WORDS, None)


def _without_picture(office: Office) -> None:
    """A designed post, sent back and written anew, of which an older round has no picture either."""
    office.planned()
    record_variations(office.work.database, FIRST, 1, wordings())
    second = record_variations(office.work.database, FIRST, 2, wordings())
    for state in (PostState.DRAFTED, PostState.DESIGNED):
        office.work.posts.move(FIRST, state, actor="test", reason="made", chosen_variation=second[0].id)


def _off_the_rules(office: Office) -> None:
    office.queued()
    voice = office.brand.voice.model_dump(mode="json")
    write_brand(office.work.settings.brands, voice={**voice, "banned_words": ["warm"]})


@pytest.mark.parametrize(
    ("way", "variation", "error", "words"),
    [
        (Office.queued, "nothing", NotFound, "There is no variation"),
        (Office.queued, "a\x00", NotFound, "no such variation"),
        (Office.queued, f"{SECOND}-r1-v1", NotFound, "is no wording of"),
        (_without_picture, SECOND_WORDS, NoPictureFits, "No picture was made"),
        (_off_the_rules, SECOND_WORDS, OffTheRules, "banned words"),
        (Office.sending, SECOND_WORDS, NothingToEdit, "can no longer be changed"),
        (Office.published, SECOND_WORDS, NothingToEdit, "can no longer be changed"),
        (Office.planned, SECOND_WORDS, NothingToEdit, "has no words yet"),
    ],
)
def test_a_choice_is_refused(
    office: Office, way: Callable[[Office], Any], variation: str, error: type[MarketingError], words: str
) -> None:
    way(office)
    if office.work.posts.get(SECOND).state is PostState.PLANNED:
        record_variations(office.work.database, SECOND, 1, wordings())
    before = office.post()
    with pytest.raises(error, match=words):
        office.work.post_desk.choose_variation(EDITOR, FIRST, variation)
    assert office.post() == before


def _missed_but_in_time(office: Office) -> None:
    office.missed()
    office.work.post_desk.reschedule(EDITOR, FIRST, office.now + timedelta(days=1))


@pytest.mark.parametrize(
    ("way", "approval"),
    [
        (Office.designed, None),
        (Office.awaiting, ApprovalState.REJECTED),
        (Office.queued, ApprovalState.REVOKED),
        (_missed_but_in_time, ApprovalState.REVOKED),
    ],
    ids=["designed", "awaiting", "queued", "moved"],
)
def test_a_new_picture_takes_a_post_back_to_its_words(
    office: Office, way: Callable[[Office], Any], approval: ApprovalState | None
) -> None:
    way(office)
    words = office.post().chosen_variation
    assert words is not None
    after = office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, "a darker wall")
    assert (after.state, after.design_note, after.note) == (PostState.DRAFTED, "a darker wall", None)
    assert after.state_reason == "a new picture is asked for: a darker wall"
    assert after.chosen_variation == f"{FIRST}-r2-v1"
    [carried] = variations_of(office.work.database, FIRST)
    assert carried.wording == get_variation(office.work.database, words).wording
    assert (carried.author, carried.choice_reason) == ("eve", "a darker wall")
    if approval is not None:
        assert office.newest_effect().state is EffectState.SUPERSEDED
        assert state_of(office, office.newest_effect().approval) is approval


def test_the_same_picture_asked_away_never_goes_out_by_its_old_approval(office: Office) -> None:
    before = office.queued()
    office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, "a darker wall")
    assert before.state is EffectState.QUEUED
    post = office.work.posts.move(
        FIRST, PostState.DESIGNED, actor="test", reason="drawn", chosen_creative=CreativeId(f"{FIRST}-r1-a1")
    )
    creative = get_creative(office.work.database, CreativeId(f"{FIRST}-r1-a1"))
    assert creative.judgement.meets_bar
    effect = office.work.queue.queue_post(brand=office.brand, payload=before.payload, due_at=post.scheduled_at)
    assert effect.state is EffectState.AWAITING_APPROVAL
    assert "refused this content before" in effect.state_reason


def test_a_post_that_is_made_anew_can_be_moved(office: Office) -> None:
    effect = office.queued()
    office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, "a darker wall")
    later = effect.due_at + timedelta(days=1)
    after = office.work.post_desk.reschedule(EDITOR, FIRST, later)
    assert (after.state, after.scheduled_at) == (PostState.DRAFTED, later)


@pytest.mark.parametrize(
    ("way", "note", "error", "words"),
    [
        (Office.queued, " \n", NotWritten, "what shall be other"),
        (Office.planned, "darker", NothingToEdit, "has no words yet"),
        (Office.claimed, "darker", NothingToEdit, "can no longer be changed"),
        (Office.parked, "darker", NothingToEdit, "can no longer be changed"),
        (Office.missed, "darker", InThePast, "slot of .* has passed"),
    ],
)
def test_a_new_picture_is_refused(
    office: Office, way: Callable[[Office], Any], note: str, error: type[MarketingError], words: str
) -> None:
    way(office)
    before = office.post()
    with pytest.raises(error, match=words):
        office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, note)
    assert office.post() == before


def test_a_picture_that_is_made_anew_already_is_not_asked_for_twice(office: Office) -> None:
    office.queued()
    office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, "a darker wall")
    before, rounds = office.post(), len(office.work.post_desk.file(EDITOR, FIRST).variations)
    with pytest.raises(NotInQueue, match="no picture to make anew"):
        office.work.post_desk.ask_for_new_creative(EDITOR, FIRST, "no, a lighter one")
    assert office.post() == before
    assert len(office.work.post_desk.file(EDITOR, FIRST).variations) == rounds


def test_a_cancelled_post_is_not_cancelled_again(office: Office) -> None:
    office.published()
    with pytest.raises((NotInQueue, RefusedTransition)):
        office.work.post_desk.cancel(EDITOR, PostId(FIRST))


@pytest.mark.parametrize("typed", ["#a #b", "#a,#b", " #a,  #b\r\n", "#a\n#b"])
def test_hashtags_as_people_type_them(typed: str) -> None:
    assert hashtags_in(typed) == ("#a", "#b")
