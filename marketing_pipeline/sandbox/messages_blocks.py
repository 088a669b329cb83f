"""The parts of a conversation in the Messages API: texts, pictures, thinking, tools, what was asked and answered."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]


class Part(BaseModel):
    """A part of a request. A field that is not listed is refused, so that a slip in its name shows at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CacheControl(Part):
    """A mark: cache everything up to here."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class TextBlock(Part):
    """Text. Citations come back as null in an assistant's turn; on a user's block they are refused."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]
    cache_control: CacheControl | None = None
    citations: None = None


class ImageSource(Part):
    """A picture in the request itself."""

    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: Annotated[str, Field(min_length=1)]


class ImageBlock(Part):
    """A picture to look at."""

    type: Literal["image"]
    source: ImageSource
    cache_control: CacheControl | None = None


class ThinkingBlock(Part):
    """Thinking of an earlier answer, handed back."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class DirectCaller(Part):
    """Who called a tool: the model itself. No other caller is in the sandbox."""

    type: Literal["direct"]


class ToolUseBlock(Part):
    """A tool that the model asked for, handed back."""

    type: Literal["tool_use"]
    id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]
    name: Annotated[str, Field(min_length=1)]
    input: Json
    caller: DirectCaller | None = None
    cache_control: CacheControl | None = None


class ToolResultBlock(Part):
    """What a tool answered."""

    type: Literal["tool_result"]
    tool_use_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]
    content: str | tuple[TextBlock, ...] = ""
    is_error: bool = False
    cache_control: CacheControl | None = None

    @property
    def text(self) -> str:
        """All of it as one text."""
        return self.content if isinstance(self.content, str) else "\n".join(block.text for block in self.content)


AnyBlock = TextBlock | ImageBlock | ThinkingBlock | ToolUseBlock | ToolResultBlock
Block = Annotated[AnyBlock, Field(discriminator="type")]


class Tool(Part):
    """A tool that the model may ask for."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    input_schema: Json
    description: str = ""
    type: Literal["custom"] = "custom"
    strict: bool = False
    cache_control: CacheControl | None = None


class ToolChoice(Part):
    """Whether the model may, must or must not use a tool."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool = False


class Turn(Part):
    """One message of the conversation."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(min_length=1)] | Annotated[tuple[Block, ...], Field(min_length=1)]

    def blocks(self) -> tuple[AnyBlock, ...]:
        """The content as blocks, however it was sent."""
        return (TextBlock(type="text", text=self.content),) if isinstance(self.content, str) else self.content
