"""Who a request is from where no login page was passed: programs with tokens, browsers at the API, and proxies."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Permission, Role
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.doorway import BOSS, ORIGIN, Doorway, doorway

SENT = {"origin": ORIGIN}
SECRET = "a proxy's secret of some length"
PROXY = {"x-marketing-proxy-secret": SECRET}


@pytest.fixture
def proxied(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorway]:
    """Guards that trust a proxy, which knows ben."""
    del office
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_HEADER", "X-Forwarded-User")
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_SECRET", SECRET)
    monkeypatch.setenv("MARKETING_CONSOLE_HOSTS", "console.example.com")
    with doorway(Settings.from_environment()) as opened:
        opened.office.place.people.add(BOSS, "ben", Role.EDITOR)
        yield opened


def refusals(door: Doorway) -> list[tuple[str, str]]:
    with door.office.place.database.read() as connection:
        rows = connection.execute(select(audit_log).where(audit_log.c.action == "login.refused"))
        return [(row.subject, row.detail["why"]) for row in rows]


def test_a_program_with_a_token_needs_no_page(door: Doorway) -> None:
    people, ends = door.office.place.people, SystemClock().now() + timedelta(days=1)
    people.add(BOSS, "ben", Role.EDITOR)
    number, token = people.make_token(BOSS, "report", [Permission.READ, Permission.EDIT], ends, user="ben")
    _, reading = people.make_token(BOSS, "look", [Permission.READ], ends, user="ben")
    with door.browser() as client:
        with_token = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/who", headers=with_token).json()["name"] == "ben"
        assert client.post("/api/v1/act", json={"a": "ü"}, headers=with_token).json() == {"a": "ü"}
        narrow = client.post("/api/v1/act", json={}, headers={"authorization": f"bearer {reading}"})
        assert narrow.status_code == 403
        assert client.get("/", headers=with_token).status_code == 303, "pages are for people"
        assert client.post("/act", headers=with_token).status_code == 403
        assert client.get("/api/v1/who", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/v1/who", headers={"authorization": "Basic YmVuOng="}).status_code == 401
        people.revoke_token(BOSS, number)
        assert client.post("/api/v1/act", json={}, headers=with_token).status_code == 401


def test_a_browser_at_the_api_needs_the_token_of_its_session(ben: tuple[TestClient, str]) -> None:
    client, csrf = ben
    assert client.get("/api/v1/who").json()["name"] == "ben"
    assert client.post("/api/v1/act", json={}, headers=SENT).status_code == 403
    assert client.post("/api/v1/act", json={}, headers={**SENT, "x-csrf-token": csrf}).status_code == 200


def test_a_trusted_proxy_names_who_it_is(proxied: Doorway) -> None:
    headers = {**PROXY, "x-forwarded-user": "BEN", "host": "console.example.com"}
    with proxied.browser(headers=headers) as client:
        shown = client.get("/").json()
        assert (shown["name"], shown["way"]) == ("ben", None)
        sent = {"origin": "https://console.example.com"}
        assert client.post("/act", data={"csrf": shown["csrf"]}, headers=sent).status_code == 200
        assert client.post("/act", data={"csrf": "x"}, headers=sent).status_code == 403
        assert (
            client.post("/act", data={"csrf": shown["csrf"]}, headers={"origin": "https://evil.example"}).status_code
            == 403
        )
    assert len(proxied.done) == 1 and refusals(proxied) == []


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"x-forwarded-user": "ben"}, "secret"),
        ({"x-forwarded-user": "ben", "x-marketing-proxy-secret": ""}, "secret"),
        ({"x-forwarded-user": "ben", "x-marketing-proxy-secret": SECRET[:-1]}, "secret"),
        ({"x-forwarded-user": "eve", **PROXY}, "known"),
        ({"x-forwarded-user": "", **PROXY}, "known"),
    ],
)
def test_a_name_that_the_proxy_does_not_vouch_for_is_refused(
    proxied: Doorway, headers: dict[str, str], why: str
) -> None:
    with proxied.signed_in() as (client, _):
        for _ in range(3):
            answer = client.get("/", headers=headers)
            assert answer.status_code == 403 and why in answer.text
        assert client.get("/").status_code == 200, "without the header the session counts"
    [(subject, reason)] = refusals(proxied)
    assert subject == "an unknown user" and why in reason


def test_two_names_at_once_and_a_disabled_user_are_refused(proxied: Doorway) -> None:
    with proxied.browser() as client:
        twice = [("x-forwarded-user", "ben"), ("x-forwarded-user", "ben"), ("x-marketing-proxy-secret", SECRET)]
        assert client.get("/", headers=twice).status_code == 403
        proxied.office.place.people.disable(BOSS, "ben")
        assert client.get("/", headers={**PROXY, "x-forwarded-user": "ben"}).status_code == 403


def test_without_a_trusted_proxy_its_headers_say_nothing(door: Doorway, ben: tuple[TestClient, str]) -> None:
    with door.browser(headers={"x-forwarded-user": "ben", "x-marketing-proxy-secret": ""}) as client:
        assert client.get("/").status_code == 303
