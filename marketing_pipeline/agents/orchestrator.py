"""The orchestrator: answers people's questions about the work with tools that read, and proposes; it never acts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.speech import OfferedTool, Speech

AGENT = "orchestrator"
Json = dict[str, Any]


def question(text: str, *, now: datetime, person: str, role: str, brand: str | None, brands: Sequence[Json]) -> Json:
    """A person's turn: what is so at this moment, then their own words, which alone are a wish."""
    context = {"now": now.isoformat(), "person": person, "role": role, "brand": brand, "brands": list(brands)}
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": Block("context", context).render()},
            {"type": "text", "text": text},
        ],
    }


def tool_result(identity: str, told: str, *, failed: bool) -> Json:
    """What a tool answered, for the turn after the one that asked for it."""
    return {"type": "tool_result", "tool_use_id": identity, "content": told, "is_error": failed}


def speech(messages: Sequence[Json], tools: Sequence[OfferedTool], *, tools_closed: bool = False) -> Speech:
    """What the model is sent."""
    return Speech(AGENT, load_prompt(AGENT), messages, tools, tools_closed)
