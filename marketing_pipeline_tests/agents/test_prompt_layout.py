"""How prompts are laid out for the provider's cache: what posts of one brand share stands first, to the byte."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.agents import composer, copywriter, evaluator
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.language_model import AHEAD_OF_TIME, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question, Turn, opening_request
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.asking import question
from marketing_pipeline_tests.agents.scripted_messages import CallList

OPENINGS = {
    "copywriter": copywriter.opening(tea.BRAND, tea.learnings(), ["Is your water tired?"]),
    "composer": composer.opening(tea.BRAND, [tea.creative_brief()]),
    "evaluator": evaluator.opening(tea.BRAND),
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[SandboxServer]:
    with SandboxServer(SandboxConfig(home=tmp_path, seed=7), SteppedClock(tea.NOW)) as server:
        yield server


@pytest.mark.parametrize("agent", OPENINGS)
def test_what_is_shared_comes_first_each_part_up_to_a_mark(agent: str) -> None:
    request = opening_request(OPENINGS[agent], "m")
    marked = [part["text"] for part in request["system"] if "cache_control" in part]
    assert marked[0] == load_prompt(agent).text
    assert len(marked) == len(request["system"]) <= 4
    assert "<untrusted" not in "".join(marked[1:])
    assert request["max_tokens"] == 1


def test_what_outsiders_wrote_is_never_shared() -> None:
    with pytest.raises(ValueError, match="behind what is shared"):
        question(weekly=[Block("comments", ["Buy now"], trusted=False)])


def test_posts_of_a_brand_differ_only_behind_the_last_mark() -> None:
    asked: list[Question[Any]] = []

    class Listening(LanguageModel):
        async def ask(self, question: Question[Any], **_: Any) -> Any:
            asked.append(question)

    settings = ModelSettings.model_validate(
        {"base_url": "http://127.0.0.1:9", "api_key": "k", "provider": "sandbox", "models": tea.MODELS}
    )

    async def write(**changes: Any) -> None:
        model = Listening(settings, SteppedClock(tea.NOW), CallList())
        await copywriter.write(
            model,
            brand=tea.BRAND,
            post=tea.planned(**changes),
            learnings=tea.learnings(),
            notes=(),
            recent_hooks=(),
            said=SaidCaptions(),
            subject=tea.SUBJECT,
        )

    for changes in ({}, {"pillar": "garden", "topic": "Frost", "product": "sencha", "occasion": "winter"}):
        asyncio.run(write(**changes))
    first, second = (Turn.first(each).request("m") for each in asked)
    assert first["system"] == second["system"]
    assert first["messages"] != second["messages"]
    assert asked[0].own_key("x") != asked[1].own_key("x") != asked[1].own_key("y")


def test_what_was_sent_ahead_is_read_by_every_post_asked_at_once(sandbox: SandboxServer) -> None:
    calls, opening = CallList(), OPENINGS["copywriter"]
    settings = ModelSettings.model_validate(
        {"base_url": f"{sandbox.url}/anthropic", "api_key": "k", "provider": "sandbox", "models": tea.MODELS}
    )

    async def run() -> None:
        async with LanguageModel(settings, SteppedClock(tea.NOW), calls) as model:
            async with model.sending_ahead(opening, subject=tea.SUBJECT, brand=tea.BRAND):
                pass
            posts = (tea.planned(position=number) for number in (1, 2, 3))
            await asyncio.gather(
                *(
                    copywriter.write(
                        model,
                        brand=tea.BRAND,
                        post=post,
                        learnings=tea.learnings(),
                        notes=(),
                        recent_hooks=["Is your water tired?"],
                        said=SaidCaptions(),
                        subject=tea.SUBJECT,
                    )
                    for post in posts
                )
            )

    asyncio.run(run())
    ahead, *written = calls.rows
    assert (ahead.agent, ahead.outcome, ahead.use.output) == (AHEAD_OF_TIME, CallOutcome.OK, 1)
    assert ahead.use.cache_write > 1024
    assert {row.use.cache_read for row in written} == {ahead.use.cache_write}
    assert {row.use.cache_write for row in written} == {0}
