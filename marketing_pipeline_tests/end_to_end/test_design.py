"""The revise loop over the wire: a planted defect is named by the evaluation and mended by the revision."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.evaluation import Criterion, revising_helps
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import Creative, attempts_of
from marketing_pipeline.workflows.design_posts import design_posts
from marketing_pipeline.workflows.failed_posts import raise_for
from marketing_pipeline.workflows.queue_posts import queue_posts
from marketing_pipeline.workflows.studio_work import StudioWork
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company

FAINT = "#E9E4DA"


def with_palettes(brand: Brand, *, faint: bool) -> Brand:
    """The brand with one palette; a faint one writes in a colour that hardly differs from its ground."""
    content: dict[str, Any] = brand.model_dump(mode="json")
    name, palette = next(iter(content["look"]["palettes"].items()))
    palettes = {name: palette}
    if faint:
        planted = {**palette, "ink": FAINT, "mute": FAINT, "accent": FAINT, "ground": "#F5F0E6"}
        planted |= {"deep": FAINT, "on_deep": "#F5F0E6"}
        palettes = {name: palette, "quiet": planted}
    content["look"] |= {"palettes": palettes, "logo": ""}
    content["posting"]["posts_per_week"] = 1
    content["posting"]["slots"] = content["posting"]["slots"][:1]
    return Brand.model_validate(content)


def designed(people: Company) -> tuple[Creative, ...]:
    """Plan, write and design the one post of the first week; every attempt at its creative."""
    people.learn_and_plan(FIRST_WEEK)
    work = people.at(FIRST_WEEK)

    async def design() -> None:
        async with people.workplace.providers.language_model() as model:
            studio: StudioWork = people.workplace.providers.studio(people.brand)
            raise_for(await design_posts(work, model, studio), "designed")

    asyncio.run(design())
    [post] = work.posts_in(PostState.DESIGNED)
    return attempts_of(people.workplace.database, post.id)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "brands"


def stored(brand: Brand, folder: Path) -> Brand:
    """Write the brand to a folder as its owner would."""
    import yaml

    (folder / brand.id).mkdir(parents=True)
    content = brand.model_dump(mode="json", exclude_none=True)
    (folder / brand.id / "brand.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return brand


def test_a_planted_defect_is_named_and_mended(tmp_path: Path, folder: Path, brand: Brand) -> None:
    planted = stored(with_palettes(brand, faint=True), folder)
    with company(tmp_path, planted, brands=folder) as people:
        attempts = designed(people)
    first, kept = attempts[0], next(attempt for attempt in attempts if attempt.chosen)
    assert first.brief.palette == "quiet", "the planted palette is the first that the composer takes"
    assert not first.judgement.meets_bar
    assert any(reason.startswith(("contrast", "legibility")) for reason in first.judgement.reasons)
    named = {verdict.criterion: verdict for verdict in first.evaluation.verdicts}[Criterion.LEGIBILITY]
    assert named.level == "poor" and named.defect
    assert kept.attempt > 1 and kept.judgement.meets_bar and kept.judgement.score > first.judgement.score


def test_a_creative_below_the_bar_waits_for_a_person_with_all_attempts_kept(
    tmp_path: Path, folder: Path, brand: Brand
) -> None:
    content: dict[str, Any] = with_palettes(brand, faint=True).model_dump(mode="json")
    content["look"]["palettes"] = {"quiet": content["look"]["palettes"]["quiet"]}
    hopeless = stored(Brand.model_validate(content), folder)
    with company(tmp_path, hopeless, brands=folder) as people:
        attempts = designed(people)
        [effect] = queue_posts(people.at(FIRST_WEEK), people.workplace.queue)
        [post] = people.at(FIRST_WEEK).posts_in(PostState.NEEDS_HUMAN)
        people.workplace.clock.step_to(post.scheduled_at)
        people.workplace.drain("test")
        assert not people.world.journal.publishes(people.brand.channels.instagram.account_id)
    assert len(attempts) == hopeless.policies.quality_bar.attempts
    assert sum(attempt.chosen for attempt in attempts) == 1
    assert "bar" in post.state_reason or "bar" in effect.state_reason


def test_revising_ends_before_the_last_attempt_when_it_has_stopped_helping(
    tmp_path: Path, folder: Path, brand: Brand
) -> None:
    content: dict[str, Any] = with_palettes(brand, faint=True).model_dump(mode="json")
    content["look"]["palettes"] = {"quiet": content["look"]["palettes"]["quiet"]}
    content["policies"]["quality_bar"]["attempts"] = 6
    hopeless = stored(Brand.model_validate(content), folder)
    with company(tmp_path, hopeless, brands=folder) as people:
        attempts = designed(people)
    judgements = [attempt.judgement for attempt in attempts]
    assert len(attempts) < 6 and not revising_helps(judgements)
    assert all(revising_helps(judgements[:count]) for count in range(len(attempts)))
    [kept] = [attempt for attempt in attempts if attempt.chosen]
    assert kept.judgement.score == max(judgement.score for judgement in judgements)
