"""A conversation with the orchestrator: what is kept of it, and what is told while an answer comes."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.identifiers import BrandId

LONGEST_QUESTION = 4_000
"""Characters of what a person may say at once."""


class Surface(StrEnum):
    """By which way a person talks."""

    CONSOLE = "console"
    CLI = "cli"
    MCP = "mcp"


class ToolOutcome(StrEnum):
    """How one use of a tool ended. `refused`: it may not be done, or was asked for wrongly; nothing happened."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Link(_Frozen):
    """A page of the console that shows more."""

    label: str
    path: Annotated[str, Field(pattern=r"^/([^/].*)?$", description="Within the console, never another site")]


class Said(_Frozen):
    """The next piece of the answer's text, as it comes."""

    event: Literal["said"] = "said"
    text: str


class ToolStarted(_Frozen):
    """The model asked for a tool."""

    event: Literal["tool_started"] = "tool_started"
    id: str
    tool: str
    arguments: dict[str, Any]


class ToolDone(_Frozen):
    """The tool has answered; `id` is that of its row. `summary` is for people, one line."""

    event: Literal["tool_done"] = "tool_done"
    id: str
    tool: str
    outcome: ToolOutcome
    summary: str
    links: tuple[Link, ...] = ()
    milliseconds: float


class Finished(_Frozen):
    """The answer is whole; `text` is all of it, `links` those of every tool that was used."""

    event: Literal["finished"] = "finished"
    text: str
    links: tuple[Link, ...] = ()


class Failed(_Frozen):
    """The answer broke off. What was said so far is kept, and the conversation can go on."""

    event: Literal["failed"] = "failed"
    message: str
    mend: str


Event = Said | ToolStarted | ToolDone | Finished | Failed


class Conversation(_Frozen):
    """One conversation; `brand` None means that it is about all brands that the person may see."""

    id: str
    person: str
    brand: BrandId | None
    surface: Surface
    title: str
    started_at: AwareDatetime
    updated_at: AwareDatetime


class ConversationMessage(_Frozen):
    """One turn. `text` is for people, and empty where a turn only carries tool results; `content` is the model's."""

    number: int
    role: Literal["user", "assistant"]
    text: str
    content: list[dict[str, Any]]
    model_call: str | None = None
    said_at: AwareDatetime


class ToolUsed(_Frozen):
    """One use of a tool. `result` is shortened."""

    id: str
    person: str
    tool: str
    arguments: dict[str, Any]
    outcome: ToolOutcome
    result: str
    milliseconds: float
    called_at: AwareDatetime


class ConversationFile(_Frozen):
    """A conversation with all that was said and used in it."""

    conversation: Conversation
    messages: tuple[ConversationMessage, ...]
    tools: tuple[ToolUsed, ...]
