"""The audit log in the browser: searched, page by page, downloaded, and never beyond one's brands."""

import json
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Role
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, Office
from marketing_pipeline_tests.console.browser import Site


def note(office: Office, count: int = 1, **changes: Any) -> None:
    """Rows of the log."""
    content: dict[str, Any] = {
        "actor": "test",
        "action": "thing.done",
        "subject": "it",
        "brand": BRAND,
        "detail": {},
        **changes,
    }
    with office.work.database.write() as connection:
        for _ in range(count):
            office.work.audit.append(connection, **content)


def test_what_was_done_is_shown_newest_first(office: Office, site: Site) -> None:
    office.awaiting()
    office.work.posts.hold(FIRST, actor="ann", reason="wait")
    html = site.page("/activity", subject=FIRST)
    assert html.index("post.held") < html.index("post.drafted") and "by ann" in html and "wait" in html


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ({}, True),
        ({"actor": "eve"}, True),
        ({"actor": "ev"}, False),
        ({"action": "thing.undone"}, True),
        ({"action": "thing"}, True),
        ({"action": "thin"}, False),
        ({"subject": "it"}, True),
        ({"subject": "other"}, False),
        ({"from": "2026-11-16", "to": "2026-11-16"}, True),
        ({"from": "2026-11-17"}, False),
        ({"to": "2026-11-15"}, False),
        ({"from": "2030-01-01"}, False),
        ({"to": "1999-01-01"}, False),
        ({"brand": "tea_room"}, True),
        ({"below": "1"}, False),
    ],
)
def test_the_log_is_searched(office: Office, site: Site, query: dict[str, Any], there: bool) -> None:
    note(office, actor="eve", action="thing.undone", detail={"reason": "a very telling reason"})
    assert ("a very telling reason" in site.page("/activity", **query)) is there


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"to": "9999-12-31"}, {"below": "-1"}, {"below": "9" * 40}])
def test_what_is_no_day_or_row_is_said(site: Site, query: dict[str, Any]) -> None:
    assert "is no" in site.page("/activity", status=400, **query)


def test_pages_lead_to_every_row_once(office: Office, site: Site) -> None:
    note(office, 250, action="many.done")
    seen: list[str] = []
    html = site.page("/activity", action="many.done")
    while True:
        found = [line.split("</dd>")[0] for line in html.split("<dt>Row</dt><dd>")[1:]]
        assert len(found) <= 100
        seen += found
        if 'rel="next"' not in html:
            break
        html = site.page("/activity", action="many.done", below=found[-1])
    assert len(seen) == len(set(seen)) == 250 and seen == sorted(seen, key=int, reverse=True)


def test_hostile_details_are_words(office: Office, site: Site) -> None:
    note(office, detail={"note": "<img src=x onerror=alert(1)>", "more": {"deep": "</script><b>"}})
    html = site.page("/activity")
    assert "<img src=x" not in html and "</script><b>" not in html and "&lt;img src=x" in html


def test_the_export_is_what_verifies(office: Office, site: Site) -> None:
    office.awaiting()
    answer = site.client.get("/activity/export.jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["mac"] and row["previous_mac"] for row in rows)
    part = site.client.get("/activity/export.jsonl", params={"subject": REQUEST}).text.splitlines()
    assert {json.loads(line)["subject"] for line in part} == {REQUEST}


def test_who_sees_some_brands_sees_their_rows_alone(office: Office, site: Site) -> None:
    office.awaiting()
    note(office, brand=None, detail={"reason": "of nobody's brand"})
    with site.as_(Role.VIEWER, "dora", frozenset({BRAND})) as dora:
        html = dora.page("/activity")
        assert "approval.requested" in html and "of nobody" not in html and "user.added" not in html
        assert "of nobody" not in dora.client.get("/activity/export.jsonl").text
        dora.page("/activity", status=404, brand="another")


def test_a_late_span_is_found_among_many(office: Office, site: Site) -> None:
    note(office, 120, action="early.done")
    office.step_to(office.now + timedelta(days=2))
    note(office, 3, action="late.done")
    since: dict[str, Any] = {"from": "2026-11-18"}
    html = site.page("/activity", **since)
    assert html.count("<strong>late.done</strong>") == 3 and "early.done" not in html
    assert "late.done" not in site.page("/activity", to="2026-11-17")


def test_nothing_found(site: Site) -> None:
    assert "Nothing of that kind was done" in site.page("/activity", subject=BrandId("nothing"))
