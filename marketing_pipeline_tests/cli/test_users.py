"""`marketing users`, `login-link` and `api-tokens`: passwords are read, never arguments; tokens are shown once."""

import io
import re

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.user import SignInRefused
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.command_line import Ran, Run
from marketing_pipeline_tests.cli.office import BRAND, Office

PASSWORD = "a kettle of good water"


@pytest.fixture
def typed(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with one line on its standard input, the first word given."""

    def command(line: str, *words: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        return run(*words)

    return command


def test_a_user_is_added_changed_disabled_and_let_in_again(office: Office, run: Run, typed: Run) -> None:
    assert "single operator" in run("users", "list").words
    added = typed(f"{PASSWORD}\n", "users", "add", "ben", "--role", "editor", "--brand", BRAND, "--password")
    assert added.code == 0 and "Added ben, editor" in added.words and PASSWORD not in added.words
    assert office.work.people.sign_in("ben", PASSWORD)
    assert "`marketing login-link cleo`" in run("users", "add", "cleo").words
    assert "ben is approver and sees tea_room" in run("users", "change", "ben", "--role", "approver").words
    assert "sees all brands" in run("users", "change", "ben", "--all-brands").words
    assert typed("another kettle of water\r\n", "users", "password", "ben").code == 0
    with pytest.raises(SignInRefused):
        office.work.people.sign_in("ben", PASSWORD)
    assert office.work.people.sign_in("ben", "another kettle of water")
    assert run("users", "disable", "ben").code == 0
    ben, cleo = run("users", "list", "--json").json
    assert (ben["name"], ben["role"], ben["brands"], ben["has_password"]) == ("ben", "approver", None, True)
    assert (
        ben["disabled_at"] and ben["created_by"] == "ana" and (cleo["role"], cleo["has_password"]) == ("viewer", False)
    )
    assert "approver" in run("users", "list").words
    assert run("users", "enable", "ben").code == 0
    assert run("users", "list", "--json").json[0]["disabled_at"] is None
    with office.work.database.read() as connection:
        rows = connection.execute(select(audit_log).where(audit_log.c.action.startswith("user."))).all()
    assert {row.actor for row in rows} == {"ana"} and {row.detail["source"] for row in rows} == {"cli"}
    assert PASSWORD not in str([tuple(row) for row in rows]) and run("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("line", "words", "said"),
    [
        ("short\n", ("users", "add", "ben", "--password"), "fewer than 12"),
        ("", ("users", "add", "ben", "--password"), "No password was given"),
        ("", ("users", "add", "system"), "part of the program"),
        ("", ("users", "add", "ben", "--brand", "nobody"), "no brand 'nobody'"),
        ("", ("users", "disable", "ben"), "no user 'ben'"),
        ("", ("users", "change", "ben", "--role", "admin"), "no user 'ben'"),
        ("", ("login-link",), "No console is served"),
        ("", ("api-tokens", "revoke", "7"), "no API token '7'"),
        ("", ("api-tokens", "make", " "), "needs a name"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    office: Office, typed: Run, line: str, words: tuple[str, ...], said: str
) -> None:
    refused = typed(line, *words)
    assert refused.code == 1 and said in refused.words and "Traceback" not in refused.err
    assert office.work.people.find("ben") is None


def test_a_password_is_no_argument(office: Office, run: Run) -> None:
    assert run("users", "password", "ben", PASSWORD).code == 2
    assert run("users", "add", "ben", "--password", PASSWORD).code == 2


def test_a_login_link_leads_to_the_console_that_runs(office: Office, run: Run) -> None:
    address = office.work.home.root / "console" / "url"
    address.parent.mkdir(exist_ok=True)
    address.write_text("http://127.0.0.1:3111", encoding="utf-8")
    made = run("login-link")
    link = re.fullmatch(r"http://127\.0\.0\.1:3111/login/link\?token=([\w-]{43})\n", made.out)
    assert made.code == 0 and link is not None
    assert office.work.people.by_link(link[1])
    assert run("login-link", "--json").json["user"] == "ana"
    assert "no user 'eve'" in run("login-link", "eve").words


def test_a_token_is_shown_once(office: Office, run: Run) -> None:
    made = run("api-tokens", "make", "weekly report", "--scope", "read", "--scope", "edit", "--days", "30")
    token = made.out.strip()
    person = office.work.people.person_of_token(token)
    assert person is not None and person.name == "ana" and "shown this once" in made.err
    listed = run("api-tokens", "list", "--json")
    [known] = listed.json
    assert (known["user"], known["name"], known["scopes"]) == ("ana", "weekly report", ["read", "edit"])
    assert token not in listed.out + run("api-tokens", "list").out
    assert "is void" in run("api-tokens", "revoke", known["id"]).words
    assert office.work.people.person_of_token(token) is None
    assert set(run("api-tokens", "make", "x", "--json").json) == {"id", "token", "expires_at"}
