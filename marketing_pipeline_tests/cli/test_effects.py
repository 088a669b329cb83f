"""`marketing effects`: the ledger as it is shown, and a person's word on what could not be proved."""

from datetime import UTC, datetime

import pytest

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.keyboard import Keyboard
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, SECOND, Office

LISTED = {"id", "kind", "subject", "state", "attempts", "brand", "state_reason", "due_at"}
SEEN = ("--note", "seen in the app", "--yes")


def test_the_list_has_exactly_the_promised_keys(office: Office, run: Run) -> None:
    office.published()
    said = run("effects", "list", "--json")
    assert (said.code, [set(effect) for effect in said.json]) == (0, [LISTED])
    [listed] = said.json
    promised = {"id": EFFECT, "kind": "publish_post", "subject": FIRST, "state": "succeeded", "attempts": 1}
    assert listed == {**listed, **promised, "brand": "tea_room"}


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), [EFFECT, f"{SECOND}-e1"]),
        (("--brand", BRAND), [EFFECT, f"{SECOND}-e1"]),
        (("--state", "queued"), [EFFECT]),
        (("--state", "queued", "--state", "awaiting_approval"), [EFFECT, f"{SECOND}-e1"]),
        (("--post", SECOND), [f"{SECOND}-e1"]),
        (("--limit", "1"), [f"{SECOND}-e1"]),
    ],
)
def test_the_list_is_narrowed(office: Office, run: Run, words: tuple[str, ...], listed: list[str]) -> None:
    office.queued()
    office.awaiting(SECOND)
    assert [effect["id"] for effect in run("effects", "list", "--json", *words).json] == listed


def test_a_list_that_was_cut_says_so(office: Office, run: Run) -> None:
    office.queued()
    office.awaiting(SECOND)
    assert "raise --limit" in run("effects", "list", "--limit", "1").err
    assert run("effects", "list").err == ""


def test_an_empty_list_says_what_to_do(office: Office, run: Run) -> None:
    said = run("effects", "list")
    assert (said.code, "marketing run week" in said.out) == (0, True)


def test_show_has_the_calls(office: Office, run: Run) -> None:
    office.parked()
    told = run("effects", "show", EFFECT, "--json").json
    assert (told["state"], told["attempts"]) == ("parked", 1)
    assert [(call["number"], call["outcome"], call["detail"]) for call in told["calls"]] == [(1, "unknown", "no reply")]
    said = run("effects", "show", EFFECT)
    assert "the account cannot be read" in said.out and "no reply" in said.out


def test_show_before_any_call(office: Office, run: Run) -> None:
    office.queued()
    assert "No call was made yet." in run("effects", "show", EFFECT).out


@pytest.mark.parametrize(
    ("words", "effect", "post"),
    [
        (("published", "--media-id", "17900"), EffectState.SUCCEEDED, PostState.PUBLISHED),
        (("published",), EffectState.SUCCEEDED, PostState.PUBLISHED),
        (("not_published",), EffectState.QUEUED, PostState.SCHEDULED),
        (("drop",), EffectState.CANCELLED, PostState.CANCELLED),
    ],
)
def test_a_persons_word_settles_it(
    office: Office, run: Run, words: tuple[str, ...], effect: EffectState, post: PostState
) -> None:
    office.parked()
    said = run("effects", "resolve", EFFECT, "--outcome", *words, *SEEN)
    assert said.code == 0, said.err
    assert (office.effect().state, office.post().state) == (effect, post)
    assert "seen in the app" in office.effect().state_reason
    assert f"{EFFECT} is {effect}" in said.out


def test_the_media_id_and_the_time_are_kept(office: Office, run: Run) -> None:
    office.parked()
    when = ("--media-id", "17900", "--published-at", "2026-11-17T18:10")
    assert run("effects", "resolve", EFFECT, "--outcome", "published", *when, *SEEN).code == 0
    assert (office.post().media_id, office.post().published_at) == (
        "17900",
        datetime(2026, 11, 17, 18, 10, tzinfo=UTC),
    )


def test_resolve_shows_the_effect_and_needs_a_yes(office: Office, run: Run) -> None:
    office.parked()
    said = run("effects", "resolve", EFFECT, "--outcome", "not_published", "--note", "not there")
    assert said.code == 1
    assert "publishes it again now: not there" in said.out and "no reply" in said.out
    assert "--yes" in said.err
    assert office.effect().state is EffectState.PARKED


@pytest.mark.parametrize(("answer", "state"), [("y", EffectState.QUEUED), ("n", EffectState.PARKED)])
def test_a_person_is_asked(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, state: EffectState
) -> None:
    office.parked()
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    run("effects", "resolve", EFFECT, "--outcome", "not_published", "--note", "not there")
    assert office.effect().state is state


@pytest.mark.parametrize(
    ("way", "words", "code", "reason"),
    [
        ("queued", ("--outcome", "published", *SEEN), 1, "is queued. Only what is parked can be resolved"),
        ("sending", ("--outcome", "drop", *SEEN), 1, "is sending. Only what is parked"),
        ("published", ("--outcome", "published", *SEEN), 1, "is succeeded. Only what is parked"),
        ("parked", ("--outcome", "published", "--published-at", "2026-11-17T18:31", *SEEN), 1, "has not come yet"),
        ("parked", ("--outcome", "published", "--published-at", "today", *SEEN), 2, "is no time"),
        ("parked", ("--outcome", "drop", "--media-id", "1", *SEEN), 2, "Only a published post has them"),
        ("parked", ("--outcome", "not_published", "--published-at", "2026-11-17", *SEEN), 2, "Only a published post"),
        ("parked", ("--outcome", "maybe", *SEEN), 2, "'maybe' is not one of"),
        ("parked", SEEN, 2, "Missing option '--outcome'"),
        ("parked", ("--outcome", "published", "--yes"), 2, "Missing option '--note'"),
    ],
)
def test_resolve_refuses(office: Office, run: Run, way: str, words: tuple[str, ...], code: int, reason: str) -> None:
    getattr(office, way)()
    before = office.effect()
    said = run("effects", "resolve", EFFECT, *words)
    assert (said.code, reason in said.words) == (code, True), said
    assert office.effect() == before


@pytest.mark.parametrize("words", [("show", "nothing"), ("resolve", "nothing", "--outcome", "drop", *SEEN)])
def test_an_unknown_effect_is_refused(office: Office, run: Run, words: tuple[str, ...]) -> None:
    said = run("effects", *words)
    assert said.code == 1
    assert "There is no effect nothing." in said.err and "marketing effects list" in said.err
