"""Talking in the console: with a script the answer streams, without one the page waits for it; own words stay own."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.pages.chat import SUGGESTIONS
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.conversation import (
    LONGEST_QUESTION,
)
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.store.conversations import Conversations
from marketing_pipeline_tests.cli.office import BRAND, REQUEST, Office
from marketing_pipeline_tests.console.browser import ORIGIN, Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room
from marketing_pipeline_tests.sandbox.model_service import ModelService


@pytest.fixture(scope="module")
def model() -> Iterator[ModelService]:
    """The sandbox's model."""
    with ModelService() as running:
        yield running


@pytest.fixture
def nobody() -> None:
    """For a test in which no model can be reached."""


@pytest.fixture(autouse=True)
def _asked(  # pyright: ignore[reportUnusedFunction]
    model: ModelService, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if "nobody" not in request.fixturenames:
        monkeypatch.setenv("MARKETING_SANDBOX_URL", model.url.removesuffix("/anthropic"))


def begin(site: Site) -> str:
    """The address of a new conversation."""
    headers = {"origin": ORIGIN, "accept": "application/json", "x-csrf-token": site.csrf()}
    answer = site.client.post("/chat", data={"brand": BRAND}, headers=headers)
    assert answer.status_code == 200, answer.text
    path: str = answer.json()["path"]
    return path


def sent(site: Site) -> dict[str, str]:
    """Headers of a page's script that wants a stream."""
    return {"origin": ORIGIN, "accept": "text/event-stream, application/json", "x-csrf-token": site.csrf()}


def events(site: Site, path: str, text: str) -> list[tuple[str, dict[str, Any]]]:
    """What the browser hears when it says something."""
    answer = site.client.post(f"{path}/say", data={"text": text}, headers=sent(site))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    heard = [part.partition("\n") for part in answer.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, _, data in heard]


def test_an_answer_streams_with_its_tools_and_links(site: Site, office: Office) -> None:
    office.awaiting()
    path = begin(site)
    heard = events(site, path, "What waits for me?")
    names = [name for name, _ in heard]
    assert names[0] == "tool_started" and names[-1] == "finished" and "said" in names
    done = next(data for name, data in heard if name == "tool_done")
    assert done["tool"] == "what_waits" and done["outcome"] == "ok" and done["milliseconds"] > 0
    assert {"label": REQUEST, "path": f"/approvals/{REQUEST}"} in done["links"] and done["proposals"] == []
    last = heard[-1][1]
    assert f'<a href="/approvals/{REQUEST}">' in last["html"]
    page = site.page(path)
    assert f'<a href="/approvals/{REQUEST}">' in page and "<code>what_waits</code>" in page
    assert f'href="{path}" aria-current=page>What waits for me?' in page


def test_without_a_script_the_page_waits_for_the_answer(site: Site, office: Office) -> None:
    office.awaiting()
    page = site.submit("/chat", text="What waits for me?", brand="")
    assert f'<a href="/approvals/{REQUEST}">' in page and ">What waits for me?</div>" in page
    [path] = set(re.findall(r'href="(/chat/chat-[^"]+)"', page))
    again = site.submit(f"{path}/say", text="What does all that cost?")
    assert again.count('class="said person"') == 2 and "<code>costs</code>" in again
    assert site.submit("/chat", text=" ").count('class="said person"') == 0, "nothing said begins an empty one"


def test_the_first_page_suggests_what_to_ask(site: Site) -> None:
    page = site.page("/chat")
    assert all(f'value="{words}"' in page for words in SUGGESTIONS) and "None yet." in page


def test_a_proposal_is_a_card_that_leads_to_its_decision(site: Site, office: Office) -> None:
    office.planned()
    path = begin(site)
    heard = events(site, path, "Propose a rule: never use the word bargain")
    [card] = next(data for name, data in heard if name == "tool_done")["proposals"]
    assert card["path"].startswith("/approvals/rule-")
    assert f'<a class="proposal" href="{card["path"]}">' in site.page(path)
    site.page(card["path"])


def test_a_viewer_is_told_that_they_may_not_propose(site: Site, office: Office) -> None:
    office.planned()
    with site.as_(Role.VIEWER) as viewer:
        heard = events(viewer, begin(viewer), "Propose a rule: never use the word bargain")
    done = next(data for name, data in heard if name == "tool_done")
    assert done["outcome"] == "refused" and "may not edit" in done["summary"] and done["proposals"] == []


def test_what_is_refused_is_said_plainly_and_nothing_is_kept(site: Site) -> None:
    path = begin(site)
    headers = {"origin": ORIGIN, "accept": "text/event-stream, application/json"}
    token = {"x-csrf-token": site.csrf()}
    for text, words in (("", "Nothing was said."), ("a" * (LONGEST_QUESTION + 1), "characters")):
        answer = site.client.post(f"{path}/say", data={"text": text}, headers=headers | token)
        assert answer.status_code == 400 and words in answer.json()["error"] and answer.json()["mend"]
        assert words in site.submit(f"{path}/say", status=400, text=text)
    assert site.client.post(f"{path}/say", data={"text": "x"}, headers=headers).status_code == 403
    foreign = {**headers, **token, "origin": "https://evil.example"}
    assert site.client.post(f"{path}/say", data={"text": "x"}, headers=foreign).status_code == 403
    assert site.client.post("/chat/chat-none/say", data={"text": "x"}, headers=headers | token).status_code == 404
    assert 'class="said person"' not in site.page(path)


@pytest.mark.usefixtures("nobody")
def test_a_model_that_cannot_be_reached_is_said_plainly(site: Site) -> None:
    page = site.submit(f"{begin(site)}/say", status=400, text="What waits?")
    assert "The sandbox is not running" in page and "marketing sandbox serve" in page


def test_conversations_are_their_own_and_an_administrator_only_reads(site: Site, office: Office) -> None:
    office.planned()
    with site.as_(Role.EDITOR, "edda") as edda, site.as_(Role.EDITOR, "otto") as otto:
        path = begin(edda)
        events(edda, path, "Is everything healthy?")
        otto.page(path, status=404)
        assert path not in otto.page("/chat") and path in edda.page("/chat")
        token = {"origin": ORIGIN, "accept": "text/event-stream, application/json", "x-csrf-token": otto.csrf()}
        assert otto.client.post(f"{path}/say", data={"text": "x"}, headers=token).status_code == 404
    page = site.page(path)
    assert "A conversation of edda." in page and 'id="say"' not in page


def test_a_brand_that_is_taken_away_takes_its_conversations_along(site: Site, office: Office, brands: Path) -> None:
    open_other_room(brands)
    with site.as_(Role.EDITOR, "ben", frozenset({BRAND, OTHER})) as ben:
        path = begin(ben)
        events(ben, path, "What waits?")
        office.work.people.change(Person(name="ann", role=Role.ADMIN, source="cli"), "ben", brands=[OTHER])
        ben.page(path, status=403)
        assert ben.client.post(f"{path}/say", data={"text": "And now?"}, headers=sent(ben)).status_code == 403


def test_words_of_people_and_models_are_escaped(site: Site, office: Office) -> None:
    office.planned()
    page = site.submit("/chat", text="<script>alert(1)</script> Is everything healthy?", brand="")
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_the_first_event_is_sent_before_the_answer_is_whole(site: Site, office: Office) -> None:
    """By the messages of ASGI itself: a test client would gather them."""
    office.awaiting()
    begun = begin(site)
    path, kept = f"{begun}/say", Conversations(office.work.database)
    csrf, cookie = site.csrf(), "; ".join(f"{key}={value}" for key, value in site.client.cookies.items())
    app = console_app(site.office.place.settings, Rounds(site.office.place.settings), site.office)
    told_of: list[MutableMapping[str, Any]] = []
    stored: list[int] = []
    asked = iter([{"type": "http.request", "body": urlencode({"text": "What waits?"}).encode(), "more_body": False}])

    async def receive() -> MutableMapping[str, Any]:
        found = next(asked, None)
        return found or (await asyncio.Event().wait() and {})

    async def send(message: MutableMapping[str, Any]) -> None:
        told_of.append(message)
        stored.append(len(kept.messages(begun.rpartition("/")[2])))

    headers = {
        "host": "127.0.0.1", "origin": ORIGIN, "accept": "text/event-stream", "x-csrf-token": csrf, "cookie": cookie,
        "content-type": "application/x-www-form-urlencoded", "content-length": "16",
    }  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert dict(told_of[0]["headers"])[b"x-accel-buffering"] == b"no"
    assert stored[1] < stored[-1], "the tool is told before the answer is kept"
    bodies = [message["body"] for message in told_of[1:] if message.get("body")]
    assert (
        len(bodies) > 3 and bodies[0].startswith(b"event: tool_started") and bodies[-1].startswith(b"event: finished")
    )


def test_while_a_talk_waits_for_the_database_no_page_waits_for_it(site: Site, office: Office) -> None:
    path, database = begin(site), office.work.database
    _ = events(site, path, "What waits?")
    locked, over = threading.Event(), threading.Event()

    def keep_locked() -> None:
        with database.write():
            locked.set()
            over.wait(20)

    with ThreadPoolExecutor(2) as pool:
        pool.submit(keep_locked)
        assert locked.wait(10)
        talk = pool.submit(site.client.post, f"{path}/say", data={"text": "And now?"}, headers=sent(site))
        for _ in range(5):
            time.sleep(0.1)
            began = time.monotonic()
            assert site.client.get("/login").status_code == 200
            assert time.monotonic() - began < 2, "a page has waited"
        assert not talk.done()
        over.set()
        assert "event: finished" in talk.result(20).text
