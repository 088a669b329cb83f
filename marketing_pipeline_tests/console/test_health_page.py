"""Health in the browser: what was found, and alerts that are taken on or muted."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.alert import AlertKind, AlertState, Finding
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline.domain.person import Role
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.console.browser import Site

TITLE = "A post <b>was missed</b>"


def alert(office: Office, brand: BrandId | None = BRAND) -> AlertId:
    """One alert that stands."""
    finding = Finding(
        kind=AlertKind.POST_MISSED, brand=brand, subject="it", title=TITLE, detail="at nine", mend="Move it."
    )
    office.work.health.alerts.settle([finding], (AlertKind.POST_MISSED,))
    return finding.alert_id


def test_nothing_is_the_matter(site: Site) -> None:
    html = site.page("/health")
    assert "No alert stands" in html and "No call failed" in html and "Nobody has looked lately" in html


def test_alerts_are_shown_with_their_mend(office: Office, site: Site) -> None:
    alert(office)
    html = site.page("/health")
    assert "A post &lt;b&gt;was missed" in html and "Move it." in html and "at nine" in html


def test_an_alert_is_taken_on_once(office: Office, site: Site) -> None:
    name = alert(office)
    assert "You have taken on" in site.submit(f"/health/alerts/{name}/acknowledge", note="mine")
    found = office.work.health.alerts.get(name)
    assert (found.state, found.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    assert "already by ann" in site.submit(f"/health/alerts/{name}/acknowledge", status=409, note="")
    assert "alert.acknowledged" in site.page("/activity", actor="ann") and "mine" in site.page("/activity", actor="ann")


def test_alerts_are_muted_for_a_term_and_again_told(office: Office, site: Site) -> None:
    alert(office)
    form: dict[str, Any] = {"kind": "post_missed", "brand": "tea_room", "subject": "it", "hours": "24", "note": "known"}
    assert "Muted for 1 day" in site.submit("/health/mutes", **form)
    [(number, mute)] = office.work.health.mutes.in_force().items()
    assert (mute.until - mute.since, mute.actor, mute.note) == (timedelta(days=1), "ann", "known")
    assert "known" in site.page("/health")
    site.submit(f"/health/mutes/{number}/end")
    assert not office.work.health.mutes.in_force()
    html = site.page("/activity", actor="ann")
    assert "alert.muted" in html and "alert.unmuted" in html
    for other in (number, 2**63, "9" * 5_000, "-1", "%C2%B2", "x"):
        site.submit(f"/health/mutes/{other}/end", status=404)


@pytest.mark.parametrize(
    "form",
    [
        {"hours": "9999"},
        {"hours": "1", "kind": "all"},
        {"hours": "1", "brand": "nobody"},
        {},
        {"hours": "1", "subject": "x" * 200},
    ],
)
def test_a_mute_that_cannot_be_read_mutes_nothing(office: Office, site: Site, form: dict[str, Any]) -> None:
    site.submit("/health/mutes", status=400, **form)
    assert not office.work.health.mutes.in_force()


def test_a_viewer_changes_nothing(office: Office, site: Site) -> None:
    name = alert(office)
    with site.as_(Role.VIEWER) as viewer:
        assert "Take it on" not in viewer.page("/health")
        viewer.submit(f"/health/alerts/{name}/acknowledge", status=403, note="")
        viewer.submit("/health/mutes", status=403, hours="1")
        viewer.submit("/health/mutes/1/end", status=403)
    assert office.work.health.alerts.get(name).state is AlertState.OPEN


def test_who_sees_some_brands_mutes_no_others(office: Office, site: Site) -> None:
    name = alert(office, None)
    with site.as_(Role.EDITOR, "dora", frozenset({BRAND})) as dora:
        html = dora.page("/health")
        assert "was missed" not in html and "Nobody has looked lately" not in html
        dora.submit(f"/health/alerts/{name}/acknowledge", status=403, note="")
        dora.submit("/health/mutes", status=403, hours="1")
        assert "Muted" in dora.submit("/health/mutes", hours="1", brand="tea_room")


def test_a_giant_note_is_refused(office: Office, site: Site) -> None:
    name = alert(office)
    site.submit(f"/health/alerts/{name}/acknowledge", status=400, note="n" * 3_000)
    assert office.work.health.alerts.get(name).state is AlertState.OPEN


def test_failed_calls_are_listed(office: Office, site: Site) -> None:
    office.failed()
    html = site.page("/health")
    assert "the picture is too wide" in html and "refused" in html


def test_many_alerts_come_in_pages(office: Office, site: Site) -> None:
    kind = AlertKind.POST_MISSED
    found = [Finding(kind=kind, brand=BRAND, subject=f"{number:03d}", title=f"It {number:03d}") for number in range(60)]
    office.work.health.alerts.settle(found, (kind,))
    first, second = site.page("/health"), site.page("/health", page="2")
    shown = [{each.title for each in found if each.title in html} for html in (first, second)]
    assert [len(each) for each in shown] == [50, 10] and not shown[0] & shown[1]
    assert "/health?page=2" in first and "/health?page=1" in second and "page=3" not in second
    assert "No further alert stands" in site.page("/health", page="3")
