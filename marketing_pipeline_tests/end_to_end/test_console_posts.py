"""An operator at work on posts in a real browser: hold, edit, move, ask; and every page by axe-core's rules."""

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline_tests.end_to_end.chromium import browser, require_chromium, served, violations
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small

if TYPE_CHECKING:
    from playwright.sync_api import Page

require_chromium()

PAGES = (
    "/", "/calendar", "/approvals", "/performance", "/ads", "/quality", "/cost", "/experiments", "/rules", "/chat",
    "/activity", "/health", "/people",
)  # fmt: skip


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, brand: Brand) -> Generator[Company]:
    """A company with one published and measured week, and one that is in the queue."""
    root = tmp_path_factory.mktemp("company")
    small = kept_small(brand, root / "brands", 3)
    with company(root, small, brands=root / "brands") as opened:
        opened.learn_and_plan(FIRST_WEEK)
        opened.publish_and_measure(FIRST_WEEK)
        opened.learn_and_plan(FIRST_WEEK.plus(1))
        opened.queue_plain(FIRST_WEEK.plus(1))
        opened.workplace.refresh_warehouse()
        yield opened


@pytest.fixture(scope="module")
def url(people: Company) -> Generator[str]:
    with served(people.workplace) as address:
        yield address


@pytest.fixture
def page(url: str) -> Generator["Page"]:
    with browser(url) as opened:
        yield opened


def coming(people: Company) -> list[str]:
    """Posts in the queue, the first due first."""
    posts = people.workplace.posts.find(states=(PostState.SCHEDULED,))
    return [post.id for post in sorted(posts, key=lambda post: post.scheduled_at)]


def test_a_post_is_held_as_it_becomes_due_and_goes_out_when_it_is_released(people: Company, page: "Page") -> None:
    post = people.workplace.posts.get(people.workplace.posts.find(states=(PostState.SCHEDULED,))[0].id)
    sent = len(people.world.journal.publishes())
    people.workplace.clock.step_to(post.scheduled_at - timedelta(seconds=5))
    page.goto(f"/posts/{post.id}")
    page.get_by_label("Why it is held").fill("the framer called")
    page.get_by_role("button", name="Hold", exact=True).click()
    page.get_by_text("the framer called").first.wait_for()
    people.workplace.clock.step_to(post.scheduled_at + timedelta(seconds=5))
    people.workplace.drain("test")
    assert people.workplace.posts.get(post.id).held
    assert len(people.world.journal.publishes()) == sent
    page.get_by_role("button", name="Release").click()
    page.get_by_role("button", name="Hold", exact=True).wait_for()
    people.workplace.drain("test")
    assert people.workplace.posts.get(post.id).state is PostState.PUBLISHED
    assert len(people.world.journal.publishes()) == sent + 1


def test_words_are_edited_and_the_post_is_moved(people: Company, page: "Page") -> None:
    post = people.workplace.posts.get(coming(people)[-1])  # pyright: ignore[reportArgumentType]
    page.goto(f"/posts/{post.id}")
    caption = page.get_by_label("Caption")
    words = f"{caption.input_value()}\n\nAsk us about paper."
    caption.fill(words)
    page.get_by_label("Why", exact=True).fill("people ask about paper")
    page.get_by_role("button", name="Save the words").click()
    page.get_by_role("status").get_by_text("").first.wait_for()
    page.goto(f"/posts/{post.id}")
    assert page.get_by_label("Caption").input_value().replace("\r", "") == words
    later = (post.scheduled_at + timedelta(days=1)).astimezone(people.brand.zone)
    page.get_by_label("Move to").fill(later.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Move", exact=True).click()
    page.wait_for_load_state()
    moved = people.workplace.posts.get(post.id)
    assert moved.scheduled_at == post.scheduled_at + timedelta(days=1)
    with people.workplace.database.read() as connection:
        waiting = [
            effect
            for effect in list_effects(connection, subject=post.id)
            if effect.state in (EffectState.QUEUED, EffectState.AWAITING_APPROVAL)
        ]
    assert [effect.payload.caption.startswith(words) for effect in waiting] == [True]


def test_words_that_break_the_rules_come_back_as_they_were_typed(people: Company, page: "Page") -> None:
    post = coming(people)[-1]
    page.goto(f"/posts/{post}")
    page.get_by_label("Caption").fill("Everything cheap today " * 200)
    page.get_by_label("Why", exact=True).fill("louder")
    page.get_by_role("button", name="Save the words").click()
    page.get_by_role("alert").first.wait_for()
    assert page.get_by_label("Caption").input_value().startswith("Everything cheap today Everything")


def test_a_question_is_answered_in_the_chat_with_a_link_that_leads_somewhere(people: Company, page: "Page") -> None:
    page.goto("/chat")
    page.get_by_label("Your question").fill("What goes out next?")
    page.get_by_role("button", name="Send").click()
    link = page.locator("#log a[href^='/']").first
    link.wait_for(timeout=30_000)
    page.get_by_role("button", name="Send").wait_for()
    link.click()
    page.wait_for_url(lambda address: "/chat" not in address)
    assert page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_has_a_serious_violation_and_none_is_wider_than_a_phone(people: Company, url: str, dark: bool) -> None:
    post = people.workplace.posts.find(states=(PostState.PUBLISHED,))[0].id
    found: dict[str, object] = {}
    with browser(url, dark=dark, width=390) as page:
        for path in (*PAGES, f"/posts/{post}", f"/posts/{post}/trace", "/posts/none"):
            page.goto(path)
            if page.locator("[data-figure]").count():
                page.locator("[data-figure] svg").first.wait_for()
            if wrong := violations(page):
                found[path] = wrong
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                found[f"{path} is too wide"] = page.evaluate("document.documentElement.scrollWidth")
    assert found == {}


def test_the_keyboard_alone_leads_from_page_to_page(page: "Page", tmp_path: Path) -> None:
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/calendar*")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the page"
