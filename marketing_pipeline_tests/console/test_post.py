"""A post's page: what it shows of each state, and to whom."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.person import Role
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, Office, write_brand
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room
from marketing_pipeline_tests.console.post_forms import CAPTION, HOSTILE, URL, WORDS, acts, seen


def test_a_post_with_all_that_belongs_to_it(site: Site, office: Office) -> None:
    office.awaiting()
    page = site.page(URL)
    assert "Topic 1 of the week" in page and "Goes out <strong>Tue 17 Nov, 18:30 GMT" in page
    assert f'href="/approvals/{REQUEST}"' in page and "Approve or reject" in page
    assert "below the bar" in page and "What a revision was asked to mend" in page
    assert "contrast" in page and "7.10" in page and "4.50" in page and "1 of 1 checks passed" in page
    assert "legibility was weighed" in page and "sandbox-evaluator" in page
    assert page.count("Let this one go out") == 2 and page.count("goes out</span>") == 2
    assert "It is the shortest of the three" in page and "Begins with another question" in page
    assert 'href="/posts/tea_room-2026-11-16-01/trace"' in page
    for factor in ("pillar", "format", "hook", "slot"):
        assert f"/performance/evidence?brand=tea_room&amp;factor={factor}&amp;level=" in page
    assert page.count('&amp;week=2026-11-16">') >= 4, "as it was known when the week was planned"


def test_the_preview_cuts_the_caption_and_shows_the_crop(site: Site, office: Office) -> None:
    office.queued()
    page = site.page(URL)
    assert "<strong>tearoom</strong>" in page and "-640.jpg" in page and 'class="own"' in page
    assert "… more" not in page, "it is short enough"
    site.submit(f"{URL}/edit", **seen(office, **{**WORDS, "caption": f"{CAPTION} {'And more of it. ' * 10}"}))
    assert "… more" in site.page(URL)


@pytest.mark.parametrize(
    ("bring", "offered"),
    [
        ("planned", {"hold", "reschedule", "cancel"}),
        ("queued", {"hold", "reschedule", "cancel", "edit", "choose", "redesign"}),
        ("awaiting", {"hold", "reschedule", "cancel", "edit", "choose", "redesign"}),
        ("claimed", set[str]()),
        ("parked", {"settle"}),
        ("failed", {"hold", "reschedule", "cancel", "edit", "choose", "redesign", "retry"}),
        ("missed", {"hold", "reschedule", "cancel", "edit", "choose", "redesign", "retry"}),
        ("published", set[str]()),
    ],
)
def test_each_state_offers_what_can_be_done_in_it(site: Site, office: Office, bring: str, offered: set[str]) -> None:
    getattr(office, bring)()
    assert acts(site.page(URL)) == offered
    with site.as_(Role.VIEWER) as viewer:
        assert acts(viewer.page(URL)) == set()


def test_somebody_of_another_brand_sees_and_does_nothing(site: Site, office: Office, brands: Path) -> None:
    office.queued()
    open_other_room(brands)
    with site.as_(Role.ADMIN, "otto", frozenset({OTHER})) as other:
        for path in (URL, f"{URL}/trace"):
            page = other.page(path, status=403)
            assert "Topic 1 of the week" not in page
        assert "Topic 1 of the week" not in other.submit(f"{URL}/hold", status=403, revision="1")
    assert not office.post().held


@pytest.mark.parametrize("name", ["nothing", "x" * 200, "a%00b", "..%2f..", "%3Cscript%3E"])
def test_a_post_that_there_is_not(site: Site, name: str) -> None:
    for path in (f"/posts/{name}", f"/posts/{name}/trace"):
        answer = site.client.get(path)
        assert answer.status_code in (400, 404) and "<script>alert" not in answer.text


def test_hostile_words_of_agents_are_text(site: Site, office: Office) -> None:
    office.queued()
    office.work.posts.change(FIRST, revision=office.post().revision, actor="test", reason=HOSTILE, note=HOSTILE)
    for path in (URL, f"{URL}/trace"):
        page = site.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in site.page(URL) and "{{ 7 * 7 }}" in site.page(URL)


def test_what_came_of_it_as_charts_with_tables_and_the_address(site: Site, office: Office) -> None:
    office.published()
    page = site.page(URL)
    assert "It is live." in page and 'href="https://instagram.example/p/1"' in page
    assert "Seen" in page and "321" in page and "insight_snapshots" in page and "charts.js" in page
    assert "succeeded" in page and "call 1" in page


def test_an_address_that_is_none_is_no_link(site: Site, office: Office) -> None:
    effect = office.published()
    office.work.plane.ledger.note_permalink(effect, "javascript:alert(1)")
    assert "javascript:" not in site.page(URL)


def test_its_trace(site: Site, office: Office) -> None:
    office.published()
    page = site.page(f"{URL}/trace")
    assert page.index("wording 1 of round 1") < page.index("insights at 1h")
    assert "attempt 1 of round 1: meets the bar" in page and "post.published" in page
    only = site.page(f"{URL}/trace", kind="insight")
    assert "insights at 1h" in only and "wording 1 of round 1" not in only
    assert "wording 1 of round 1" in site.page(f"{URL}/trace", kind="nonsense")


def test_a_brand_that_cannot_be_read_shows_its_posts_and_offers_nothing(
    site: Site, office: Office, brands: Path
) -> None:
    office.queued()
    write_brand(brands, time_zone="Nowhere/Atall")
    page = site.page(URL)
    assert "cannot be read" in page and acts(page) == set() and "18:30 UTC" in page
    site.submit(f"{URL}/reschedule", status=400, **seen(office, at="2026-11-20T09:15"))
    assert "Nowhere/Atall" in site.page("/") and office.post().scheduled_at < office.now + timedelta(days=3)
