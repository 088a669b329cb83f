"""Talking in the console: with a script the answer streams, without one the page waits for it; own words stay own."""

import asyncio
import json
import re
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import urlencode

import pytest

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.dialogue import Turn, told, turns_of
from marketing_pipeline.console.pages.chat import SUGGESTIONS
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.conversation import (
    LONGEST_QUESTION,
    Conversation,
    ConversationFile,
    ConversationMessage,
    Finished,
    Link,
    Surface,
    ToolOutcome,
    ToolUsed,
)
from marketing_pipeline.domain.person import Role
from marketing_pipeline.store.conversations import Conversations
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, Office
from marketing_pipeline_tests.console.browser import ORIGIN, Site
from marketing_pipeline_tests.sandbox.model_service import ModelService
from marketing_pipeline_tests.sandbox.tea_room import MONDAY


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


def events(site: Site, path: str, text: str) -> list[tuple[str, dict[str, Any]]]:
    """What the browser hears when it says something."""
    headers = {"origin": ORIGIN, "accept": "text/event-stream, application/json", "x-csrf-token": site.csrf()}
    answer = site.client.post(f"{path}/say", data={"text": text}, headers=headers)
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
    sent: list[MutableMapping[str, Any]] = []
    stored: list[int] = []
    asked = iter([{"type": "http.request", "body": urlencode({"text": "What waits?"}).encode(), "more_body": False}])

    async def receive() -> MutableMapping[str, Any]:
        found = next(asked, None)
        return found or (await asyncio.Event().wait() and {})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
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
    assert dict(sent[0]["headers"])[b"x-accel-buffering"] == b"no"
    assert stored[1] == 1 and stored[-1] > 1, "the tool is told while nothing but the question is kept"
    bodies = [message["body"] for message in sent[1:] if message.get("body")]
    assert (
        len(bodies) > 3 and bodies[0].startswith(b"event: tool_started") and bodies[-1].startswith(b"event: finished")
    )


def test_tools_stand_with_the_question_that_they_were_used_for() -> None:
    def used(number: int, day: str) -> ToolUsed:
        return ToolUsed(
            id=f"t{number}", person="ann", tool="costs", arguments={"week": day}, outcome=ToolOutcome.OK,
            result="{}", milliseconds=1, called_at=MONDAY,
        )  # fmt: skip

    def turn(number: int, role: Any, text: str, *content: dict[str, Any]) -> ConversationMessage:
        return ConversationMessage(number=number, role=role, text=text, content=list(content), said_at=MONDAY)

    begun = Conversation(
        id="c", person="ann", brand=None, surface=Surface.CONSOLE, title="t", started_at=MONDAY, updated_at=MONDAY
    )
    wants = {"type": "tool_use", "name": "costs", "input": {"week": "b"}}
    file = ConversationFile(
        conversation=begun,
        messages=(
            turn(1, "user", "first"),
            turn(2, "assistant", "plain"),
            turn(3, "user", "second"),
            turn(4, "assistant", "", wants),
            turn(5, "user", ""),
            turn(6, "assistant", "done"),
        ),
        tools=(used(1, "b"), used(2, "lost")),
    )
    turns = turns_of(file)
    assert [(each.question, [tool.id for tool in each.tools], each.answers) for each in turns] == [
        ("first", [], ["plain"]),
        ("second", ["t1", "t2"], ["done"]),
    ]


def test_links_of_a_tool_are_shown_where_the_answer_has_none() -> None:
    ours, foreign = {"label": FIRST, "path": f"/posts/{FIRST}"}, {"label": "x", "path": "//evil.example"}
    result = json.dumps({"links": [ours, foreign]})
    tool = ToolUsed(
        id="t", person="ann", tool="show_post", arguments={}, outcome=ToolOutcome.OK, result=result, milliseconds=1,
        called_at=MONDAY,
    )  # fmt: skip
    assert Turn("q", [tool], ["no link"]).links == [ours]
    assert Turn("q", [tool], [f"see /posts/{FIRST}"]).links == []
    told_untrusted = json.dumps({"untrusted": result})
    assert Turn("q", [tool.model_copy(update={"result": told_untrusted})], [""]).links == [], "only our own links"


def test_what_is_streamed_cannot_break_out_of_its_event() -> None:
    sent = told(Finished(text="a\n\nevent: x\ndata: {}", links=(Link(label="evil", path="/../x"),)))
    assert sent.count(b"\n\n") == 1 and sent.endswith(b"\n\n")
    assert json.loads(sent.split(b"data: ", 1)[1])["links"] == []
