"""Users and tokens in the browser, for administrators alone."""

import re
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.console.browser import ORIGIN, Site

OUT: dict[str, Any] = {"in": "no"}
IN: dict[str, Any] = {"in": "yes"}
BOSS = Person(name="root", role=Role.ADMIN, source="cli")
PASSWORD = "a kettle of good water"


def role_of(office: Office, name: str) -> Role | None:
    found = office.work.people.find(name)
    return None if found is None else found.role


def test_a_user_is_added_changed_and_disabled(office: Office, site: Site) -> None:
    assert "bo may sign in" in site.submit("/people", name="bo", role="viewer", sees="all", password=PASSWORD)
    assert role_of(office, "bo") is Role.VIEWER
    site.submit("/people/bo", role="approver", sees="some", brand=BRAND, password="")
    found = office.work.people.find("bo")
    assert found is not None and (found.role, found.brands) == (Role.APPROVER, frozenset({BRAND}))
    site.submit("/people/bo", role="approver", sees="all", password="")
    assert (found := office.work.people.find("bo")) is not None and found.brands is None
    assert "signed out everywhere" in site.submit("/people/bo/switch", **OUT)
    assert (found := office.work.people.find("bo")) is not None and found.disabled_at is not None
    site.submit("/people/bo/switch", **IN)
    assert (found := office.work.people.find("bo")) is not None and found.disabled_at is None


@pytest.mark.parametrize(
    "form",
    [
        {"name": "bo", "role": "king", "sees": "all"},
        {"name": "bo", "role": "viewer"},
        {"name": "bo", "role": "viewer", "sees": "some"},
        {"name": "bo", "role": "viewer", "sees": "some", "brand": "nobody"},
        {"name": "<b>", "role": "viewer", "sees": "all"},
        {"name": "orchestrator", "role": "viewer", "sees": "all"},
        {"name": "bo", "role": "viewer", "sees": "all", "password": "short"},
        {"name": "", "role": "viewer", "sees": "all"},
    ],
)
def test_a_user_who_cannot_be_is_not_added(office: Office, site: Site, form: dict[str, Any]) -> None:
    answer = site.client.post("/people", data={"csrf": site.csrf(), **form}, headers={"origin": ORIGIN})
    assert answer.status_code in (400, 404) and "<b>" not in answer.text
    assert [user.name for user in office.work.people.list(BOSS)] == ["ann"]


def test_nothing_ticked_is_not_everything(office: Office, site: Site) -> None:
    site.submit("/people", name="bo", role="viewer", sees="some", brand=BRAND, password=PASSWORD)
    site.submit("/people/bo", status=404, role="viewer", sees="some")
    assert (found := office.work.people.find("bo")) is not None and found.brands == frozenset({BRAND})


def test_a_token_is_shown_once(office: Office, site: Site) -> None:
    html = site.submit("/people/-/tokens", name="reports", user="ann", scope=["read"], days="30")
    shown = re.search(r'readonly value="([^"]+)"', html)
    assert shown
    acts_for = office.work.people.person_of_token(shown[1])
    assert acts_for is not None and acts_for.permissions == frozenset({Permission.READ})
    again = site.page("/people")
    assert shown[1] not in again and "reports" in again
    [token] = office.work.people.tokens(BOSS)
    assert token.expires_at - token.created_at <= timedelta(days=30, minutes=1)
    site.submit(f"/people/-/tokens/{token.id}/revoke")
    assert office.work.people.person_of_token(shown[1]) is None


@pytest.mark.parametrize("form", [{"days": "9999"}, {"days": "30", "scope": "everything"}, {"days": "30"}, {}])
def test_a_token_that_says_nothing_is_not_made(office: Office, site: Site, form: dict[str, Any]) -> None:
    site.submit("/people/-/tokens", status=400, name="x", **form)
    assert not office.work.people.tokens(BOSS)


def test_a_link_lets_in_once(office: Office, site: Site) -> None:
    site.submit("/people", name="bo", role="viewer", sees="all", password="")
    html = site.submit("/people/bo/link")
    shown = re.search(r"/login/link\?token=([\w-]+)", html)
    assert shown and office.work.people.by_link(shown[1])
    assert shown[1] not in site.page("/people")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER])
def test_nobody_else_gets_in(office: Office, site: Site, role: Role) -> None:
    with site.as_(role) as other:
        other.page("/people", status=403)
        assert "/people" not in other.page("/rules")
        for path in ("/people", f"/people/{other.name}", "/people/ann/switch", "/people/ann/link"):
            other.submit(path, status=403, name="eve", role="admin", sees="all", password=PASSWORD, **OUT)
        other.submit("/people/-/tokens", status=403, name="x", user="ann", scope="read", days="30")
    assert role_of(office, "eve") is None and role_of(office, other.name) is role


def test_an_admin_of_some_brands_gives_nobody_more(office: Office, site: Site) -> None:
    with site.as_(Role.ADMIN, "some", frozenset({BRAND})) as other:
        other.page("/people", status=403)
        assert "/people" not in other.page("/rules")
        for path in ("/people", "/people/some", "/people/ann/switch", "/people/ann/link"):
            other.submit(path, status=403, name="eve", role="admin", sees="all", password=PASSWORD, **OUT)
        other.submit("/people/-/tokens", status=403, name="x", user="ann", scope="read", days="30")
    kept = office.work.people.find("some")
    assert kept is not None and kept.brands == {BRAND} and role_of(office, "eve") is None
