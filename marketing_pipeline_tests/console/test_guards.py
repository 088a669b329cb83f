"""What a request must bring along to reach a page: each refusal is a row, and nothing is done behind it."""

import pytest
from starlette.testclient import TestClient

from marketing_pipeline.console.guards import LARGEST_BODY
from marketing_pipeline.domain.person import Role
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.console.doorway import ORIGIN, Doorway, doorway

SENT = {"origin": ORIGIN}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_a_form_of_ones_own_page_arrives_as_it_was_typed(door: Doorway, ben: tuple[TestClient, str]) -> None:
    client, csrf = ben
    answer = client.post("/act", data={"csrf": csrf, "word": ["Tee & Übermut", "", "茶"]}, headers=SENT)
    assert answer.json()["all"] == ["Tee & Übermut", "", "茶"]
    assert answer.json()["form"]["word"] == "Tee & Übermut"
    by_script = client.post("/act", data={"word": "x"}, headers={**SENT, "x-csrf-token": csrf})
    assert by_script.status_code == 200 and len(door.done) == 2
    without_origin = client.post("/act", data={"csrf": csrf}, headers={"sec-fetch-site": "same-origin"})
    assert without_origin.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:3100.evil.example"},
        {"origin": "http://localhost:3100"},
        {"origin": ""},
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_what_no_page_of_ours_sent_is_refused(
    door: Doorway, ben: tuple[TestClient, str], headers: dict[str, str]
) -> None:
    client, csrf = ben
    for path in ("/act", "/login", "/login/link", "/logout"):
        answer = client.post(path, data={"csrf": csrf}, headers=headers)
        assert answer.status_code == 403 and "not sent by a page of this console" in answer.text
    assert door.done == [] and client.get("/").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_that_may_change_something_is_guarded(ben: tuple[TestClient, str], method: str) -> None:
    client, csrf = ben
    assert client.request(method, "/act", headers={"x-csrf-token": csrf}).status_code == 403
    assert client.request(method, "/act", headers=SENT).status_code == 403
    assert client.request(method, "/act", headers={**SENT, "x-csrf-token": csrf}).status_code == 405


@pytest.mark.parametrize("given", ["", "x", "\u00e9", "0" * 64])
def test_a_form_without_the_token_of_its_session_is_refused(
    door: Doorway, ben: tuple[TestClient, str], given: str
) -> None:
    client, _ = ben
    for data in ({"csrf": given}, {}):
        answer = client.post("/act", data=data, headers=SENT)
        assert answer.status_code == 403 and "not of your present session" in answer.text
    assert door.done == []


