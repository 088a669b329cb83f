"""A small company for tests: a home, its workplace in stepped time, and the sandbox that it lives in."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion, CriterionVerdict, Level, judge
from marketing_pipeline.domain.learning import Learnings
from marketing_pipeline.domain.plan import WeeklyPlan
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.server import Latencies, SandboxConfig, SandboxServer
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.creatives import CreativeAttempt, choose_creative, record_attempt
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.collect_metrics import collect_metrics
from marketing_pipeline.workflows.design_posts import design_posts
from marketing_pipeline.workflows.failed_posts import FailedPosts, raise_for
from marketing_pipeline.workflows.learn import learn_for_week
from marketing_pipeline.workflows.plan_week import plan_week
from marketing_pipeline.workflows.queue_posts import queue_posts
from marketing_pipeline.workflows.studio_work import StudioWork
from marketing_pipeline.workflows.write_posts import write_posts
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.sandbox.tea_room import jpeg

FIRST_WEEK = Week.parse("2026-10-05")


@dataclass(frozen=True)
class Company:
    """One brand at work."""

    workplace: Workplace
    brand: Brand
    world: SandboxServer

    def at(self, week: Week) -> BrandWeek:
        """A week to work on."""
        return self.workplace.brand_week(self.brand.brand_id, week)

    def learn_and_plan(self, week: Week, *, write: bool = True) -> tuple[Learnings, WeeklyPlan]:
        """What the weekly run does first, at its planning moment: learn, plan and write."""
        self.workplace.clock.step_to(max(self.workplace.clock.now(), self.brand.planning_moment(week)))
        work = self.at(week)

        async def think() -> tuple[Learnings, WeeklyPlan]:
            async with self.workplace.providers.language_model() as model:
                rows = self.workplace.performance(self.brand.brand_id)
                learnt_from = self.workplace.learnt_from(self.brand.brand_id)
                learnt, analysis = await learn_for_week(work, model, learnt_from)
                notes = analysis.notes if analysis else ()
                await self.workplace.teaching.learn_from_notes(work, model)
                plan = await plan_week(
                    work,
                    model,
                    strategy=strategy_of(work.brand),
                    learnings=learnt,
                    notes=notes,
                    performance=rows,
                    seed=7,
                )
                if write:
                    raise_for(await write_posts(work, model, learnt, notes), "written")
                return learnt, plan

        return asyncio.run(think())

    def publish_and_measure(self, week: Week) -> None:
        """Give every written post a plain picture, publish the week slot by slot, and read each post at its end.

        The pictures are plain on purpose: what is tested is the way from the market's taste to the next plan.
        """
        work = self.at(week)
        effects = self.queue_plain(week)
        for due_at in sorted(effect.due_at for effect in effects):
            self.workplace.clock.step_to(due_at)
            report = self.workplace.drain("test")
            assert not report.failed and not report.unknown, report
        self.workplace.clock.step_to(week.end(self.brand.zone))
        collected = collect_metrics(work, self.workplace.providers.instagram(self.brand))
        assert not collected.failed
        self.workplace.refresh_warehouse()

    def queue_plain(self, week: Week, *, brand: Brand | None = None, approve: bool = True) -> tuple[Effect, ...]:
        """Give every written post a plain picture, queue them all under the brand's policy, and approve what waits."""
        work = self.at(week) if brand is None else replace(self.at(week), brand=brand)
        for post in work.posts_in(PostState.DRAFTED):
            self._plain_creative(work, post)
        effects = queue_posts(work, self.workplace.queue)
        if approve:
            self.approve_what_waits()
        return effects

    def approve_what_waits(self) -> None:
        """Approve every request that waits for a person."""
        with self.workplace.database.read() as connection:
            waiting = self.workplace.approvals.list_requests(connection, state=ApprovalState.PENDING)
        for request in (each for each in waiting if each.kind == EffectKind.PUBLISH_POST):
            self.workplace.decisions.decide(
                request.id, Decision.APPROVE, actor="tester", source="cli", note="seen", saw=request.state
            )

    def design(self, week: Week, studio: StudioWork | None = None) -> FailedPosts:
        """Design every written post of the week; what failed."""
        work = self.at(week)

        async def design() -> FailedPosts:
            async with self.workplace.providers.language_model() as model:
                return await design_posts(work, model, studio or self.workplace.providers.studio(self.brand))

        return asyncio.run(design())

    def order(self, **fault: Any) -> None:
        """Order a fault of the channel or the image service."""
        answer = httpx.post(f"{self.world.url}/sandbox/faults", json={"faults": [fault]}, trust_env=False)
        assert answer.status_code == 201, answer.text

    def order_from_model(self, **fault: Any) -> None:
        """Order a fault of the model service."""
        answer = httpx.post(f"{self.world.url}/anthropic/sandbox/faults", json=fault, trust_env=False)
        assert answer.status_code == 200, answer.text

    def mend_services(self) -> None:
        """Every service works again."""
        for desk in ("sandbox/faults", "anthropic/sandbox/faults"):
            httpx.delete(f"{self.world.url}/{desk}", trust_env=False).raise_for_status()

    def _plain_creative(self, work: BrandWeek, post: Post) -> None:
        width, height = post.format.size
        count = 3 if post.format is PostFormat.CAROUSEL else 1
        media = tuple(
            self.workplace.media.put(jpeg(width, height, seed=number + post.position)) for number in range(count)
        )
        evaluation = CreativeEvaluation(
            verdicts=tuple(
                CriterionVerdict(criterion=criterion, reason="Plain by design.", level=Level.GOOD)
                for criterion in Criterion
            )
        )
        made = CreativeAttempt(
            post=post.id,
            round=1,
            attempt=1,
            brief=_brief(post),
            media=media,
            text_runs=((),) * count,
            checks=(),
            evaluation=evaluation,
            evaluator="test",
            judgement=judge((), evaluation, work.brand.policies.quality_bar),
            perceptual_hash="0" * 64,
            picture_source="procedural",
        )
        kept = choose_creative(self.workplace.database, record_attempt(self.workplace.database, made).id)
        self.workplace.posts.move(
            post.id, PostState.DESIGNED, actor="test", reason="plain picture", chosen_creative=kept.id
        )


