"""Pictures of every page of the console for the docs: `python -m marketing_pipeline_tests.end_to_end.screenshots`.

Of the home that MARKETING_HOME names, such as one that `make demo` has filled; its people gain `ann`, an administrator.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.end_to_end.chromium import BOSS, browser, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "console"
QUESTION = "How did last week go?"
_TALLEST = 1_700


def pages(place: Workplace) -> dict[str, str]:
    """Name and address of each picture."""
    brand = next(iter(place.brands))
    published = place.posts.find(brand=brand, states=(PostState.PUBLISHED,))
    changes = place.gate.requests(BOSS, brand=brand)
    of_ads = [each for each in changes if each.kind == EffectKind.APPLY_AD_CHANGE]
    waiting = [each for each in of_ads if each.state is ApprovalState.PENDING] or of_ads
    found = {
        "today": "/",
        "calendar": f"/calendar?week={published[-1].week}" if published else "/calendar",
        "approvals": "/approvals?state=all",
        "performance": "/performance",
        "ads": "/ads",
        "quality": "/quality",
        "cost": "/cost",
        "experiments": "/experiments",
        "rules": "/rules",
        "activity": "/activity",
        "health": "/health",
        "people": "/people",
    }
    if published:
        found["post"] = f"/posts/{published[-1].id}"
    if waiting:
        found["approval"] = f"/approvals/{waiting[-1].id}"
    return found


def main() -> None:
    """Take every picture in light, and Today once more in dark and once on a phone."""
    settings = Settings.from_environment()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sandbox_process(settings), Workplace.open(settings) as place, served(place) as url:
        wanted = pages(place)
        with browser(url) as page:
            for name, path in wanted.items():
                page.goto(path)
                _take(page, name)
            page.goto("/chat")
            page.get_by_label("Your question").fill(QUESTION)
            page.get_by_role("button", name="Send").click()
            page.locator("#log a[href^='/']").first.wait_for()
            _take(page, "chat")
        with browser(url, dark=True) as page:
            page.goto("/performance")
            _take(page, "performance-dark")
        with browser(url, width=390) as page:
            page.goto("/")
            _take(page, "today-phone")


def _take(page: "Page", name: str) -> None:
    if page.locator("[data-figure]").count():
        page.locator("[data-figure] svg").first.wait_for()
    page.wait_for_timeout(400)
    height = min(_TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
    width = page.viewport_size["width"] if page.viewport_size else 0
    clip = {"x": 0.0, "y": 0.0, "width": float(width), "height": float(height)}
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True, clip=clip)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main()