def test_a_form_of_another_session_is_refused_also_of_the_same_person(
    door: Doorway, ben: tuple[TestClient, str]
) -> None:
    client, csrf = ben
    with door.signed_in() as (again, of_again), door.signed_in(name="cleo") as (other, of_other):
        assert len({csrf, of_again, of_other}) == 3
        for browser, token in ((again, csrf), (other, csrf), (client, of_again), (client, of_other)):
            assert browser.post("/act", data={"csrf": token}, headers=SENT).status_code == 403
    assert door.done == []


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3100", "127.0.0.1.evil.example", "10.0.0.7", "", "127.0.0.1@evil.example:80",
     "[::1", "console.example.com", "ben@127.0.0.1", "127.0.0.1/login?", "127.0.0.1#x", "evil.example\\@127.0.0.1",
     "127.0.0.1, evil.example", "127.0.0.1:port", "127.0.0.1:999999"],
)  # fmt: skip
def test_another_name_of_this_machine_is_refused(ben: tuple[TestClient, str], host: str) -> None:
    client, csrf = ben
    for path in ("/", "/login", "/healthz", "/static/app.css"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 400 and "does not answer under this name" in answer.text
    assert (
        client.post("/act", data={"csrf": csrf}, headers={"host": host, "origin": f"http://{host}"}).status_code == 400
    )


@pytest.mark.parametrize("host", ["127.0.0.1:3100", "LOCALHOST", "[::1]:3100", "localhost."])
def test_its_own_names_are_answered(door: Doorway, host: str) -> None:
    with door.browser() as client:
        assert client.get("/login", headers={"host": host}).status_code == (400 if host.endswith(".") else 200)


@pytest.mark.parametrize(
    "body", [b"word=%ff", b"word=%ed%a0%80", b"word=a%00b", b"wo%00rd=a", b"word=\xff\xfe", b"&".join([b"a=1"] * 1001)]
)
def test_what_is_no_text_is_refused_before_anybody_reads_it(
    door: Doorway, ben: tuple[TestClient, str], body: bytes
) -> None:
    client, csrf = ben
    answer = client.post("/act", content=body, headers={**SENT, **FORM, "x-csrf-token": csrf})
    assert answer.status_code == 400 and "not readable text" in answer.text and "Nothing was done" in answer.text
    assert door.done == []


@pytest.mark.parametrize("address", ["/?q=%00", "/?q=%ff", "/a%00b", "/a%ffb", "/login?next=%ff"])
def test_an_address_that_is_no_text_is_refused(ben: tuple[TestClient, str], address: str) -> None:
    answer = ben[0].get(address)
    assert answer.status_code == 400 and "not readable text" in answer.text


def test_a_giant_body_is_refused_told_or_untold(door: Doorway, ben: tuple[TestClient, str]) -> None:
    client, csrf = ben
    headers = {**SENT, **FORM, "x-csrf-token": csrf}
    note = b"word=" + b"x" * (LARGEST_BODY - 5)
    assert client.post("/act", content=note, headers=headers).status_code == 200
    for body in (note + b"x", iter([note, b"x"])):
        answer = client.post("/act", content=body, headers=headers)
        assert answer.status_code == 413 and "More than 1000 kB" in answer.text
    told = client.post("/act", content=b"word=x", headers={**headers, "content-length": "many"})
    assert told.status_code == 413
    assert client.post("/login", content=note + b"x", headers={**SENT, **FORM}).status_code == 413
    assert len(door.done) == 1


def test_files_are_not_taken(ben: tuple[TestClient, str]) -> None:
    client, csrf = ben
    answer = client.post("/act", files={"word": b"x"}, headers={**SENT, "x-csrf-token": csrf})
    assert answer.status_code == 415 and "takes no files" in answer.text


def test_who_is_not_signed_in_is_led_to_the_login_page(door: Doorway) -> None:
    with door.browser() as client:
        page = client.get("/act?brand=tea&week=1")
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=/act%3Fbrand%3Dtea%26week%3D1")
        assert client.get("/").headers["location"] == "/login"
        assert client.get("/no-such-page").headers["location"] == "/login?next=/no-such-page"
        form = client.post("/act", data={"word": "x"}, headers=SENT)
        assert (form.status_code, form.headers["location"]) == (303, "/login")
        part = client.get("/act", headers={"hx-request": "true"})
        assert (part.status_code, part.headers["hx-redirect"]) == (401, "/login?next=/act")
        api = client.get("/api/v1/who")
        assert api.status_code == 401 and "API token" in api.json()["mend"]
        assert api.headers["www-authenticate"] == "Bearer"
        client.cookies.set(_cookie(door), "forged")
        assert client.get("/").status_code == 303
    assert door.done == []


def _cookie(door: Doorway) -> str:
    with door.signed_in() as (client, _):
        [name] = client.cookies
        return name


def test_a_viewer_looks_and_does_nothing(door: Doorway) -> None:
    with door.signed_in(Role.VIEWER, "vic") as (client, csrf):
        assert client.get("/").json()["role"] == "viewer"
        answer = client.post("/act", data={"csrf": csrf}, headers=SENT)
        assert answer.status_code == 403 and "vic is viewer and may not edit" in answer.text
    assert door.done == []


def test_every_answer_carries_the_headers_that_keep_browsers_careful(
    door: Doorway, ben: tuple[TestClient, str]
) -> None:
    client, _ = ben
    refused = client.post("/act", headers={"origin": "https://evil.example"})
    for answer in (client.get("/"), client.get("/login"), client.get("/static/app.css"), refused):
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                     "form-action 'self'"):  # fmt: skip
            assert rule in policy
        assert "unsafe-eval" not in policy and "script-src 'self' 'unsafe-inline'" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["x-frame-options"] == "DENY"
    assert client.get("/").headers["cache-control"] == "no-store"
    assert "max-age=31536000" in client.get("/static/app.css?v=1").headers["cache-control"]
    assert client.get("/static/app.css").headers["cache-control"] == "public, max-age=3600"
    assert client.get("/static/app.css/none").headers["cache-control"] == "no-store"


def test_signs_of_life_are_for_this_machine(door: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    with door.browser() as here, door.browser(peer="10.0.0.7") as there:
        assert here.get("/healthz").status_code == 200
        assert there.get("/healthz").status_code == 403
        assert there.get("/login").status_code == 200
    monkeypatch.setenv("MARKETING_CONSOLE_HOSTS", "console.example.com")
    with doorway(Settings.from_environment()) as opened, opened.browser() as proxied:
        assert proxied.get("/healthz", headers={"host": "console.example.com"}).status_code == 403
        assert proxied.get("/login", headers={"host": "console.example.com"}).status_code == 200
    monkeypatch.setenv("MARKETING_CONSOLE_OPEN_METRICS", "yes")
    with doorway(Settings.from_environment()) as opened, opened.browser(peer="10.0.0.7") as there:
        assert there.get("/healthz").status_code == 200
