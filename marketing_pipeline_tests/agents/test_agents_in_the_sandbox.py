"""Each agent through the sandbox's model: its answers pass every rule at once, and a breach is repaired."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from marketing_pipeline.agents import analyst, composer, copywriter, evaluator, strategist
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.revision import Revision
from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.domain.identifiers import post_id
from marketing_pipeline.domain.learning import Learnings
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.scripted_messages import CallList

ROOT = Path(__file__).parents[2]
PRINT_SHOP = load_brand(ROOT / "brands" / "upscale_print")
REASONS = (
    "contrast: the headline has 2.1 to 1 against the artwork",
    "safe_area: the supporting line is cut at the lower edge",
    "near_duplicate: the picture is nearly that of last Tuesday",
    "message_match: the artwork says nothing about the post",
    "craft: the last word stands alone on its line",
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Generator[SandboxServer]:
    home = tmp_path_factory.mktemp("sandbox")
    with SandboxServer(SandboxConfig(home=home, seed=7), SteppedClock(tea.NOW)) as server:
        yield server


class Desk:
    """The five agents at work on one week of one brand."""

    def __init__(self, sandbox: SandboxServer, brand: Brand, week: Week = tea.WEEK) -> None:
        self.calls = CallList()
        self.brand = brand
        self.week = week
        self.subject = CallSubject(brand=brand.brand_id, week=week.key)
        self.settings = ModelSettings.model_validate(
            {
                "base_url": f"{sandbox.url}/anthropic",
                "api_key": "sandbox-models",
                "provider": "sandbox",
                "models": tea.MODELS,
            }
        )
        self.learnings: Learnings = learn(brand, week.key, [], tea.NOW)
        self.said = SaidCaptions()

    def run(self, work: Callable[[LanguageModel], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with LanguageModel(self.settings, SteppedClock(tea.NOW), self.calls) as model:
                return await work(model)

        return asyncio.run(run())

    async def plan(self, model: LanguageModel) -> list[PlannedPost]:
        assignments = allocate(self.brand, self.week, self.learnings, seed=7)
        draft = await strategist.plan_week(
            model,
            brand=self.brand,
            strategy=strategy_of(self.brand),
            week=self.week,
            assignments=assignments,
            learnings=self.learnings,
            notes=[],
            recent_plans=[],
            recent_performance=[tea.performance()],
            subject=self.subject,
        )
        ideas = {idea.position: idea for idea in draft.value.posts}
        return [
            PlannedPost(
                id=post_id(self.brand.brand_id, self.week.key, given.position),
                assignment=given,
                idea=ideas[given.position],
            )
            for given in assignments
        ]

    async def write(self, model: LanguageModel, post: PlannedPost) -> CopyVariation:
        answered = await copywriter.write(
            model,
            brand=self.brand,
            post=post,
            learnings=self.learnings,
            notes=[],
            recent_hooks=[],
            said=self.said,
            subject=self.subject,
        )
        return answered.value.variations[answered.value.chosen - 1]

    async def compose(self, model: LanguageModel, post: PlannedPost, copy: CopyVariation) -> CreativeBrief:
        answered = await composer.compose(
            model, brand=self.brand, post=post, copy=copy, recent_looks=[], subject=self.subject
        )
        return answered.value

    async def revise(
        self, model: LanguageModel, post: PlannedPost, copy: CopyVariation, brief: CreativeBrief, reason: str
    ) -> Answered[CreativeBrief]:
        return await composer.revise(
            model,
            brand=self.brand,
            post=post,
            copy=copy,
            recent_looks=[],
            revision=Revision(attempt=2, brief=brief, reasons=(reason,)),
            subject=self.subject,
        )

    async def judge(self, model: LanguageModel, post: PlannedPost, brief: CreativeBrief) -> None:
        await evaluator.judge(
            model,
            brand=self.brand,
            post=post,
            brief=brief,
            checks=[],
            pictures=[poster(self.brand, brief)],
            subject=self.subject,
        )

    async def explain(self, model: LanguageModel) -> None:
        await analyst.explain(
            model,
            brand=self.brand,
            learnings=tea.learnings(),
            best=[tea.performance()],
            worst=[],
            subject=self.subject,
        )

    async def whole_week(self, model: LanguageModel) -> None:
        async for post, copy, brief in self.made(model):
            await self.judge(model, post, brief)
            for reason in REASONS:
                await self.revise(model, post, copy, brief, reason)
        await self.explain(model)

    async def made(self, model: LanguageModel) -> AsyncIterator[tuple[PlannedPost, CopyVariation, CreativeBrief]]:
        for post in await self.plan(model):
            copy = await self.write(model, post)
            yield post, copy, await self.compose(model, post, copy)


def poster(brand: Brand, brief: CreativeBrief) -> bytes:
    """A plain picture with the headline on it."""
    palette = brand.look.palettes[brief.palette]
    picture = Image.new("RGB", brief.format.size, palette.ground)
    ImageDraw.Draw(picture).text((120, 300), brief.headline, palette.ink, font_size=64)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("brand", [tea.BRAND, PRINT_SHOP], ids=lambda brand: brand.id)
def test_a_week_of_every_agent_passes_at_the_first_try(sandbox: SandboxServer, brand: Brand) -> None:
    desk = Desk(sandbox, brand)
    desk.run(desk.whole_week)
    assert {row.agent for row in desk.calls.rows} == {
        "strategist",
        "copywriter",
        "composer",
        "evaluator",
        "analyst",
    }
    wrong = [f"{row.agent}: {row.outcome}: {row.error}" for row in desk.calls.rows if row.outcome != "ok"]
    assert wrong == []
    assert all(row.cost_micros is not None and row.reserved_micros >= row.cost_micros for row in desk.calls.rows)
    assert any(row.use.cache_read for row in desk.calls.rows)


def test_a_breach_of_the_rules_by_any_agent_is_repaired(sandbox: SandboxServer) -> None:
    desk = Desk(sandbox, tea.BRAND)
    for agent in ("plan", "copy", "brief", "evaluation", "analysis"):
        order = {"name": "off_the_rules", "agent": agent}
        httpx.post(f"{sandbox.url}/anthropic/sandbox/faults", json=order).raise_for_status()

    async def one_of_each(model: LanguageModel) -> None:
        async for post, _, brief in desk.made(model):
            await desk.judge(model, post, brief)
            break
        await desk.explain(model)

    desk.run(one_of_each)
    assert desk.calls.outcomes == ["off_the_rules", "ok"] * 5
