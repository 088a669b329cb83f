"""`marketing posts edit`: a person's words, held against the rules, and decided about anew."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.cli import main
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline.store.variations import get_variation
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import EFFECT, FIRST, SECOND, Office, write_brand

CAPTION = "Listen to the kettle. It knows when the leaf is ready, and so will you."
NOTE = ("--note", "calmer")


def wording_of(office: Office) -> CopyVariation:
    """The words that the post goes out with."""
    chosen = office.post().chosen_variation
    assert chosen is not None
    return get_variation(office.work.database, chosen).wording


def test_an_edit_replaces_what_waits_and_policy_lets_it_pass(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE)
    assert said.code == 0, said.err
    post, newest = office.post(), office.newest_effect()
    assert post.chosen_variation == f"{FIRST}-r2-v1"
    assert post.chosen_variation is not None
    variation = get_variation(office.work.database, post.chosen_variation)
    assert (variation.author, variation.choice_reason) == ("ana", "calmer")
    assert variation.wording.hook_line == CAPTION
    assert office.effect(EFFECT).state is EffectState.SUPERSEDED
    assert (newest.state, newest.payload.caption) == (EffectState.QUEUED, f"{CAPTION}\n\n#tearoom")
    assert newest.due_at == office.effect(EFFECT).due_at
    assert (post.state, post.held) == (PostState.SCHEDULED, False)


def test_an_edit_of_what_waits_for_a_person_asks_again(office: Office, run: Run) -> None:
    office.awaiting()
    assert run("posts", "edit", FIRST, "--alt-text", "A brown pot, and steam above it", *NOTE).code == 0
    newest = office.newest_effect()
    assert (newest.state, newest.approval) == (EffectState.AWAITING_APPROVAL, f"{FIRST}-a2")
    assert newest.payload.alt_text == "A brown pot, and steam above it"
    assert office.post().state is PostState.NEEDS_HUMAN


def test_an_edit_that_becomes_risky_asks_a_person(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "edit", FIRST, "--caption", f"{CAPTION} This is your last chance.", *NOTE)
    assert said.code == 0
    assert "last chance" in said.out
    assert office.post().state is PostState.NEEDS_HUMAN


def test_hashtags_are_replaced_and_the_rest_stays(office: Office, run: Run) -> None:
    office.designed()
    before = wording_of(office)
    assert run("posts", "edit", FIRST, "--hashtags", "#tearoom, #garden", *NOTE).code == 0
    after = wording_of(office)
    assert after.hashtags == ("#tearoom", "#garden")
    assert (after.caption, after.alt_text, after.hook_line) == (before.caption, before.alt_text, before.hook_line)
    assert office.post().state is PostState.DESIGNED


@pytest.mark.parametrize(
    ("way", "again"),
    [
        ("failed", ("retry", FIRST, "--yes")),
        ("missed", ("retry", FIRST, "--yes")),
        ("missed", ("reschedule", FIRST, "--at", "2026-11-20T18:30")),
    ],
)
def test_a_post_edited_after_it_left_the_queue_goes_back_with_the_new_words(
    office: Office, run: Run, way: str, again: tuple[str, ...]
) -> None:
    getattr(office, way)()
    assert run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE).code == 0
    assert office.newest_effect().id == EFFECT
    assert run("posts", *again).code == 0
    assert office.newest_effect().payload.caption == f"{CAPTION}\n\n#tearoom"


def test_saying_the_same_again_changes_nothing(office: Office, run: Run) -> None:
    office.queued()
    run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE)
    before = office.post()
    said = run("posts", "edit", FIRST, "--caption", CAPTION, "--note", "once more")
    assert (said.code, "says that already" in said.out) == (0, True)
    assert office.post() == before


def test_nothing_can_go_out_between_the_steps_of_an_edit(office: Office, run: Run) -> None:
    office.queued()
    with office.work.database.read() as connection:
        before = connection.scalar(select(func.max(audit_log.c.sequence)))
    assert run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE).code == 0
    with office.work.database.read() as connection:
        after = select(audit_log.c.action).where(audit_log.c.sequence > before).order_by(audit_log.c.sequence)
        actions = [action for action in connection.scalars(after) if not action.startswith("example.")]
    assert (actions[0], actions[-1]) == ("post.held", "post.released")
    assert {"post.changed", "effect.superseded", "effect.queued"} <= set(actions[1:-1])


def test_an_edit_that_breaks_off_lets_the_post_go(office: Office, run: Run) -> None:
    office.queued()
    stop = "CREATE TRIGGER stop BEFORE INSERT ON post_variations BEGIN SELECT RAISE(ABORT, 'stop'); END"
    with office.work.database.write() as connection:
        connection.execute(text(stop))
    with pytest.raises(IntegrityError):
        main(["posts", "edit", FIRST, "--caption", CAPTION, *NOTE])
    assert office.post().held is False


def test_the_caption_of_another_post_is_refused_with_its_id(office: Office, run: Run) -> None:
    office.queued()
    office.queued(SECOND)
    assert run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE).code == 0
    before = office.post(SECOND)
    refused = run("posts", "edit", SECOND, "--caption", CAPTION.upper().replace(" ", "  "), *NOTE)
    assert refused.code == 1
    assert f"caption: it is word for word that of the post {FIRST}" in refused.err
    assert office.post(SECOND) == before
    assert run("posts", "cancel", FIRST, "--note", "another says it", "--yes").code == 0
    assert run("posts", "edit", SECOND, "--caption", CAPTION, *NOTE).code == 0


def test_other_words_of_a_post_may_change_beside_a_caption_that_two_have_already(office: Office, run: Run) -> None:
    office.queued()
    office.queued(SECOND)
    assert run("posts", "edit", SECOND, "--hashtags", "#tearoom, #garden", *NOTE).code == 0


def test_a_post_that_a_person_holds_stays_held(office: Office, run: Run) -> None:
    office.queued()
    office.work.posts.hold(FIRST, actor="bob", reason="wait")
    assert run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE).code == 0
    assert (office.post().held, office.post().held_reason) == (True, "wait")


@pytest.mark.parametrize(
    ("words", "reasons"),
    [
        (("--caption", "Too short"), ["caption: String should have at least 40 characters"]),
        (("--caption", f"{CAPTION} It is cheap."), ["caption: 'cheap' is on the brand's list of banned words"]),
        (("--caption", f"{CAPTION} Now £9."), ["caption: 9 is no price on the product list"]),
        (("--caption", f"{CAPTION} https://other.example/x"), ["does not lead to tea.example"]),
        (("--caption", f"{CAPTION} #now"), ["hashtags belong in their own field"]),
        (("--caption", f"{CAPTION} \u202e"), ["invisible character [U+202E]"]),
        (("--caption", "x" * 2300), ["caption: String should have at most 2200 characters"]),
        (("--hashtags", "#garden"), ["#tearoom belongs under every post"]),
        (("--hashtags", ""), ["#tearoom belongs under every post"]),
        (("--hashtags", "#tearoom garden"), ["'garden' is no hashtag"]),
        (("--hashtags", "#tearoom #a1 #b1 #c1 #d1 #e1"), ["6 hashtags; at most 5"]),
        (("--alt-text", "A pot"), ["alt_text: String should have at least 15 characters"]),
        (
            ("--caption", f"{CAPTION} cheap", "--alt-text", "A cheap pot of tea"),
            ["caption: 'cheap'", "alt_text: 'cheap'"],
        ),
    ],
)
def test_words_off_the_rules_are_refused(office: Office, run: Run, words: tuple[str, ...], reasons: list[str]) -> None:
    office.queued()
    before = office.post()
    said = run("posts", "edit", FIRST, *words, *NOTE)
    assert said.code == 1
    for reason in reasons:
        assert reason in said.words
    assert "Mend what is named; nothing was changed." in said.words
    assert (office.post(), office.newest_effect().id) == (before, EFFECT)


@pytest.mark.parametrize(
    ("way", "words", "code", "reason"),
    [
        ("planned", ("--caption", CAPTION, *NOTE), 1, "has no words yet"),
        ("sending", ("--caption", CAPTION, *NOTE), 1, "is publishing and can no longer be changed"),
        ("parked", ("--caption", CAPTION, *NOTE), 1, "is parked and can no longer be changed"),
        ("published", ("--caption", CAPTION, *NOTE), 1, "is published and can no longer be changed"),
        ("queued", NOTE, 2, "Name what to change"),
        ("queued", ("--caption", CAPTION), 2, "Missing option '--note'"),
    ],
)
def test_edit_refuses(office: Office, run: Run, way: str, words: tuple[str, ...], code: int, reason: str) -> None:
    getattr(office, way)()
    before = office.post()
    said = run("posts", "edit", FIRST, *words)
    assert (said.code, reason in said.words) == (code, True)
    assert office.post() == before


def test_a_broken_brand_file_stops_an_edit_and_names_the_line(office: Office, run: Run) -> None:
    office.queued()
    write_brand(office.work.settings.brands, currency="pounds")
    said = run("posts", "edit", FIRST, "--caption", CAPTION, *NOTE)
    assert said.code == 1
    assert "brand.yaml:1: currency" in said.err


def test_the_first_line_of_a_long_caption_is_cut_between_words(office: Office, run: Run) -> None:
    office.designed()
    caption = "word " * 40 + "end."
    assert run("posts", "edit", FIRST, "--caption", caption, *NOTE).code == 0
    wording = wording_of(office)
    assert len(wording.hook_line) <= 125
    assert wording.hook_line.endswith("word")
