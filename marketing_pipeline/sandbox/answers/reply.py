"""What the sandbox's model says: a text, and the tools that it asks for."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class ToolUse(BaseModel):
    """A tool that the model wants used."""

    model_config = ConfigDict(frozen=True)

    name: str
    input: dict[str, Any] = {}


class Reply(BaseModel):
    """One turn of the model."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    uses: tuple[ToolUse, ...] = ()
