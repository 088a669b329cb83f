"""What people may do with posts by any surface: who may not, what is refused, and under whose name it stands."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import NotAllowed, Person
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import StalePost
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.workplace.post_words import hashtags_in
from marketing_pipeline.workplace.posts import InThePast
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, SECOND, Office
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


def test_a_cancelled_post_is_not_cancelled_again(office: Office) -> None:
    office.published()
    with pytest.raises((NotInQueue, RefusedTransition)):
        office.work.post_desk.cancel(EDITOR, PostId(FIRST))


@pytest.mark.parametrize("typed", ["#a #b", "#a,#b", " #a,  #b\r\n", "#a\n#b"])
def test_hashtags_as_people_type_them(typed: str) -> None:
    assert hashtags_in(typed) == ("#a", "#b")
