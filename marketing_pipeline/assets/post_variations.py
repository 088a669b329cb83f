"""Post variations: the words of the week."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.model_spend import spent_on
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import table
from marketing_pipeline.assets.waiting import unless_waiting
from marketing_pipeline.assets.weekly_plans import weekly_plans
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.store.variations import Variation
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.failed_posts import FailedPosts


@dg.asset(partitions_def=BRAND_WEEK, group_name="content", deps=[weekly_plans], kinds={"claude"}, output_required=False)
def post_variations(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Words for each post: at least three variations, one chosen with a reason, all within the brand's rules."""
    from marketing_pipeline.workflows.failed_posts import raise_for

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    with unless_waiting(context):
        failed = workplace.providers.kept.run(_write(workplace, work))
        written = _variations(workplace, work)
        if not written:
            raise_for(failed, "written")
        yield dg.MaterializeResult(metadata=_told(workplace, work, written, failed))


def _told(
    workplace: Workplace, work: "BrandWeek", written: "Sequence[Variation]", failed: "FailedPosts"
) -> dict[str, Any]:
    chosen = [variation for variation in written if variation.chosen]
    return {
        "variations": len(written),
        "chosen": table(
            ("Post", "Hook", "First line", "Why this one"),
            [(item.post, item.wording.hook, item.wording.hook_line, item.choice_reason) for item in chosen],
        ),
        "captions": table(("Post", "Caption"), [(item.post, item.wording.published_text()) for item in chosen]),
        "failed": table(("Post", "Why", "How to mend it"), [(post, *why.args) for post, why in failed.items()]),
        **spent_on(workplace, work, "copywriter"),
    }


async def _write(workplace: Workplace, work: "BrandWeek") -> "FailedPosts":
    from marketing_pipeline.store.learnings import learnings_of
    from marketing_pipeline.workflows.write_posts import write_posts

    recorded = learnings_of(workplace.database, work.brand.brand_id, work.week.key)
    if recorded is None:
        raise dg.Failure("What is known going into this week is not recorded. Materialize `learnings` for it first.")
    async with workplace.providers.language_model(work) as model:
        return await write_posts(work, model, recorded.learnings, recorded.notes)


def _variations(workplace: Workplace, work: "BrandWeek") -> "list[Variation]":
    from marketing_pipeline.store.variations import variations_of

    posts = workplace.posts.find(brand=work.brand.brand_id, week=work.week.key)
    return [variation for post in posts for variation in variations_of(workplace.database, post.id)]


@dg.asset_check(asset=post_variations, partitions_def=BRAND_WEEK)
def captions_obey_brand_rules(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """No banned word, foreign link, unknown price, missing hashtag or text over Instagram's limits in any variation."""
    from marketing_pipeline.domain.caption import check_variation

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    broken = [
        (variation.id, violation.where, violation.problem)
        for variation in _variations(workplace, work)
        for violation in check_variation(variation.wording, work.brand)
    ]
    return dg.AssetCheckResult(passed=not broken, metadata={"broken": table(("Variation", "Where", "Problem"), broken)})


@dg.asset_check(asset=post_variations, partitions_def=BRAND_WEEK)
def every_post_has_a_choice(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Each written post was chosen from at least three variations."""
    from marketing_pipeline.store.variations import variations_of

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    posts = workplace.posts.find(brand=work.brand.brand_id, week=work.week.key)
    short = [post.id for post in posts if not _has_choice(variations_of(workplace.database, post.id, 1))]
    return dg.AssetCheckResult(passed=bool(posts) and not short, metadata={"without a choice": short})


def _has_choice(variations: "Sequence[Variation]") -> bool:
    from marketing_pipeline.domain.variation import LEAST_VARIATIONS

    return len(variations) >= LEAST_VARIATIONS and any(variation.chosen for variation in variations)
