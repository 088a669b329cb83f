"""Another wording or another picture for a post: what goes out then, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.creatives import get_creative
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.store.variations import get_variation, record_variations, variations_of
from marketing_pipeline.workplace.post_content import NoPictureFits
from marketing_pipeline.workplace.post_words import NothingToEdit, OffTheRules
from marketing_pipeline.workplace.posts import InThePast
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import FIRST, SECOND, Office, state_of, wordings, write_brand
from marketing_pipeline_tests.workplace.people_at_work import (
    EDITOR,
)

__all__ = ["brands", "office"]

CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."
SECOND_WORDS, THIRD_WORDS = f"{FIRST}-r1-v2", f"{FIRST}-r1-v3"


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


def _said_by_another(office: Office) -> None:
    office.queued()
    office.queued(SECOND)
    office.work.post_desk.choose_variation(EDITOR, SECOND, f"{SECOND}-r1-v2")


@pytest.mark.parametrize(
    ("way", "variation", "error", "words"),
    [
        (Office.queued, "nothing", NotFound, "There is no variation"),
        (Office.queued, "a\x00", NotFound, "no such variation"),
        (Office.queued, f"{SECOND}-r1-v1", NotFound, "is no wording of"),
        (_without_picture, SECOND_WORDS, NoPictureFits, "No picture was made"),
        (_off_the_rules, SECOND_WORDS, OffTheRules, "banned words"),
        (_said_by_another, SECOND_WORDS, OffTheRules, f"that of the post {SECOND}"),
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
