"""A real headless Chromium at a real console: what operators do, and axe-core's verdict on every page."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSER = shutil.which("chromium")
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
NAME, PASSWORD = "ann", "a kettle of good water"
BOSS = Person(name="root", role=Role.ADMIN, source="cli")
PATIENCE_S = 30
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_SIGNED_IN: dict[str, Any] = {}
_REQUIRED = "MARKETING_TESTS_REQUIRE_CHROMIUM"


def require_chromium() -> None:
    """Skip with a loud line where there is no Chromium; where it is required, as in CI, fail."""
    if BROWSER:
        return
    words = "CHROMIUM IS MISSING: the console was not tried in a browser. Install Debian's package `chromium`."
    if os.environ.get(_REQUIRED):
        pytest.fail(words)
    pytest.skip(words, allow_module_level=True)


@contextmanager
def served(place: Workplace, **environment: str) -> Generator[str]:
    """The console of a home as a process of its own, with `ann`, an administrator; its address."""
    place.people.add(BOSS, NAME, Role.ADMIN, password=PASSWORD)
    address = place.home.root / "console" / "url"
    command = [sys.executable, "-m", "marketing_pipeline", "console", "--port", "0", "--no-link"]
    given = {
        "MARKETING_HOME": str(place.home.root),
        "MARKETING_BRANDS": str(place.settings.brands),
        **environment,
    }
    with subprocess.Popen(command, env={**os.environ, **given}, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(10 * PATIENCE_S):
                if address.exists() and address.read_text():
                    break
                SystemClock().sleep(0.1)
            yield address.read_text()
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@contextmanager
def browser(url: str, *, dark: bool = False, width: int = 1280) -> Generator["Page"]:
    """A page of a signed-in browser. What its console says against us, or what a script throws, fails at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=list(_FLAGS))
        context = chromium.new_context(
            base_url=url, color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900}
        )
        page = context.new_page()
        complaints = list[str]()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: dialog.accept())
        if url in _SIGNED_IN:
            context.add_cookies(_SIGNED_IN[url])
            page.goto("/")
        else:
            _sign_in(page)
            # Nobody signs in over and over: that is refused, as it should be.
            _SIGNED_IN[url] = context.cookies()
        yield page
        chromium.close()
        # The browser itself notes every refusal by the server as an error; what we refuse is not a fault of a page.
        assert not [words for words in complaints if "the server responded with a status of 4" not in words]


def _sign_in(page: "Page") -> None:
    page.goto("/login")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Today").wait_for()


def violations(page: "Page") -> list[dict[str, Any]]:
    """What axe-core finds serious or critical on the page as it is shown, by WCAG 2.2 A and AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        {"rule": each["id"], "help": each["help"], "nodes": [node["html"][:200] for node in each["nodes"][:3]]}
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
