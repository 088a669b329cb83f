"""A canary: passwords and tokens are in no log, no audit row, no column and no file of the home."""

import base64
import logging
import re
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Permission, Role
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.conftest import run
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.doorway import BOSS

__all__ = ["run"]

PASSWORD = "canary kettle of Übermut"
MISTYPED = "canary typed in the wrong field"
PROXY_SECRET = "canary-of-the-proxy-0123456789"
_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/login/link\?token=([\w-]+)")


def test_secrets_are_nowhere(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_HEADER", "X-Forwarded-User")
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_SECRET", PROXY_SECRET)
    monkeypatch.setenv("MARKETING_LOG_LEVEL", "debug")
    caplog.set_level(logging.DEBUG)
    people = office.work.people
    people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    _, token = people.make_token(BOSS, "x", [Permission.READ], SystemClock().now() + timedelta(days=1), user="ben")
    command = [sys.executable, "-m", "marketing_pipeline", "console", "--port", "0"]
    written = office.work.home.root / "console.txt"
    with (
        written.open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        told = _LINK.search(process.stdout.readline())
        assert told is None, "ana is no user here: she is told where to sign in"
        url = (office.work.home.root / "console" / "url").read_text()
        made = run("login-link", "ben")
        link = _LINK.search(made.out)
        assert link is not None and link[1] == url
        with httpx.Client(base_url=url, headers={"origin": url}, trust_env=False) as browser:
            assert browser.get(f"/login/link?token={link[2]}").status_code == 200
            assert browser.post("/login/link", data={"token": link[2]}).status_code == 303
            [first] = browser.cookies.values()
            assert browser.post("/login", data={"name": "ben", "password": PASSWORD}).status_code == 303
            sessions = {first, *browser.cookies.values()}
            for name, password in (("ben", MISTYPED), (MISTYPED, "x")):
                assert browser.post("/login", data={"name": name, "password": password}).status_code == 401
            browser.get("/login", headers={"x-forwarded-user": "ben", "x-marketing-proxy-secret": PROXY_SECRET})
            browser.get("/", headers={"x-forwarded-user": "eve", "x-marketing-proxy-secret": PROXY_SECRET})
            browser.get("/api/v1/posts", headers={"authorization": f"Bearer {token}"})
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=20)[0]
    assert len(sessions) == 2
    secrets = (PASSWORD, MISTYPED, PROXY_SECRET, token, link[2], *sessions)
    kept = {file.name: file.read_bytes() for file in office.work.home.root.rglob("*") if file.is_file()}
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    kept |= {"log": "\n".join(ours).encode(), "stdout": rest.encode()}
    assert "control_plane.sqlite" in kept and b"login.refused" in written.read_bytes()
    for secret in secrets:
        for form in {secret, quote(secret), secret.replace(" ", "+"), base64.b64encode(secret.encode()).decode()}:
            found = [name for name, content in kept.items() if form.encode() in content]
            assert found == [], secret[:6]
