"""Signing in and out: by password, by link, and not too often."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from marketing_pipeline.console.login_attempts import LoginAttempts
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Role
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.tables import audit_log, login_links
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.doorway import BOSS, ORIGIN, PASSWORD, Doorway, doorway

SENT = {"origin": ORIGIN}


@pytest.fixture
def door(office: Office) -> Iterator[Doorway]:
    del office
    with doorway(Settings.from_environment()) as opened:
        yield opened


@pytest.fixture
def client(door: Doorway) -> Iterator[TestClient]:
    with door.browser() as opened:
        yield opened


def actions(door: Doorway) -> list[str]:
    with door.office.place.database.read() as connection:
        rows = connection.scalars(select(audit_log.c.action).order_by(audit_log.c.sequence))
        return [action for action in rows if action.startswith(("session.", "login."))]


def entered(client: TestClient, name: str, password: str, then: str = "") -> str:
    """Where a sign-in leads to."""
    answer = client.post("/login", data={"name": name, "password": password, "next": then}, headers=SENT)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_password_opens_a_session_and_signing_out_ends_it(door: Doorway, client: TestClient) -> None:
    door.office.place.people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    assert 'name="password"' in client.get("/login").text
    assert entered(client, " Ben ", PASSWORD, "/act?week=1") == "/act?week=1"
    shown = client.get("/").json()
    assert (shown["name"], shown["way"]) == ("ben", "password")
    [(name, token)] = client.cookies.items()
    assert client.get("/logout").status_code == 405, "looking at an address signs nobody out"
    assert client.get("/").status_code == 200
    out = client.post("/logout", data={"csrf": shown["csrf"]}, headers=SENT)
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    client.cookies.set(name, token)
    assert client.get("/").status_code == 303, "the cookie that somebody kept opens nothing"
    assert actions(door) == ["session.opened", "session.ended"]


def test_the_cookie_is_for_this_console_and_its_pages_alone(door: Doorway, client: TestClient) -> None:
    people = door.office.place.people
    made = client.post("/login/link", data={"token": people.login_link("ana")}, headers=SENT).headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=604800"):
        assert part in made
    assert "Secure" not in made and "Domain" not in made
    with door.browser(origin="https://127.0.0.1:3100") as https:
        data = {"token": people.login_link("ana")}
        over_tls = https.post("/login/link", data=data, headers={"origin": "https://127.0.0.1:3100"})
        assert over_tls.headers["set-cookie"].startswith("__Host-marketing_")
        assert "Secure" in over_tls.headers["set-cookie"]
        assert https.get("/").status_code == 200


def test_signing_in_anew_ends_the_session_before(door: Doorway, client: TestClient) -> None:
    people = door.office.place.people
    client.post("/login/link", data={"token": people.login_link("ana")}, headers=SENT)
    [(name, first)] = client.cookies.items()
    client.post("/login/link", data={"token": people.login_link("ana")}, headers=SENT)
    [(_, second)] = client.cookies.items()
    assert first != second
    client.cookies.clear()
    client.cookies.set(name, first)
    assert client.get("/").status_code == 303
    assert actions(door) == ["session.opened", "session.opened", "session.ended"]


def test_looking_at_a_link_does_not_use_it_up_and_a_link_works_once(door: Doorway, client: TestClient) -> None:
    token = door.office.place.people.login_link("ana")
    for _ in range(3):
        page = client.get("/login/link", params={"token": token})
        assert page.status_code == 200 and f'value="{token}"' in page.text
        assert "set-cookie" not in page.headers
    assert client.post("/login/link", data={"token": token}, headers=SENT).headers["location"] == "/"
    with door.browser() as another:
        replayed = another.post("/login/link", data={"token": token}, headers=SENT)
        assert replayed.status_code == 401 and "used already, or its time is over" in replayed.text
        assert "set-cookie" not in replayed.headers
    assert actions(door) == ["session.opened", "login.refused"]


def test_an_expired_link_lets_nobody_in(door: Doorway, client: TestClient) -> None:
    token = door.office.place.people.login_link("ana")
    with door.office.place.database.write() as connection:
        connection.execute(update(login_links).values(expires_at=SystemClock().now() - timedelta(seconds=1)))
    assert client.post("/login/link", data={"token": token}, headers=SENT).status_code == 401
    assert client.get("/").status_code == 303


def test_words_in_a_link_are_words(client: TestClient) -> None:
    page = client.get("/login/link", params={"token": '"><script>alert(1)</script>'}).text
    assert "<script>" not in page
    page = client.get("/login", params={"next": '/"><script>alert(1)</script>'}).text
    assert "<script>" not in page


@pytest.mark.parametrize(
    "then",
    ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "javascript:alert(1)", "/logout", "/\nx",
     "/" + "x" * 1000, "/api/v1/posts"],
)  # fmt: skip
def test_signing_in_leads_to_a_page_of_the_console_alone(door: Doorway, client: TestClient, then: str) -> None:
    door.office.place.people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    assert entered(client, "ben", PASSWORD, then) == "/"


def test_the_wrong_password_says_little_and_keeps_the_name(door: Doorway, client: TestClient) -> None:
    door.office.place.people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    said = [
        client.post("/login", data={"name": name, "password": "a wrong kettle"}, headers=SENT)
        for name in ("ben", "zoe")
    ]
    for answer, name in zip(said, ("ben", "zoe"), strict=True):
        assert answer.status_code == 401 and "do not go together" in answer.text
        assert f'value="{name}"' in answer.text and "a wrong kettle" not in answer.text
    assert said[0].text.replace("ben", "zoe") == said[1].text
    assert client.post("/login", headers=SENT).status_code == 401
    assert client.get("/").status_code == 303


def test_the_sixth_attempt_in_a_minute_waits(door: Doorway, client: TestClient) -> None:
    door.office.place.people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    for _ in range(5):
        assert client.post("/login", data={"name": "ben", "password": "x"}, headers=SENT).status_code == 401
    with door.browser(peer="10.0.0.9") as elsewhere:
        for browser in (client, elsewhere, client, client):
            late = browser.post("/login", data={"name": "BEN", "password": PASSWORD}, headers=SENT)
            assert late.status_code == 429 and "tried too often" in late.text and "Try again in" in late.text
            assert 0 < int(late.headers["retry-after"]) <= 60
    assert client.post("/login/link", data={"token": "x"}, headers=SENT).status_code == 429, "the address waits too"
    with door.office.place.database.read() as connection:
        rows = connection.execute(select(audit_log).where(audit_log.c.action == "login.refused")).all()
    told = [(row.detail["why"], row.detail["address"]) for row in rows]
    assert told[:5] == [("wrong name or password", "127.0.0.1")] * 5
    # One a minute for each name and address: whoever knocks without end does not fill the log.
    assert told[5:] == [("too many attempts", "127.0.0.1"), ("too many attempts", "10.0.0.9"),
                        ("too many attempts", "127.0.0.1")]  # fmt: skip


def test_attempts_are_counted_by_name_and_by_address() -> None:
    attempts = LoginAttempts()
    assert [attempts.wait_seconds(name="ben", address="a") for _ in range(5)] == [0] * 5
    assert 0 < attempts.wait_seconds(name="ben", address="b") <= 60
    assert 0 < attempts.wait_seconds(name="zoe", address="a") <= 60
    assert attempts.wait_seconds(name="zoe", address="b") == 0, "what was refused has not counted"
    assert attempts.wait_seconds(address="c") == 0
