"""A conversation as it is shown: each question with the tools that were used for it and the answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from marketing_pipeline.console.markup import own_path, rendered
from marketing_pipeline.domain.conversation import (
    ConversationFile,
    ConversationMessage,
    Event,
    Finished,
    Link,
    ToolDone,
    ToolStarted,
    ToolUsed,
)

_LINK = re.compile(r'\{"label": "[^"\\]*", "path": "/[^"\\]*"\}')
MOST_LINKS = 8
_REQUEST = "/approvals/"
PROPOSES = "propose_"
"""How the names of the tools begin that put something before people."""


@dataclass
class Turn:
    """One question, what was used to answer it, and the answer."""

    question: str
    tools: list[ToolUsed] = field(default_factory=list[ToolUsed])
    answers: list[str] = field(default_factory=list[str])

    @property
    def answer(self) -> Markup:
        """What was answered, as HTML."""
        return rendered("\n\n".join(self.answers))

    @property
    def links(self) -> list[dict[str, str]]:
        """Pages that the tools led to and that the answer does not name itself."""
        answer = self.answer
        found = {link["path"]: link for tool in self.tools for link in _links(tool)}
        return [link for path, link in found.items() if f'href="{escape(path)}"' not in answer][:MOST_LINKS]

    @property
    def proposals(self) -> list[str]:
        """Addresses of the requests that came of it."""
        found = (link["path"] for tool in self.tools if tool.tool.startswith(PROPOSES) for link in _links(tool))
        return [path for path in dict.fromkeys(found) if path.startswith(_REQUEST)]


def turns_of(file: ConversationFile) -> list[Turn]:
    """The turns of a conversation, the oldest first."""
    turns: list[Turn] = []
    unplaced = list(file.tools)
    for message in file.messages:
        if message.role == "user":
            if message.text:
                turns.append(Turn(message.text))
            continue
        if not turns:
            turns.append(Turn(""))
        turns[-1].tools += _used_in(message, unplaced)
        if message.text:
            turns[-1].answers.append(message.text)
    if turns:
        turns[-1].tools += unplaced
    return turns


def arguments_in_words(arguments: Mapping[str, Any]) -> str:
    """What a tool was asked, in lines."""
    return json.dumps(dict(arguments), indent=1, ensure_ascii=False) if arguments else ""


def told(event: Event) -> bytes:
    """One event as a server-sent event. What the browser puts on the page as HTML is made here."""
    content = event.model_dump(mode="json")
    match event:
        case ToolStarted():
            content["arguments"] = arguments_in_words(event.arguments)
        case ToolDone():
            content["links"] = _own(event.links)
            content["proposals"] = _proposals(event)
        case Finished():
            content["links"] = _own(event.links)
            content["html"] = str(rendered(event.text))
        case _:
            pass
    return f"event: {event.event}\ndata: {json.dumps(content)}\n\n".encode()


def _links(tool: ToolUsed) -> list[dict[str, str]]:
    """Links in what is kept of a tool's answer; a shortened one may have lost the last of them."""
    found = [json.loads(link) for link in _LINK.findall(tool.result)]
    return [link for link in found if own_path(link["path"])]


def _own(links: tuple[Link, ...]) -> list[dict[str, str]]:
    return [{"label": link.label, "path": link.path} for link in links if own_path(link.path)]


def _proposals(event: ToolDone) -> list[dict[str, str]]:
    if not event.tool.startswith(PROPOSES):
        return []
    return [link for link in _own(event.links) if link["path"].startswith(_REQUEST)]


def _used_in(message: ConversationMessage, unplaced: list[ToolUsed]) -> list[ToolUsed]:
    """The records of the tools that a turn of the model asked for, taken out of those not placed yet."""
    found: list[ToolUsed] = []
    for block in message.content:
        if block.get("type") != "tool_use":
            continue
        wanted = (block.get("name"), block.get("input"))
        used = next((tool for tool in unplaced if (tool.tool, tool.arguments) == wanted), None)
        if used:
            unplaced.remove(used)
            found.append(used)
    return found
