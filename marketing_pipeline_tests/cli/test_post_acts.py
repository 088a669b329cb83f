"""Hold, release, reschedule, retry, cancel: what each does, shows, and refuses."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import EFFECT, FIRST, SECOND, Office, write_brand
from marketing_pipeline_tests.cli.test_post_edit import CAPTION, NOTE


def actors(office: Office, subject: str, action: str) -> list[str]:
    """Who did that, by the audit log."""
    wanted = select(audit_log.c.actor).where(audit_log.c.subject == subject, audit_log.c.action == action)
    with office.work.database.read() as connection:
        return list(connection.scalars(wanted))


def test_hold_and_release_are_done_at_once_by_the_person(office: Office, run: Run) -> None:
    office.queued()
    held = run("posts", "hold", FIRST, "--note", "ask the framer")
    assert held.code == 0
    assert f"marketing posts release {FIRST}" in held.out
    assert (office.post().held, office.post().held_reason) == (True, "ask the framer")
    released = run("posts", "release", FIRST)
    assert (released.code, office.post().held) == (0, False)
    assert "no longer held" in released.out
    assert actors(office, FIRST, "post.held") == actors(office, FIRST, "post.released") == ["ana"]


def test_releasing_what_is_not_held_says_so(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "release", FIRST)
    assert (said.code, "it was not held" in said.out) == (0, True)


def test_a_bare_time_is_meant_in_the_brands_zone(office: Office, run: Run) -> None:
    write_brand(office.work.settings.brands, time_zone="America/New_York")
    office.queued()
    said = run("posts", "reschedule", FIRST, "--at", "2026-11-25T18:30")
    assert said.code == 0
    assert "Wed 25 Nov 2026 18:30 EST (2026-11-25 23:30 UTC)" in said.out
    assert office.post().scheduled_at == office.newest_effect().due_at == datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    assert office.newest_effect().state is EffectState.QUEUED


def test_a_time_with_an_offset_is_taken_as_it_is(office: Office, run: Run) -> None:
    office.queued()
    assert run("posts", "reschedule", FIRST, "--at", "2026-11-25T18:30+02:00").code == 0
    assert office.post().scheduled_at == datetime(2026, 11, 25, 16, 30, tzinfo=UTC)


def test_a_post_that_was_never_queued_only_changes_its_slot(office: Office, run: Run) -> None:
    office.planned()
    assert run("posts", "reschedule", SECOND, "--at", "2026-11-25T08:00").code == 0
    assert office.post(SECOND).state is PostState.PLANNED
    assert office.post(SECOND).scheduled_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_missed_post_is_rescheduled_under_the_approval_it_had(office: Office, run: Run) -> None:
    office.missed()
    said = run("posts", "reschedule", FIRST, "--at", "2026-11-19T18:30")
    assert said.code == 0
    assert office.post().state is PostState.SCHEDULED
    assert office.newest_effect().id == f"{FIRST}-e2"


def test_a_time_beyond_the_approval_asks_a_person_again(office: Office, run: Run) -> None:
    office.awaiting()
    assert run("approvals", "approve", f"{FIRST}-a1").code == 0
    said = run("posts", "reschedule", FIRST, "--at", "2026-12-24T18:30")
    assert said.code == 0
    assert "A person is asked first" in said.out
    assert office.post().state is PostState.NEEDS_HUMAN


def test_a_day_alone_keeps_the_time_of_day(office: Office, run: Run) -> None:
    office.queued()
    slot = office.post().scheduled_at
    assert run("posts", "reschedule", FIRST, "--at", "2026-11-21").code == 0
    assert office.post().scheduled_at == slot.replace(day=21)
    assert "posts retry" not in run("posts", "reschedule", FIRST, "--at", "2026-11-15").words


def test_a_post_is_not_moved_to_a_day_that_its_offer_does_not_cover(office: Office, run: Run) -> None:
    office.queued()
    assert run("posts", "reschedule", FIRST, "--at", "2026-11-20").code == 0
    assert run("posts", "edit", FIRST, "--caption", f"{CAPTION} FROST5 makes it less.", *NOTE).code == 0
    said = run("posts", "reschedule", FIRST, "--at", "2026-11-30")
    assert (said.code, "the offer frost (20 Nov to 29 Nov)" in said.words) == (1, True)
    assert office.post().scheduled_at.day == 20


@pytest.mark.parametrize(
    ("way", "at", "code", "reason", "mend"),
    [
        ("queued", "2026-11-16T08:59", 1, "has passed; it is Mon 16 Nov 2026 09:00 GMT", "Name a moment to come"),
        ("missed", "2026-11-16T09:00", 1, "has passed", f"marketing posts retry {FIRST}"),
        ("queued", "tomorrow", 2, "'tomorrow' is no time", "2026-11-25T18:30"),
        ("sending", "2026-11-25T18:30", 1, "is sending", "Only what waits can be moved"),
        ("parked", "2026-11-25T18:30", 1, "is parked", "Only what waits can be moved"),
        ("published", "2026-11-25T18:30", 1, "is published", "Only a designed post can be queued"),
    ],
)
def test_reschedule_refuses(office: Office, run: Run, way: str, at: str, code: int, reason: str, mend: str) -> None:
    getattr(office, way)()
    before = office.post()
    said = run("posts", "reschedule", FIRST, "--at", at)
    assert said.code == code
    assert reason in said.words and mend in said.words
    assert office.post() == before


def test_retry_shows_what_it_would_do_and_needs_a_yes(office: Office, run: Run) -> None:
    office.failed()
    said = run("posts", "retry", FIRST)
    assert said.code == 1
    assert "This publishes now:" in said.out
    assert "the picture is too wide" in said.out
    assert "@tearoom" in said.out
    assert "Nothing was done" in said.err and "--yes" in said.err
    assert office.post().state is PostState.FAILED


@pytest.mark.parametrize("way", ["failed", "missed"])
def test_retry_queues_for_now(office: Office, run: Run, way: str) -> None:
    getattr(office, way)()
    said = run("posts", "retry", FIRST, "--yes")
    assert said.code == 0
    assert (office.post().state, office.post().scheduled_at) == (PostState.SCHEDULED, office.now)
    assert office.newest_effect().due_at == office.now
    assert actors(office, f"{FIRST}-e2", "effect.queued") == ["ana"]


def test_retry_of_a_held_post_says_that_it_is_held(office: Office, run: Run) -> None:
    office.failed()
    office.work.posts.hold(FIRST, actor="ana", reason="wait")
    assert f"marketing posts release {FIRST}" in run("posts", "retry", FIRST, "--yes").out


@pytest.mark.parametrize("way", ["planned", "queued", "awaiting", "sending", "parked", "published"])
def test_there_is_nothing_to_retry_but_what_failed_or_was_missed(office: Office, run: Run, way: str) -> None:
    getattr(office, way)()
    said = run("posts", "retry", FIRST, "--yes")
    assert said.code == 1
    assert "there is nothing to try again" in said.err


@pytest.mark.parametrize("way", ["planned", "queued", "awaiting", "missed", "failed"])
def test_cancel_drops_a_post_and_what_waits_for_it(office: Office, run: Run, way: str) -> None:
    getattr(office, way)()
    said = run("posts", "cancel", FIRST, "--note", "the offer has ended", "--yes")
    assert said.code == 0
    assert (office.post().state, office.post().state_reason) == (PostState.CANCELLED, "the offer has ended")
    assert actors(office, FIRST, "post.cancelled") == ["ana"]


def test_cancel_needs_a_yes(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "cancel", FIRST)
    assert said.code == 1
    assert EFFECT in said.out and "This drops for good" in said.out
    assert "--yes" in said.err
    assert office.post().state is PostState.SCHEDULED


@pytest.mark.parametrize(
    ("way", "reason", "mend"),
    [
        ("sending", "is sending", "Wait for its outcome"),
        ("parked", "is parked", "marketing effects resolve"),
        ("published", "cannot go from published", "it is final"),
    ],
)
def test_cancel_refuses(office: Office, run: Run, way: str, reason: str, mend: str) -> None:
    getattr(office, way)()
    before = office.post()
    said = run("posts", "cancel", FIRST, "--yes")
    assert said.code == 1
    assert reason in said.err and mend in said.err
    assert office.post() == before


@pytest.mark.parametrize("way", ["sending", "parked", "published"])
def test_hold_comes_too_late(office: Office, run: Run, way: str) -> None:
    getattr(office, way)()
    said = run("posts", "hold", FIRST)
    assert said.code == 1
    assert "can no longer be held" in said.err and "marketing effects list" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("hold", "nothing"),
        ("release", "nothing"),
        ("reschedule", "nothing", "--at", "2026-11-25T18:30"),
        ("retry", "nothing", "--yes"),
        ("cancel", "nothing", "--yes"),
        ("edit", "nothing", "--note", "x", "--caption", "y"),
    ],
)
def test_an_unknown_post_is_refused(office: Office, run: Run, words: tuple[str, ...]) -> None:
    said = run("posts", *words)
    assert said.code == 1
    assert "There is no post nothing." in said.err and "marketing posts list" in said.err


def test_an_hour_that_a_clock_change_skips_moves_on(office: Office, run: Run) -> None:
    office.planned()
    assert run("posts", "reschedule", FIRST, "--at", "2027-03-28T01:30").code == 0
    assert office.post().scheduled_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
