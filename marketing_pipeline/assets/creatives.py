"""Creatives and their evaluation scores: one step makes both, since the revise loop runs between them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.contact_sheet import contact_sheet
from marketing_pipeline.assets.model_spend import spent_on
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.post_variations import post_variations
from marketing_pipeline.assets.tables_for_people import Table, table
from marketing_pipeline.assets.waiting import unless_waiting
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.store.creatives import Creative
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.failed_posts import FailedPosts


CREATIVES = dg.AssetSpec(
    "creatives",
    deps=[post_variations],
    group_name="content",
    kinds={"pillow", "claude"},
    skippable=True,
    description="The pictures: every attempt at each post's creative, and the one that is kept.",
)
EVALUATION_SCORES = dg.AssetSpec(
    "evaluation_scores",
    deps=[post_variations],
    group_name="content",
    kinds={"python", "claude"},
    skippable=True,
    description="The verdict on each creative: checks by code and criteria by the evaluator, each with its reason.",
)


@dg.multi_asset(specs=[CREATIVES, EVALUATION_SCORES], partitions_def=BRAND_WEEK, name="creatives")
def creatives_and_scores(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Render, check and judge each post's creative; a weak one goes back with the reasons, a few times at most."""
    work = workplace.brand_week(*brand_and_week(context.partition_key))
    with unless_waiting(context):
        failed = workplace.providers.kept.run(_design(workplace, work))
        yield from _made(workplace, work, failed)


def _made(workplace: Workplace, work: "BrandWeek", failed: "FailedPosts") -> Iterator[dg.MaterializeResult[Any]]:
    from marketing_pipeline.workflows.failed_posts import raise_for

    attempts = _attempts(workplace, work)
    kept = [attempt for attempt in attempts if attempt.chosen]
    if not kept:
        raise_for(failed, "designed")
    sheet = contact_sheet([workplace.media.open(item.media[0].sha256) for item in kept], f"Week of {work.week.key}")
    yield dg.MaterializeResult(
        asset_key="creatives",
        metadata={
            "kept": len(kept),
            "attempts": len(attempts),
            "week": sheet,
            "looks": _looks(kept),
            "failed": table(("Post", "Why", "How to mend it"), [(post, *why.args) for post, why in failed.items()]),
            **spent_on(workplace, work, "composer"),
        },
    )
    yield dg.MaterializeResult(
        asset_key="evaluation_scores",
        metadata={
            "at the bar": sum(item.judgement.meets_bar for item in kept),
            "revised": sum(item.attempt > 1 for item in kept),
            "scores": _scores(attempts),
            "verdicts": _verdicts(kept),
            "sent back": _sent_back(attempts),
            **spent_on(workplace, work, "evaluator"),
        },
    )


async def _design(workplace: Workplace, work: "BrandWeek") -> "FailedPosts":
    from marketing_pipeline.workflows.design_posts import design_posts

    async with workplace.providers.language_model(work) as model:
        return await design_posts(work, model, workplace.providers.studio(work.brand))


def _attempts(workplace: Workplace, work: "BrandWeek") -> "list[Creative]":
    from marketing_pipeline.store.creatives import attempts_of

    posts = workplace.posts.find(brand=work.brand.brand_id, week=work.week.key)
    return [attempt for post in posts for attempt in attempts_of(workplace.database, post.id)]


def _looks(kept: "Sequence[Creative]") -> Table:
    cells = [
        (item.post, item.brief.template, item.brief.palette, item.brief.artwork, item.brief.headline) for item in kept
    ]
    return table(("Post", "Template", "Palette", "Artwork", "Headline"), cells)


def _scores(attempts: "Sequence[Creative]") -> Table:
    cells = [
        (
            item.post,
            item.attempt,
            f"{item.judgement.score:.2f}",
            "yes" if item.judgement.meets_bar else "no",
            "kept" if item.chosen else "",
        )
        for item in attempts
    ]
    return table(("Post", "Attempt", "Score", "At the bar", ""), cells)


def _verdicts(kept: "Sequence[Creative]") -> Table:
    cells = [
        (item.post, verdict.criterion, verdict.level, verdict.reason)
        for item in kept
        for verdict in item.evaluation.verdicts
    ]
    return table(("Post", "Criterion", "Verdict", "Reason"), cells)


def _sent_back(attempts: "Sequence[Creative]") -> Table:
    cells = [
        (item.post, item.attempt, "; ".join(item.judgement.reasons)) for item in attempts if item.judgement.reasons
    ]
    return table(("Post", "Attempt", "What was to be mended"), cells)


@dg.asset_check(asset="evaluation_scores", partitions_def=BRAND_WEEK)
def creatives_meet_the_bar(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Every kept creative is at or above the brand's bar; one below it waits for a person."""
    work = workplace.brand_week(*brand_and_week(context.partition_key))
    kept = [item for item in _attempts(workplace, work) if item.chosen]
    below = [(item.post, "; ".join(item.judgement.reasons)) for item in kept if not item.judgement.meets_bar]
    return dg.AssetCheckResult(
        passed=bool(kept) and not below,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"below the bar": table(("Post", "Reasons"), below)},
    )


@dg.asset_check(asset="creatives", partitions_def=BRAND_WEEK)
def kept_creatives_are_stored(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Every picture of every kept creative is in the media store, unchanged."""
    work = workplace.brand_week(*brand_and_week(context.partition_key))
    kept = [item for item in _attempts(workplace, work) if item.chosen]
    pictures = [media for item in kept for media in item.media]
    whole = [len(workplace.media.open(media.sha256)) == media.byte_count for media in pictures]
    return dg.AssetCheckResult(passed=bool(kept) and all(whole), metadata={"pictures": len(pictures)})


@dg.asset_check(asset="creatives", partitions_def=BRAND_WEEK)
def every_written_post_is_designed(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """No written post was left without a creative; the others go on, and the next run tries it again."""
    brand_id, week = brand_and_week(context.partition_key)
    left = workplace.posts.find(brand=brand_id, week=week.key, states=[PostState.DRAFTED])
    return dg.AssetCheckResult(passed=not left, metadata={"without a creative": [post.id for post in left]})
