"""What people do to a post by a form: what becomes of it, and what is refused."""

import pytest

from marketing_pipeline.console.markup import rendered
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.person import Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.variations import variations_of
from marketing_pipeline_tests.cli.office import FIRST, Office
from marketing_pipeline_tests.console.browser import ORIGIN, Site
from marketing_pipeline_tests.console.post_forms import CAPTION, HOSTILE, URL, WORDS, acts, seen


def test_holding_and_releasing(site: Site, office: Office) -> None:
    office.queued()
    page = site.submit(f"{URL}/hold", **seen(office, note="ask the <b>framer</b>"))
    assert "is held" in page and "ask the &lt;b&gt;framer&lt;/b&gt;" in page
    assert office.post().held and acts(page) >= {"release"} and "hold" not in acts(page)
    page = site.submit(f"{URL}/release", **seen(office))
    assert "is no longer held" in page and not office.post().held


def test_moving_it(site: Site, office: Office) -> None:
    office.queued()
    page = site.submit(f"{URL}/reschedule", **seen(office, at="2026-11-20T09:15"))
    assert "goes out Fri 20 Nov, 09:15 GMT" in page
    assert office.newest_effect().due_at == office.post().scheduled_at


def test_other_words(site: Site, office: Office) -> None:
    office.queued()
    page = site.submit(f"{URL}/edit", **seen(office, **WORDS))
    assert "has your words" in page and "by ann" in page
    (variation,) = variations_of(office.work.database, FIRST)
    assert variation.wording.caption == CAPTION and variation.wording.hashtags == ("#tearoom", "#assam")
    assert variation.author == "ann" and office.newest_effect().payload.caption.startswith(CAPTION)
    page = site.submit(f"{URL}/edit", **seen(office, **WORDS))
    assert "nothing was changed" in page


def test_words_that_break_the_rules_come_back_with_every_problem(site: Site, office: Office) -> None:
    office.queued()
    before = office.post()
    typed = {
        "caption": f"Cheap tea at https://evil.example from @somebody for £3.99 {HOSTILE}",
        "hashtags": "#one #two",
        "alt_text": "A pot of tea, no more than that",
        "note": "louder <b>please</b>",
    }
    page = site.submit(f"{URL}/edit", status=400, **seen(office, **typed))
    for problem in ("cheap", "evil.example", "@somebody", "3.99", "#tearoom belongs under every post"):
        assert problem in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page
    assert 'value="#one #two"' in page and "louder &lt;b&gt;please&lt;/b&gt;" in page, "nothing typed is lost"
    assert office.post() == before


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("hold", {"note": "x" * 2001}),
        ("hold", {"note": "bell \x07"}),
        ("cancel", {"note": "x" * 2001}),
        ("redesign", {"note": ""}),
        ("redesign", {"note": "y" * 5000}),
        ("edit", {**WORDS, "note": "z" * 2001}),
        ("edit", {**WORDS, "caption": "w" * 100_000}),
        ("edit", {**WORDS, "caption": ""}),
        ("edit", {**WORDS, "alt_text": "\x9f" * 20}),
        ("choose", {"variation": "nothing"}),
        ("choose", {"variation": ""}),
        ("retry", {}),
        ("settle", {"finding": "perhaps", "note": "seen"}),
        ("settle", {"finding": "live", "note": ""}),
        ("reschedule", {"at": "\u202e2026"}),
        ("reschedule", {"at": "9999-12-31T23:59"}),
        ("reschedule", {"at": "0001-01-01T00:00"}),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_and_changes_nothing(
    site: Site, office: Office, act: str, fields: dict[str, str]
) -> None:
    office.queued()
    before, effect = office.post(), office.effect()
    answer = site.client.post(
        f"{URL}/{act}", data={"csrf": site.csrf(), **seen(office, **fields)}, headers={"origin": ORIGIN}
    )
    assert answer.status_code in (400, 404), answer.text
    assert 'role="alert"' in answer.text
    assert (office.post(), office.effect()) == (before, effect)


