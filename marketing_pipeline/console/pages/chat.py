"""Talking with the orchestrator: one's own conversations, and answers as they come."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.dialogue import arguments_in_words, told, turns_of
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.page import back, page
from marketing_pipeline.domain.conversation import LONGEST_QUESTION, Event, Failed, Surface

STREAM = "text/event-stream"
SUGGESTIONS = (
    "What waits for me?",
    "How did last week do?",
    "Which pillar works best, and how sure are we?",
    "What goes out next?",
    "What did the models cost this week?",
    "How are the ads pacing?",
)
_SHOWN = 50


def chat(request: Request) -> Response:
    """A new conversation, beside those there are."""
    desk = desk_of(request)
    return page(request, "chat.html", title="Chat", **_around(desk, None), begun=None, turns=(), own=True)


def conversation(request: Request) -> Response:
    """One conversation from its beginning."""
    desk, identity = desk_of(request), request.path_params["conversation"]
    file = desk.place.conversations.get(desk.person, identity)
    begun = file.conversation
    return page(
        request,
        "chat.html",
        title=begun.title or "Chat",
        **_around(desk, begun.id),
        begun=begun,
        turns=turns_of(file),
        own=begun.person == desk.person.name,
    )


async def start(request: Request) -> Response:
    """Begin a conversation; with a question in the form it is answered before the browser goes on."""
    desk, form = desk_of(request), form_of(request)
    start_it = partial(desk.place.conversations.start, surface=Surface.CONSOLE)
    begun = await run_in_threadpool(start_it, desk.person, form.get("brand") or None)
    path = f"/chat/{begun.id}"
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"id": begun.id, "path": path})
    return await _whole(request, desk, begun.id) if form.get("text", "").strip() else back(request, path)


async def say(request: Request) -> Response:
    """Say something: the answer streams to whoever asks for a stream, and is waited for otherwise."""
    desk, identity = desk_of(request), request.path_params["conversation"]
    if STREAM not in request.headers.get("accept", ""):
        return await _whole(request, desk, identity)
    events = _said(request, desk, identity)
    # What is refused before anything is said has a status of its own: so the first event is awaited here.
    first = await anext(events)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_streamed(first, events), media_type=STREAM, headers=headers)


async def _streamed(first: Event, events: AsyncGenerator[Event]) -> AsyncIterator[bytes]:
    async with aclosing(events):
        yield told(first)
        async for event in events:
            yield told(event)


async def _whole(request: Request, desk: Desk, identity: str) -> Response:
    """Wait for the whole answer, then show it."""
    said = ""
    async with aclosing(_said(request, desk, identity)) as events:
        async for event in events:
            if isinstance(event, Failed):
                said = f"{event.message} {event.mend}"
    return back(request, f"/chat/{identity}#newest", said=said)


def _said(request: Request, desk: Desk, identity: str) -> AsyncGenerator[Event]:
    """What comes of the words in the form."""
    text = form_of(request).get("text", "")
    return desk.office.talks.hear(partial(desk.place.conversations.say, desk.person, identity, text))


def _around(desk: Desk, shown: str | None) -> dict[str, Any]:
    kept = desk.place.conversations.list(desk.person, limit=_SHOWN)
    return {
        "kept": kept,
        "shown": shown,
        "suggestions": SUGGESTIONS,
        "longest": LONGEST_QUESTION,
        "in_lines": arguments_in_words,
    }


ROUTES = (
    Route("/chat", chat, methods=["GET"]),
    Route("/chat", start, methods=["POST"]),
    Route("/chat/{conversation}", conversation, methods=["GET"]),
    Route("/chat/{conversation}/say", say, methods=["POST"]),
)
