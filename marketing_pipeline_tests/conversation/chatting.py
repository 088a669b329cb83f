"""The tea room with a model to talk to: the sandbox's over a real socket, or one whose replies a test scripts."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from marketing_pipeline.domain.conversation import Event, Failed, Finished, Said, Surface, ToolDone
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline_tests.agents.scripted_messages import Reply
from marketing_pipeline_tests.cli.office import Office

Json = dict[str, Any]
ANA = Person(name="ana", role=Role.ADMIN, source="cli")
VIEWER = Person(name="vic", role=Role.VIEWER, source="console")
STRANGER = Person(name="sam", role=Role.APPROVER, source="console", brands=frozenset({BrandId("bike_shop")}))
_USAGE = {"input_tokens": 900, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 100}


def heard(office: Office, question: str, *, person: Person = ANA, conversation: str | None = None) -> list[Event]:
    """Every event of one answer."""
    desk = office.work.conversations
    name = conversation or desk.start(person, surface=Surface.CLI).id

    async def listen() -> list[Event]:
        async with aclosing(desk.say(person, name, question)) as events:
            return [event async for event in events]

    return asyncio.run(listen())


def said(events: Sequence[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, Said))


def tools(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Tools that were used, each with how it ended."""
    return [(event.tool, event.outcome.value) for event in events if isinstance(event, ToolDone)]


def finished(events: Sequence[Event]) -> Finished:
    """The end of a whole answer."""
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


def failed(events: Sequence[Event]) -> Failed:
    """The end of an answer that broke off."""
    assert isinstance(events[-1], Failed), events[-1]
    return events[-1]


def frame(kind: str, **data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def opening() -> bytes:
    """How each stream begins."""
    message: Json = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": _USAGE,
    }  # fmt: skip
    return frame("message_start", message=message)


def text_frames(text: str, index: int = 0) -> bytes:
    """A text block, in two pieces."""
    half = len(text) // 2
    return b"".join(
        [
            frame("content_block_start", index=index, content_block={"type": "text", "text": ""}),
            *(
                frame("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
                for piece in (text[:half], text[half:])
            ),
            frame("content_block_stop", index=index),
        ]
    )


def tool_frames(name: str, arguments: Json, index: int = 0, identity: str = "toolu_1") -> bytes:
    """A tool use."""
    block: Json = {"type": "tool_use", "id": identity, "name": name, "input": {}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
    return (
        frame("content_block_start", index=index, content_block=block)
        + frame("content_block_delta", index=index, delta=delta)
        + frame("content_block_stop", index=index)
    )


def closing(stop: str, output_tokens: int = 50) -> bytes:
    """How a whole stream ends."""
    delta = {"stop_reason": stop, "stop_sequence": None}
    return frame("message_delta", delta=delta, usage={"output_tokens": output_tokens}) + frame("message_stop")


def streamed(*parts: bytes, **changes: Any) -> Reply:
    """A reply that streams these frames."""
    return Reply(body=b"".join(parts), kind="text/event-stream", **changes)


def answer(text: str) -> Reply:
    """A whole answer."""
    return streamed(opening(), text_frames(text), closing("end_turn"))


def wants(name: str, identity: str = "toolu_1", **arguments: Any) -> Reply:
    """A turn that asks for one tool."""
    return streamed(opening(), tool_frames(name, arguments, identity=identity), closing("tool_use"))
