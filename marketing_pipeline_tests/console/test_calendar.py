"""The calendar: a week by brand, what is in it, and moving a post on it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.person import Role
from marketing_pipeline_tests.cli.office import BRAND, FIRST, SECOND, Office, write_brand
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room

WEEK = "2026-11-16"


def of_calendar(office: Office, **fields: str) -> dict[str, Any]:
    """What the form on a card sends along."""
    return {"to": "calendar", "week": WEEK, "revision": str(office.post().revision), **fields}


def test_a_week_with_its_posts_and_its_empty_slots(site: Site, office: Office) -> None:
    office.queued()
    page = site.page("/calendar", week=WEEK)
    assert "week of 16 Nov 2026" in page
    assert len(re.findall("</strong> empty slot", page)) == 5, "seven slots, two of them used"
    assert f'data-post="{FIRST}" data-time="18:30"' in page and 'draggable="true"' in page
    assert "scheduled" in page and "score 1.00" in page and "garden · portrait" in page
    assert 'data-at="2026-11-16T18:30"' in page
    assert f'href="/posts/{FIRST}"' in page and "-320.jpg" in page


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-19", "2026-11-22"])
def test_any_day_names_its_week(site: Site, day: str) -> None:
    page = site.page("/calendar", week=day)
    assert "week of 16 Nov 2026" in page
    assert "week=2026-11-09" in page and "week=2026-11-23" in page


@pytest.mark.parametrize("week", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "<script>", "2026-W47\n"])
def test_a_week_that_is_none_is_refused_in_words(site: Site, week: str) -> None:
    page = site.page("/calendar", week=week, status=400)
    assert "is no week" in page and "<script>alert" not in page


def test_this_week_is_that_of_the_homes_clock(site: Site, office: Office) -> None:
    office.planned()
    assert "Topic 1 of the week" in site.page("/calendar")
    office.step_to(office.now + timedelta(days=7))
    page = site.page("/calendar")
    assert "week of 23 Nov 2026" in page and "This week has no posts" not in page, "its slots are empty"


def test_late_missed_and_held_posts_are_marked(site: Site, office: Office) -> None:
    office.missed()
    office.work.posts.hold(SECOND, actor="ana", reason="a <i>reason</i>")
    office.step_to(office.post(SECOND).scheduled_at + timedelta(hours=1))
    page = site.page("/calendar", week=WEEK)
    assert '<span class="badge bad">missed</span>' in page
    assert '<span class="badge bad">late</span>' in page
    assert 'title="a &lt;i&gt;reason&lt;/i&gt;"' in page
    assert "nothing went out" in page


def test_a_post_is_moved_by_the_form_in_the_brands_zone(site: Site, office: Office, brands: Path) -> None:
    write_brand(brands, time_zone="America/New_York")
    office.queued()
    fields = of_calendar(office, at="2026-11-20T09:15", note="the shop is closed")
    page = site.submit(f"/posts/{FIRST}/reschedule", **fields)
    assert "goes out Fri 20 Nov, 09:15 EST" in page and "week of 16 Nov 2026" in page, "back on the calendar"
    assert office.post().scheduled_at == datetime(2026, 11, 20, 14, 15, tzinfo=UTC)
    assert office.newest_effect().due_at == office.post().scheduled_at


def test_holding_and_releasing_on_the_calendar(site: Site, office: Office) -> None:
    office.queued()
    page = site.submit(f"/posts/{FIRST}/hold", **of_calendar(office))
    assert "is held" in page and "week of 16 Nov 2026" in page and office.post().held
    page = site.submit(f"/posts/{FIRST}/release", **of_calendar(office))
    assert "no longer held" in page and not office.post().held


@pytest.mark.parametrize(
    ("at", "status", "words"),
    [
        ("2026-11-15T09:00", 400, "has passed"),
        ("soon", 400, "is no day and time"),
        ("2026-11-20", 400, "is no day and time"),
        ("0001-01-01T00:00", 400, "has passed"),
        ("9999-12-31T23:59-14:00", 400, "is no day and time"),
        ("", 400, "is no day and time"),
    ],
)
def test_a_move_that_cannot_be_leaves_the_post_and_shows_the_calendar_with_words(
    site: Site, office: Office, at: str, status: int, words: str
) -> None:
    office.queued()
    before = office.post()
    page = site.submit(f"/posts/{FIRST}/reschedule", status=status, **of_calendar(office, at=at))
    assert words in page and "week of 16 Nov 2026" in page
    assert office.post() == before


def test_a_stale_card_moves_nothing(site: Site, office: Office) -> None:
    office.queued()
    fields = of_calendar(office, at="2026-11-20T09:15")
    office.work.posts.hold(FIRST, actor="ben", reason="ben was first")
    page = site.submit(f"/posts/{FIRST}/reschedule", status=409, **fields)
    assert "Somebody has changed this post since your page was loaded" in page
    assert office.post().scheduled_at == datetime(2026, 11, 17, 18, 30, tzinfo=UTC)


def test_a_viewer_has_nothing_to_drag_or_press(site: Site, office: Office) -> None:
    office.queued()
    with site.as_(Role.VIEWER) as viewer:
        page = viewer.page("/calendar", week=WEEK)
        assert "Topic 1 of the week" in page
        assert "draggable" not in page.replace('draggable="false"', "") and "/reschedule" not in page
        viewer.submit(f"/posts/{FIRST}/reschedule", status=403, **of_calendar(office, at="2026-11-20T09:15"))
        viewer.submit(f"/posts/{FIRST}/hold", status=403, **of_calendar(office))
    assert not office.post().held


def test_all_brands_are_a_list_by_day_each_in_its_own_zone(site: Site, office: Office, brands: Path) -> None:
    office.queued()
    open_other_room(brands)
    write_brand(brands, time_zone="Asia/Tokyo")
    page = site.page("/calendar", week=WEEK)
    assert "Wednesday" in page and "03:30 JST" in page, "18:30 in London is the next day in Tokyo"
    assert f"/calendar?brand={BRAND}&amp;week={WEEK}" in page
    assert "draggable" not in page
    assert "Topic 1 of the week" not in site.page("/calendar", week=WEEK, page="2")
    assert "Topic 1 of the week" not in site.page("/calendar", week=WEEK, brand=OTHER)
    site.page("/calendar", brand="nobody", status=404)
