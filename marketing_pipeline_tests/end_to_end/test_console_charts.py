"""Charts and the chat in a real browser: drawn at every width in both schemes; answers stream, their links lead on."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.office import write_brand
from marketing_pipeline_tests.end_to_end.chromium import browser, require_chromium, served, violations
from marketing_pipeline_tests.sandbox.model_service import ModelService
from marketing_pipeline_tests.store.warehouse_history import NOW, busy_tea_room

if TYPE_CHECKING:
    from playwright.sync_api import Page

require_chromium()

DRAWN = {"/performance": 10, "/quality": 5, "/cost": 2}
"""Pages with charts, and how many of them the tea room's history fills."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The console of the busy tea room, with a model to talk to."""
    root = tmp_path_factory.mktemp("charts")
    write_brand(root / "brands")
    busy_tea_room(root / "home")
    Home(root / "home").clock().start_stepped(NOW)
    with pytest.MonkeyPatch.context() as patch, ModelService() as model:
        patch.setenv("MARKETING_HOME", str(root / "home"))
        patch.setenv("MARKETING_BRANDS", str(root / "brands"))
        patch.setenv("MARKETING_SANDBOX_SEED", "1")
        patch.setenv("MARKETING_SANDBOX_URL", model.url.removesuffix("/anthropic"))
        with Workplace.open(Settings.from_environment()) as place:
            place.refresh_warehouse()
            with served(place) as address:
                yield address


@pytest.fixture
def page(url: str) -> Generator["Page"]:
    with browser(url) as opened:
        yield opened


def drawings(page: "Page") -> list[dict[str, float]]:
    """Width, height and number of drawn marks of each chart."""
    found: list[dict[str, float]] = page.evaluate(
        """() => [...document.querySelectorAll("[data-figure]")].map((place) => {
            const drawn = [...place.querySelectorAll("svg")].pop();
            const box = drawn?.getBoundingClientRect();
            const marks = drawn?.querySelectorAll("g[aria-label] :is(path, rect, circle, line)").length;
            return { width: box?.width ?? 0, height: box?.height ?? 0, marks: marks ?? 0, place: place.clientWidth };
        })"""
    )
    return found


def until(page: "Page", condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates a text in the page, which the page's policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"It never came about that {condition}")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", DRAWN)
def test_every_chart_is_drawn_and_has_its_table(url: str, path: str, dark: bool) -> None:
    with browser(url, dark=dark) as page:
        page.goto(path)
        page.wait_for_selector("[data-figure] svg")
        found = drawings(page)
        assert len(found) >= DRAWN[path]
        for chart in found:
            assert chart["marks"] > 2 and chart["height"] > 40 and chart["width"] <= chart["place"] + 1
        assert page.locator(".chart details table").count() == len(found)
        first = page.locator(".chart details").first
        first.locator("summary").click()
        assert first.locator("tbody tr").count() > 1
        assert violations(page) == []


def test_charts_follow_the_width_and_the_scheme(page: "Page") -> None:
    page.goto("/performance")
    page.wait_for_selector("[data-figure] svg")
    page.set_viewport_size({"width": 390, "height": 800})
    until(page, "[...document.querySelectorAll('[data-figure]')].every(place => place.dataset.width < 380)")
    assert all(chart["width"] <= chart["place"] + 1 < 390 for chart in drawings(page))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing runs out of the page"
    colour = "document.querySelector('[data-figure] circle').getAttribute('fill')"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    until(page, f"{colour} !== '{light}'")


def test_a_chart_tells_its_figures_under_the_pointer(page: "Page") -> None:
    page.goto("/performance")
    page.wait_for_selector("[data-figure] svg")
    page.locator("[data-figure] circle").first.hover(force=True)
    page.wait_for_selector("[aria-label=tip] text", state="attached")
    told = page.locator("[aria-label=tip]").first.text_content() or ""
    assert "Mean of a post" in told and "Week" in told


def test_the_chat_streams_and_its_links_lead_on(page: "Page") -> None:
    page.goto("/chat")
    page.get_by_role("button", name="What waits for me?").click()
    page.wait_for_selector(".said.answer .tool")
    page.wait_for_selector("#log:not([aria-busy]) .said.answer .prose a")
    assert "/chat/chat-" in page.url
    page.get_by_label("Your question").fill("<b>What does all that cost?</b>")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said.answer:last-child .prose a[href='/cost']")
    assert page.locator(".said.person").last.inner_text().splitlines()[-1] == "<b>What does all that cost?</b>"
    assert violations(page) == []
    page.locator(".said.answer:last-child .prose a[href='/cost']").click()
    page.wait_for_url("**/cost")
    page.go_back()
    assert page.locator(".said.person").count() == 2, "the conversation stands under its address"
    page.get_by_role("link", name="Start over").click()
    page.wait_for_url("**/chat?brand=tea_room")
