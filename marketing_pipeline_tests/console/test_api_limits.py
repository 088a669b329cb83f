"""The JSON API at its limits: scopes, what is of no brand, moments that nobody lives in, and what is no JSON."""

import pytest

from marketing_pipeline.console.vital_signs import told_to
from marketing_pipeline.domain.alert import AlertKind, Finding
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline_tests.cli.office import BRAND, FIRST, Office
from marketing_pipeline_tests.console.browser import ORIGIN, Site
from marketing_pipeline_tests.console.program import API, program
from marketing_pipeline_tests.fixtures import NOW


@pytest.mark.parametrize("path", ["/posts", f"/posts/{FIRST}", "/brands", "/holds", "/alerts", "/health", "/rules"])
def test_a_token_without_the_scope_reads_nothing(office: Office, site: Site, path: str) -> None:
    office.queued()
    bot = program(site, Permission.EDIT)
    assert "may not read" in bot.get(path, 403, brand=BRAND)["error"]
    assert bot.post(f"/posts/{FIRST}/hold")["held"] is True


def test_what_is_of_no_brand_is_told_to_those_who_see_every_one(office: Office, site: Site) -> None:
    """A finding may name any brand: it is said how things stand, and not about whom."""
    finding = Finding(
        kind=AlertKind.RUN_FAILED,
        brand=None,
        subject="run",
        title="A run of rival_room failed",
        detail="",
        mend="Look.",
    )
    office.work.health.alerts.settle([finding], (AlertKind.RUN_FAILED,))
    whole, part = program(site), program(site, Permission.READ, brands=frozenset({BRAND}))
    assert [alert["title"] for alert in whole.get("/alerts")] == [finding.title] and part.get("/alerts") == []
    told = told_to(
        Person(name="ann", role=Role.ADMIN, source="api", brands=frozenset({BRAND})),
        Health(at=NOW, findings=(bad(Area.QUEUE, "3 posts of rival_room are late", "Look at rival_room."),)),
    )
    assert told.level is Level.BAD and "rival_room" not in told.model_dump_json()
    assert [each["what"] for each in part.get("/health")["findings"]] == [told.findings[0].what]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_the_ends_of_the_calendar_are_no_moments(site: Site, moment: str) -> None:
    bot = program(site, Permission.READ)
    for name in ("since", "until"):
        assert "between the years" in bot.get("/audit", 422, **{name: moment})["problems"][0]


@pytest.mark.parametrize("body", ["[" * 100_000, '{"note": ' + "9" * 6_000 + "}", "no json", b'{"note": "\xff"}'])
def test_what_is_no_json_is_refused_as_described(office: Office, site: Site, body: str | bytes) -> None:
    post = office.queued().subject
    headers = {"origin": ORIGIN, "x-csrf-token": site.csrf(), "content-type": "application/json"}
    answer = site.client.post(f"{API}/posts/{post}/hold", content=body, headers=headers)
    assert answer.status_code in (400, 422) and answer.json()["error"] and answer.json()["mend"]
    assert site.client.get(f"{API}/none").json()["mend"] and not office.post().held
