"""The page that the day begins with: what waits, what goes out next, and the kill switch."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.alert import AlertKind, Finding, Severity
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Role
from marketing_pipeline_tests.cli.conftest import desk
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, SECOND, Office, write_brand
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room
from marketing_pipeline_tests.execution.ad_desk import AdDesk

__all__ = ["desk"]


def alert(office: Office, title: str, severity: Severity, brand: BrandId | None = BRAND) -> None:
    """Raise one more."""
    found = Finding(kind=AlertKind.RUN_FAILED, brand=brand, subject=title, title=title, severity=severity)
    office.work.health.alerts.settle([found], [AlertKind.RUN_FAILED], brand)


def test_an_empty_home_says_so_and_what_to_do(site: Site) -> None:
    page = site.page("/")
    assert "Nothing waits for you" in page
    assert "Nothing is in the queue" in page and "marketing run week" in page
    assert "Nobody has looked yet" in page


def test_what_waits_is_told_with_when_it_lapses_and_leads_to_where_it_is_decided(site: Site, office: Office) -> None:
    office.awaiting()
    page = site.page("/")
    assert "below the bar" in page and "Topic 1 of the week" in page
    assert f'href="/approvals/{REQUEST}"' in page
    assert "Its slot is Tue 17 Nov, 18:30 GMT" in page
    office.parked(SECOND)
    page = site.page("/")
    assert page.index("the account cannot be read") < page.index("below the bar"), "what is parked comes first"
    assert f'href="/posts/{SECOND}"' in page


def test_what_cannot_wait_comes_first_and_other_peoples_brands_not_at_all(
    site: Site, office: Office, brands: Path
) -> None:
    office.awaiting()
    alert(office, "The disk is nearly full", Severity.WARNING, None)
    assert site.page("/").index("below the bar") < site.page("/").index("The disk is nearly full")
    alert(office, "The token is refused", Severity.CRITICAL)
    page = site.page("/")
    assert page.index("The token is refused") < page.index("below the bar") < page.index("The disk is nearly full")
    open_other_room(brands)
    with site.as_(Role.ADMIN, "otto", frozenset({OTHER})) as other:
        page = other.page("/")
        assert "Topic 1 of the week" not in page and "The token is refused" not in page
        assert "The disk is nearly full" not in page, "what is of no brand may tell of any"
        other.page("/", brand=BRAND, status=404)


def test_ad_changes_wait_in_words(site: Site, desk: AdDesk) -> None:
    change = desk.propose()
    page = site.page("/")
    assert (
        "approve an ad change" in page
        and f'href="/approvals/{desk.request_of(change)}"' in page
        and change.label in page
    )


def test_missed_failed_and_unmade_posts_wait_too(site: Site, office: Office) -> None:
    office.missed()
    page = site.page("/")
    assert '<span class="badge bad">missed</span>' in page and f'href="/posts/{FIRST}"' in page
    office.step_to(office.post(SECOND).scheduled_at + timedelta(minutes=1))
    assert "not made in time" in site.page("/")


def test_what_goes_out_next_with_its_time_in_the_brands_zone_and_what_keeps_it(
    site: Site, office: Office, brands: Path
) -> None:
    office.queued()
    write_brand(brands, time_zone="America/New_York")
    page = site.page("/")
    assert "Tue 17 Nov, 13:30 EST" in page and f'href="/posts/{FIRST}"' in page and "-96.jpg" in page
    office.work.posts.hold(FIRST, actor="ana", reason="ask the framer <b>first</b>")
    page = site.page("/")
    assert '<span class="badge warn">held</span>' in page and "ask the framer &lt;b&gt;first&lt;/b&gt;" in page


def test_pausing_and_resuming_a_brand(site: Site, office: Office) -> None:
    office.queued()
    page = site.submit("/pause", scope=BRAND, channel="instagram", note="wrong <prices>")
    assert "tea_room on instagram paused by ann (wrong &lt;prices&gt;)" in page
    assert '<span class="badge bad">paused</span>' in page
    with office.work.database.read() as connection:
        (hold,) = office.work.holds.active(connection)
    assert (hold.brand, hold.channel, hold.actor) == (BRAND, "instagram", "ann")
    page = site.submit("/resume", scope=BRAND, channel="instagram")
    assert "tea_room goes on" in page and "paused by" not in page
    with office.work.database.read() as connection:
        assert not office.work.holds.active(connection)
    assert "Nothing is paused in exactly this way" in site.submit("/resume", status=400, scope=BRAND)


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.VIEWER, BRAND, 403),
        (Role.EDITOR, BRAND, 403),
        (Role.APPROVER, BRAND, 200),
        (Role.APPROVER, "", 403),
        (Role.ADMIN, "", 200),
    ],
)
def test_who_may_pause_what(site: Site, office: Office, role: Role, scope: str, status: int) -> None:
    with site.as_(role) as other:
        offered = 'action="/pause"' in other.page("/")
        assert offered is (role in (Role.APPROVER, Role.ADMIN))
        other.submit("/pause", status=status, scope=scope)
    with office.work.database.read() as connection:
        assert bool(office.work.holds.active(connection)) is (status == 200)


def test_an_admin_of_some_brands_stops_those_alone(site: Site, office: Office, brands: Path) -> None:
    open_other_room(brands)
    with site.as_(Role.ADMIN, "otto", frozenset({OTHER})) as other:
        assert "may not stop every brand" in other.submit("/pause", status=403, scope="")
        assert "may not see the brand" in other.submit("/pause", status=403, scope=BRAND)
        other.submit("/resume", status=403, scope="")
        other.submit("/pause", scope=OTHER)
    with office.work.database.read() as connection:
        assert [hold.brand for hold in office.work.holds.active(connection)] == [OTHER]


@pytest.mark.parametrize("fields", [{"channel": "fax"}, {"note": "x" * 2001}, {"note": "\x07"}])
def test_a_pause_that_cannot_be_understood_stops_nothing_and_says_so(
    site: Site, office: Office, fields: dict[str, str]
) -> None:
    site.submit("/pause", status=400, scope=BRAND, **fields)
    with office.work.database.read() as connection:
        assert not office.work.holds.active(connection)


def test_the_page_renews_itself_and_keeps_what_is_focused(site: Site, office: Office) -> None:
    office.awaiting()
    page = site.page("/")
    assert 'hx-trigger="every 30s"' in page and 'hx-select="#today"' in page
    renewed = page[page.index('id="today"') : page.index('action="/pause"')]
    assert f'id="waits-{REQUEST}"' in renewed, "htmx gives the focus back by id"
    assert 'name="note"' not in renewed, "what somebody types is not replaced"