def kept_small(brand: Brand, folder: Path, posts: int, **look: Any) -> Brand:
    """The brand with so many posts a week and changes to its look, written to a folder as its owner would."""
    content: dict[str, Any] = brand.model_dump(mode="json", exclude_none=True)
    content["look"] |= {"logo": "", **look}
    content["posting"] |= {"posts_per_week": posts, "slots": content["posting"]["slots"][:posts]}
    (folder / brand.id).mkdir(parents=True)
    (folder / brand.id / "brand.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_brand(folder / brand.id)


def _brief(post: Post) -> CreativeBrief:
    carousel = post.format is PostFormat.CAROUSEL
    return CreativeBrief(
        format=post.format,
        template=Template.CAROUSEL if carousel else Template.STATEMENT,
        headline="Plain by design",
        slides=(Slide(title="One", body="First"), Slide(title="Two", body="Second")) if carousel else (),
        artwork=ArtworkStyle.DUNES,
        artwork_seed=post.position,
        palette="paper",
    )


@contextmanager
def company(
    root: Path,
    brand: Brand,
    tastes: Tastes | None = None,
    *,
    brands: Path = SHIPPED_BRANDS,
    environment: Mapping[str, str] | None = None,
    waits: Latencies | None = None,
) -> Generator[Company]:
    """Open one in a fresh home, an hour before its first week is planned, with an audience of given tastes."""
    settings = Settings.from_environment(
        {"MARKETING_HOME": str(root / "home"), "MARKETING_BRANDS": str(brands), **(environment or {})}, root
    )
    with Workplace.open(settings) as workplace:
        workplace.clock.start_stepped(brand.planning_moment(FIRST_WEEK) - timedelta(hours=1))
        account = brand.channels.instagram.account_id
        config = SandboxConfig(
            home=settings.home, seed=settings.sandbox_seed, brands=(brand,), latencies=waits or Latencies()
        )
        with SandboxServer(config, workplace.clock, {account: tastes} if tastes else None) as world:
            address = settings.home / "sandbox" / "url"
            address.write_text(world.url, encoding="utf-8")
            yield Company(workplace, brand, world)
