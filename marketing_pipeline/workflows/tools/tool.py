"""One tool of the orchestrator: what it is called, what it takes, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext

BrandName = Annotated[
    str | None,
    Field(description="Brand id, such as upscale_print; leave it out for the conversation's own", max_length=96),
]
WeekName = Annotated[
    str | None, Field(description="Monday of the week, as YYYY-MM-DD; leave it out for this week", max_length=10)
]


class Arguments(BaseModel):
    """What a tool takes; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True)
class Tool:
    """`run` is given arguments of the class `arguments`. `proposes`: it puts something before people; else it reads."""

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[ToolContext, Any], ToolAnswer]
    proposes: bool = False

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, for models and MCP clients."""
        schema = self.arguments.model_json_schema()
        schema.pop("description", None)
        schema.pop("title", None)
        return {**schema, "type": "object", "properties": schema.get("properties", {})}