@pytest.mark.parametrize("body", ["note=%ff%fe&revision=1", "note=%00&revision=1", "note=%ed%a0%80&revision=1"])
def test_broken_unicode_is_refused(site: Site, office: Office, body: str) -> None:
    office.queued()
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    answer = site.client.post(f"{URL}/hold", content=f"{body}&csrf={site.csrf()}", headers=kind)
    assert answer.status_code == 400 and "not readable text" in answer.text and not office.post().held


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("hold", {}),
        ("reschedule", {"at": "2026-11-20T09:15"}),
        ("cancel", {}),
        ("edit", WORDS),
        ("choose", {"variation": f"{FIRST}-r1-v2"}),
        ("redesign", {"note": "a darker wall"}),
    ],
)
def test_a_stale_page_does_nothing_and_keeps_what_was_typed(
    site: Site, office: Office, act: str, fields: dict[str, str]
) -> None:
    office.queued()
    old = seen(office, **fields)
    office.work.posts.hold(FIRST, actor="ben", reason="ben was first")
    before = office.post()
    page = site.submit(f"{URL}/{act}", status=409, **old)
    assert "Somebody has changed this post since your page was loaded" in page and "ben was first" in page
    assert fields.get("caption", "") in page
    assert office.post() == before
    site.submit(f"{URL}/{act}", **seen(office, **fields))
    assert office.post() != before, "with the page as it is now it can be done"


@pytest.mark.parametrize("revision", ["", "x", "-1", "1" * 400, "¹"])
def test_a_form_without_a_revision_does_nothing(site: Site, office: Office, revision: str) -> None:
    office.queued()
    assert "Load the page again" in site.submit(f"{URL}/hold", status=400, revision=revision)
    assert not office.post().held


def test_another_wording_and_another_picture(site: Site, office: Office) -> None:
    office.queued()
    site.submit(f"{URL}/choose", **seen(office, variation=f"{FIRST}-r1-v2"))
    assert office.post().chosen_variation == f"{FIRST}-r1-v2"
    assert "Why is the pot warm?" in office.newest_effect().payload.caption
    page = site.submit(f"{URL}/redesign", **seen(office, note="a darker <wall>"))
    assert "gets a new picture" in page and "a darker &lt;wall&gt;" in page
    assert office.post().state is PostState.DRAFTED and office.post().design_note == "a darker <wall>"


def test_cancelling_and_trying_again(site: Site, office: Office) -> None:
    office.missed()
    site.submit(f"{URL}/retry", **seen(office))
    assert office.post().state is PostState.SCHEDULED and office.newest_effect().due_at == office.now
    page = site.submit(f"{URL}/cancel", **seen(office, note="the offer has ended"))
    assert "is cancelled" in page and office.post().state is PostState.CANCELLED and acts(page) == set()


@pytest.mark.parametrize(
    ("finding", "state", "effect"),
    [
        ("live", PostState.PUBLISHED, EffectState.SUCCEEDED),
        ("not_live", PostState.SCHEDULED, EffectState.QUEUED),
        ("drop", PostState.CANCELLED, EffectState.CANCELLED),
    ],
)
def test_a_persons_word_settles_what_is_parked(
    site: Site, office: Office, finding: str, state: PostState, effect: EffectState
) -> None:
    office.parked()
    with site.as_(Role.EDITOR) as editor:
        assert acts(editor.page(URL)) == set()
        editor.submit(f"{URL}/settle", status=403, finding=finding, note="looked at the app")
    assert "How you know" in site.page(URL)
    site.submit(f"{URL}/settle", finding=finding, note="looked at the app", media_id="1790009")
    assert office.post().state is state and office.effect().state is effect
    assert office.post().media_id == ("1790009" if finding == "live" else None)
    site.submit(f"{URL}/settle", status=409, finding=finding, note="once more")


def test_a_viewer_is_refused_whatever_they_send(site: Site, office: Office) -> None:
    office.queued()
    before = office.post()
    with site.as_(Role.VIEWER) as viewer:
        page = viewer.page(URL)
        assert "What you can do" not in page and "Let this one go out" not in page and 'action="/posts' not in page
        for act in ("hold", "release", "reschedule", "retry", "cancel", "edit", "choose", "redesign", "settle"):
            fields = seen(office, at="2026-11-20T09:15", finding="live", variation=f"{FIRST}-r1-v2", **WORDS)
            assert "may not" in viewer.submit(f"{URL}/{act}", status=403, **fields)
    assert office.post() == before


def test_characters_that_turn_a_text_round_are_written_out(site: Site, office: Office) -> None:
    """A reader must not see `100` where `001` is written; what is meant to be joined stays as it is."""
    office.queued()
    page = site.submit(f"{URL}/hold", **seen(office, note="spend \u202e001\u202c 👩\u200d💻 שלום"))
    assert "spend [U+202E]001[U+202C] 👩\u200d💻 שלום" in page and "\u202e" not in page
    assert "\u202e" not in site.page("/activity") and "\u202e" in str(office.post().held_reason)
    assert "[U+202E]" in rendered("\u202e001")
