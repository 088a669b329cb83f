"""One question asked of one scripted server."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.agents.scripted_messages import CallList, Reply, ScriptedServer, message
from marketing_pipeline_tests.agents.tea_week import BRAND, MODELS, NOW, SUBJECT

KEY = "sk-secret-1234"


GOOD = message('{"name": "Assam", "minutes": 4}')


PAGE = Reply(body=b"<html>hello</html>", kind="text/html")


class Tea(BaseModel):
    """The answer that these tests ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    minutes: int = Field(ge=1, le=10)


def no_cold_tea(tea: Tea) -> Sequence[Violation]:
    """A rule of the house."""
    return [Violation(rule="cold", where="name", problem="cold tea is not sold")] if tea.name == "Cold" else []


def question(**changes: Any) -> Question[Tea]:
    """How long does Assam take?"""
    content: dict[str, Any] = {
        "agent": "strategist",
        "prompt": load_prompt("strategist"),
        "blocks": [Block("tea", "Assam")],
        "task": "How long?",
        "answer": Tea,
        "check": no_cold_tea,
        "max_tokens": 1000,
    }
    return Question(**{**content, **changes})


class Asking:
    """One question asked of one server; keeps what a test looks at afterwards."""

    def __init__(self, server: ScriptedServer, **settings: Any) -> None:
        self.calls = CallList()
        self.clock = SteppedClock(NOW)
        self.settings = ModelSettings.model_validate(
            {"base_url": server.base_url, "api_key": KEY, "provider": "sandbox", "models": MODELS, **settings}
        )
        self.model = LanguageModel(self.settings, self.clock, self.calls)

    def ask(self, asked: Question[Tea] | None = None, **brand_changes: Any) -> Answered[Tea]:
        async def run() -> Answered[Tea]:
            async with self.model:
                brand = BRAND.model_copy(update=brand_changes)
                return await self.model.ask(asked or question(), subject=SUBJECT, brand=brand)

        return asyncio.run(run())
