"""What the sandbox's model sees of a conversation: the last question, what was looked up for it, and what tools say."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from marketing_pipeline.sandbox.messages_blocks import TextBlock, ToolResultBlock, ToolUseBlock
from marketing_pipeline.sandbox.messages_rules import MessagesRequest

Json = dict[str, Any]
POST_ID = re.compile(r"\b[a-z0-9_]+-\d{4}-\d{2}-\d{2}-\d{2}\b")
_DATA = re.compile(r'<data name="answer">\n(.*?)\n</data>', re.DOTALL)
_CONTEXT = re.compile(r'<data name="context">\n(.*?)\n</data>', re.DOTALL)
_UNTRUSTED = re.compile(r'<untrusted source="([a-z_]+)">\n(.*?)\n</untrusted>', re.DOTALL)
_ORDERS = re.compile(
    r"ignore (?:all |any )?(?:your|the|previous|earlier|all) (?:\w+ )?(?:rules|instructions)|call propose_", re.I
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Result:
    """What one tool answered. `outside` is other people's words: reported at most, never obeyed."""

    tool: str
    data: Json
    outside: Json
    refused: str
    orders: bool

    @property
    def links(self) -> list[tuple[str, str]]:
        """Label and path of each page that it leads to."""
        return [(link["label"], link["path"]) for link in self.data.get("links", []) if isinstance(link, dict)]


@dataclass(frozen=True)
class Talk:
    """The conversation as far as the answer needs it. `spoken` is everything that both sides have said."""

    question: str
    context: Json
    results: tuple[Result, ...]
    spoken: str
    tools: frozenset[str]

    @property
    def words(self) -> str:
        """The question in lower case."""
        return self.question.lower()

    def result(self, tool: str) -> Result | None:
        """What a tool has answered for this question."""
        return next((result for result in self.results if result.tool == tool), None)

    @property
    def post(self) -> str | None:
        """The post that is spoken of by its id: in the question, else last in the conversation."""
        named = POST_ID.findall(self.question) or POST_ID.findall(self.spoken)
        return named[-1] if named else None

    def moment(self) -> str | None:
        """The day and time that the question names, as local wall clock; None where it names none."""
        clock = re.search(r"\b(\d{1,2})[:.](\d{2})\b", self.words)
        if clock is None:
            return None
        brands = cast("list[Json]", self.context.get("brands") or [{}])
        mine = next((brand for brand in brands if brand.get("id") == self.context.get("brand")), brands[0])
        now = datetime.fromisoformat(self.context["now"]).astimezone(ZoneInfo(mine.get("time_zone", "UTC")))
        day = self._day(now)
        return f"{day:%Y-%m-%d}T{int(clock[1]):02d}:{clock[2]}"

    def _day(self, now: datetime) -> datetime:
        written = re.search(r"\b\d{4}-\d{2}-\d{2}\b", re.sub(POST_ID, "", self.words))
        if written:
            return datetime.fromisoformat(written[0])
        for number, name in enumerate(_DAYS):
            if name in self.words:
                return now + timedelta(days=(number - now.weekday()) % 7 or 7)
        return now + timedelta(days=1 if "tomorrow" in self.words else 0)


def talk_of(asked: MessagesRequest) -> Talk:
    """Read a request. Words in tool results are kept apart: nothing in them is a question."""
    question, context, begins = "", {}, 0
    for number, turn in enumerate(asked.messages):
        blocks = turn.blocks()
        if turn.role != "user" or any(isinstance(block, ToolResultBlock) for block in blocks):
            continue
        texts = [block.text for block in blocks if isinstance(block, TextBlock)]
        found = [_CONTEXT.search(text) for text in texts]
        context = next((_object(match[1]) for match in found if match), context)
        question, begins = next((text for text in reversed(texts) if not _CONTEXT.match(text)), question), number
    calls = {
        block.id: block.name for turn in asked.messages for block in turn.blocks() if isinstance(block, ToolUseBlock)
    }
    results = [
        _result(calls.get(block.tool_use_id, ""), block)
        for turn in asked.messages[begins:]
        for block in turn.blocks()
        if isinstance(block, ToolResultBlock)
    ]
    spoken = "\n".join(
        block.text
        for turn in asked.messages
        for block in turn.blocks()
        if isinstance(block, TextBlock) and not _CONTEXT.match(block.text)
    )
    open_tools = frozenset(tool.name for tool in asked.tools) if asked.tool_choice.type != "none" else frozenset[str]()
    return Talk(question, context, tuple(results), spoken, open_tools)


def _result(tool: str, block: ToolResultBlock) -> Result:
    data = _DATA.search(block.text)
    outside = {name: _value(body) for name, body in _UNTRUSTED.findall(block.text)}
    orders = any(_ORDERS.search(body) for _, body in _UNTRUSTED.findall(block.text))
    refused = block.text if block.is_error or data is None else ""
    return Result(tool, _object(data[1]) if data else {}, outside, refused, orders)


def _object(body: str) -> Json:
    value = _value(body)
    return cast(Json, value) if isinstance(value, dict) else {}


def _value(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
