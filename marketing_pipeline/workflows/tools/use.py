"""Using one tool for a person: asked whether they may, bounded in time, and every use of it written down."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from marketing_pipeline.domain.conversation import Link, ToolOutcome, ToolUsed
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.store.conversations import Conversations, used_tool_id
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.catalogue import TOOLS
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.tool import Tool

log = logging.getLogger(__name__)

SECONDS = 60.0
"""For one use."""
LONGEST_ARGUMENTS = 20_000
"""Characters of what a tool is asked, as JSON: a giant is refused before anything looks at it."""


class AskedWrongly(MarketingError):
    """The arguments are not what the tool takes. It was not run."""


@dataclass(frozen=True)
class Used:
    """What one use came to: the text for the model, and what people are shown of it."""

    id: str
    tool: str
    outcome: ToolOutcome
    told: str
    summary: str
    links: tuple[Link, ...]
    milliseconds: float


class ToolBench:
    """Uses tools within one conversation."""

    def __init__(
        self,
        context: ToolContext,
        conversations: Conversations,
        conversation: str,
        tools: Mapping[str, Tool] = TOOLS,
        seconds: float = SECONDS,
    ) -> None:
        self._context = context
        self._conversations = conversations
        self._conversation = conversation
        self._tools = tools
        self._seconds = seconds

    async def use(self, name: str, arguments: Mapping[str, Any], identity: str | None = None) -> Used:
        """Use a tool. Whatever goes wrong is an outcome, in words without internals; its row is stored all the same."""
        started, at = time.perf_counter(), self._context.now
        told, summary, links, outcome = await self._outcome(name, arguments)
        name, told, summary = (_whole(words) for words in (name, told, summary))
        used = Used(
            id=identity or used_tool_id(),
            tool=name[:96],
            outcome=outcome,
            told=told,
            summary=summary,
            links=links,
            milliseconds=(time.perf_counter() - started) * 1000,
        )
        row = ToolUsed(
            id=used.id,
            person=self._context.person.name,
            tool=used.tool,
            arguments=dict(arguments) if len(str(arguments)) <= LONGEST_ARGUMENTS else {"left_out": "too long to keep"},
            outcome=outcome,
            result=told,
            milliseconds=used.milliseconds,
            called_at=at,
        )
        self._conversations.note_tool(self._conversation, row)
        return used

    async def _outcome(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, str, tuple[Link, ...], ToolOutcome]:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await asyncio.to_thread(self._run, name, arguments)
                told = await asyncio.to_thread(answer.told)
            return told, answer.summary, tuple(answer.links), ToolOutcome.OK
        except TimeoutError:
            words = f"{name[:96]} took longer than {self._seconds:g} s and was left. Ask for less."
            return words, words, (), ToolOutcome.FAILED
        except MarketingError as refusal:
            return str(refusal), refusal.message, (), ToolOutcome.REFUSED
        except Exception:
            log.exception("The tool %s failed.", name[:96])
            words = f"{name[:96]} failed by a fault of the program; it is logged."
            return words, words, (), ToolOutcome.FAILED

    def _run(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        tool = self._tools.get(name)
        if tool is None:
            raise NotFound(f"There is no tool {name[:96]!r}.", f"There are: {', '.join(self._tools)}.")
        self._context.person.require(Permission.EDIT if tool.proposes else Permission.READ)
        if len(str(arguments)) > LONGEST_ARGUMENTS:
            raise NotFound("That is too long.", f"Ask in at most {LONGEST_ARGUMENTS} characters.")
        try:
            asked = tool.arguments.model_validate_json(json.dumps(dict(arguments)))
        except ValidationError as error:
            raise AskedWrongly(
                f"{name[:96]} was asked wrongly: {_problems(error)}.", "Ask as its schema says."
            ) from error
        return tool.run(self._context, asked)


def _whole(text: str) -> str:
    """Half a surrogate pair can be received, but neither stored nor sent on."""
    return text.encode("utf-8", "replace").decode()


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)[:6]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in found)
