"""What the Messages API takes: the request's shape, and every rule whose breach it answers with an error."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from marketing_pipeline.sandbox.messages_blocks import (
    AnyBlock,
    CacheControl,
    ImageBlock,
    Json,
    Part,
    TextBlock,
    ThinkingBlock,
    Tool,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
)
from marketing_pipeline.sandbox.messages_tool_rules import broken_tool_turns, broken_tools

MOST_BODY_BYTES = 32_000_000
MOST_OUTPUT_TOKENS = 128_000
MOST_CACHE_MARKS = 4
SAMPLING = ("temperature", "top_p", "top_k")
NOT_IN_THE_SANDBOX = ("thinking", "thread", "container", "mcp_servers", "context_management")
UNSUPPORTED_KEYWORDS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
)  # fmt: skip


class Refusal(Exception):
    """The API's own error: status, type and message, as they go over the wire."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message

    def body(self, request_id: str) -> Json:
        """The error object."""
        return {"type": "error", "error": {"type": self.kind, "message": self.message}, "request_id": request_id}


def invalid(message: str) -> Refusal:
    """A request that breaks a rule."""
    return Refusal(400, "invalid_request_error", message)


class ModelCard(BaseModel):
    """One model that is on offer. A prefix shorter than `least_cached` tokens is never cached, in silence."""

    model_config = ConfigDict(frozen=True)

    name: str
    least_cached: int
    always_thinks: bool


MODELS = {
    "claude-fable-5-1": ModelCard(name="Claude Fable 5.1", least_cached=512, always_thinks=True),
    "claude-opus-5-5": ModelCard(name="Claude Opus 5.5", least_cached=512, always_thinks=True),
    "claude-sonnet-5-5": ModelCard(name="Claude Sonnet 5.5", least_cached=1024, always_thinks=False),
    "claude-haiku-5-5": ModelCard(name="Claude Haiku 5.5", least_cached=4096, always_thinks=False),
}


_FOREIGN: dict[str, tuple[type[AnyBlock], ...]] = {
    "user": (ThinkingBlock, ToolUseBlock),
    "assistant": (ImageBlock, ToolResultBlock),
}


class OutputFormat(Part):
    """Structured output."""

    type: Literal["json_schema"]
    schema_: Annotated[Json, Field(alias="schema")]


class OutputConfig(Part):
    """How the answer is to look, and how hard to think."""

    format: OutputFormat | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None


class Metadata(Part):
    """Whom the request is made for."""

    user_id: str | None = None


class MessagesRequest(Part):
    """POST /v1/messages. A field that is not listed is refused, so that a slip in its name shows at once."""

    model: str
    max_tokens: Annotated[int, Field(ge=1, le=MOST_OUTPUT_TOKENS, strict=True)]
    messages: Annotated[tuple[Turn, ...], Field(min_length=1)]
    system: str | tuple[TextBlock, ...] = ()
    stream: bool = False
    output_config: OutputConfig = OutputConfig()
    stop_sequences: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] = "auto"
    cache_control: CacheControl | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice(type="auto")

    def system_blocks(self) -> tuple[TextBlock, ...]:
        """The system prompt as blocks, however it was sent."""
        if isinstance(self.system, str):
            return (TextBlock(type="text", text=self.system),) if self.system else ()
        return self.system

    def user_texts(self) -> list[str]:
        """Every text that came from the user's side, in order."""
        blocks = [block for turn in self.messages if turn.role == "user" for block in turn.blocks()]
        return [block.text for block in blocks if isinstance(block, TextBlock)]

    def told_texts(self) -> list[str]:
        """Every text that may hold data: what follows the system prompt's first part, and the user's side."""
        return [block.text for block in self.system_blocks()[1:]] + self.user_texts()

    def answer_schema(self) -> Json | None:
        """The JSON schema asked for; None for plain text."""
        return self.output_config.format.schema_ if self.output_config.format else None


def read_request(body: object, *, counting: bool = False) -> MessagesRequest:
    """The request as a model; one that only counts tokens states no max_tokens.

    Raises Refusal: 400 for a broken rule, 404 for a model that is not on offer.
    """
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object")
    fields = {**({"max_tokens": 1} if counting else {}), **cast(Json, body)}
    for name in SAMPLING:
        if name in fields:
            raise invalid(f"{name}: not supported in this API version")
    for name in NOT_IN_THE_SANDBOX:
        if name in fields:
            raise invalid(f"{name}: not supported by the sandbox's model")
    try:
        request = MessagesRequest.model_validate(fields)
    except ValidationError as error:
        raise invalid(_told(error)) from error
    if request.model not in MODELS:
        raise Refusal(404, "not_found_error", f"model: {request.model}")
    _check_order(request)
    for told in (*broken_tools(request.tools, request.tool_choice), *broken_tool_turns(request.messages)):
        raise invalid(told)
    for number, tool in enumerate(request.tools):
        if tool.strict:
            check_schema(tool.input_schema, f"tools.{number}.custom.input_schema")
    _check_marks(request)
    if (schema := request.answer_schema()) is not None:
        check_schema(schema)
    return request


def _told(error: ValidationError) -> str:
    """The deepest complaint: of content that is neither text nor good blocks, the one about the block."""
    deepest = max(error.errors(include_url=False), key=lambda item: len(item["loc"]))
    place = ".".join(str(part) for part in deepest["loc"] if isinstance(part, int) or part.isidentifier())
    return f"{place}: {deepest['msg']}"


def _check_order(request: MessagesRequest) -> None:
    roles = [turn.role for turn in request.messages]
    if roles[0] != "user":
        raise invalid('messages: first message must use the "user" role')
    if any(a == b for a, b in pairwise(roles)):
        raise invalid('messages: roles must alternate between "user" and "assistant"')
    if roles[-1] != "user":
        raise invalid("messages: the conversation must end with a user message; prefilling is not supported")
    for number, turn in enumerate(request.messages):
        for block in turn.blocks():
            if isinstance(block, _FOREIGN[turn.role]):
                raise invalid(f"messages.{number}.content: `{block.type}` blocks are not allowed for `{turn.role}`")


def _check_marks(request: MessagesRequest) -> None:
    said = (block for turn in request.messages for block in turn.blocks())
    blocks = [*request.tools, *request.system_blocks(), *said]
    marks = sum(not isinstance(block, ThinkingBlock) and block.cache_control is not None for block in blocks)
    if marks > MOST_CACHE_MARKS:
        raise invalid(f"A maximum of {MOST_CACHE_MARKS} blocks with cache_control may be provided. Found {marks}.")


def check_schema(schema: Json, place: str = "output_config.format.schema") -> None:
    """Refuse what structured output refuses: open objects, and limits that the decoder cannot enforce."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for keyword in UNSUPPORTED_KEYWORDS:
        if keyword in schema:
            raise invalid(f"{place}: property '{keyword}' is not supported")
    if schema.get("minItems", 0) not in (0, 1):
        raise invalid(f"{place}: 'minItems' must be 0 or 1")
    for where, part in _subschemas(schema):
        check_schema(part, f"{place}.{where}")


def _subschemas(schema: Json) -> Iterator[tuple[str, Json]]:
    for group in ("properties", "$defs"):
        for name, part in schema.get(group, {}).items():
            yield f"{group}.{name}", part
    for group in ("anyOf", "allOf"):
        for number, part in enumerate(schema.get(group, [])):
            yield f"{group}.{number}", part
    if isinstance(schema.get("items"), dict):
        yield "items", schema["items"]
