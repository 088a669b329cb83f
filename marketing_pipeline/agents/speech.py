"""What a model is sent in a conversation: its instructions, what was said so far, and the tools it may ask for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketing_pipeline.agents.call_book import CallRequest
from marketing_pipeline.agents.prompt import Prompt

Json = dict[str, Any]
MOST_TOKENS = 4_000
"""Of one turn; an answer in a conversation is far shorter."""


@dataclass(frozen=True)
class OfferedTool:
    """A tool as the model is told of it."""

    name: str
    description: str
    input_schema: Json

    def as_json(self) -> Json:
        """As it is sent."""
        return {"name": self.name, "description": self.description, "input_schema": self.input_schema}


@dataclass(frozen=True)
class Speech:
    """What the model is sent: the prompt file, the conversation so far, and the tools that it may ask for.

    With `tools_closed` it must answer from what it has.
    """

    agent: str
    prompt: Prompt
    messages: Sequence[Json]
    tools: Sequence[OfferedTool]
    tools_closed: bool = False

    def arguments(self, model: str) -> Json:
        """The arguments of `messages.stream`. All but the newest turn can be read from the provider's cache."""
        return {
            "model": model,
            "max_tokens": MOST_TOKENS,
            "system": [{"type": "text", "text": self.prompt.text, "cache_control": {"type": "ephemeral"}}],
            "messages": list(self.messages),
            "tools": [tool.as_json() for tool in self.tools],
            "tool_choice": {"type": "none" if self.tools_closed else "auto"},
            "cache_control": {"type": "ephemeral"},
        }

    def request(self, attempt: int) -> CallRequest:
        """The same as it is reserved and recorded before it is sent."""
        offered = json.dumps([tool.as_json() for tool in self.tools], sort_keys=True)
        said = json.dumps(list(self.messages), ensure_ascii=False)
        return CallRequest(
            agent=self.agent,
            attempt=attempt,
            prompt=self.prompt,
            schema_text=offered,
            characters=len(self.prompt.text) + len(offered) + len(said),
            images=0,
            max_tokens=MOST_TOKENS,
        )
