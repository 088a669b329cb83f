"""Weekly plans."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.learnings import learnings
from marketing_pipeline.assets.model_spend import spent_on
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.strategy import strategy
from marketing_pipeline.assets.tables_for_people import Table, escaped, table
from marketing_pipeline.assets.waiting import unless_waiting
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.plan import WeeklyPlan
    from marketing_pipeline.workflows.brand_week import BrandWeek


@dg.asset(
    partitions_def=BRAND_WEEK,
    group_name="planning",
    deps=[strategy, learnings],
    kinds={"python", "claude"},
    output_required=False,
)
def weekly_plans(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> Iterator[dg.MaterializeResult[Any]]:
    """The week's plan: what goes out when, on which pillar, in which format and with which hook, and why."""
    work = workplace.brand_week(*brand_and_week(context.partition_key))
    with unless_waiting(context):
        plan = workplace.providers.kept.run(_plan(workplace, work))
        yield dg.MaterializeResult(
            metadata={
                "theme": plan.theme,
                "rationale": dg.MetadataValue.md(escaped(plan.rationale)),
                "posts": len(plan.posts),
                "strategy": plan.strategy_version,
                "plan": _plan_table(plan, work.brand),
                **spent_on(workplace, work, "strategist"),
            }
        )


async def _plan(workplace: Workplace, work: "BrandWeek") -> "WeeklyPlan":
    from marketing_pipeline.domain.strategy import strategy_of
    from marketing_pipeline.store.learnings import learnings_of
    from marketing_pipeline.workflows.plan_week import plan_week

    recorded = learnings_of(workplace.database, work.brand.brand_id, work.week.key)
    if recorded is None:
        raise dg.Failure("What is known going into this week is not recorded. Materialize `learnings` for it first.")
    async with workplace.providers.language_model(work) as model:
        return await plan_week(
            work,
            model,
            strategy=strategy_of(work.brand),
            learnings=recorded.learnings,
            notes=recorded.notes,
            performance=workplace.performance(work.brand.brand_id),
            seed=workplace.settings.sandbox_seed,
        )


def _plan_table(plan: "WeeklyPlan", brand: "Brand") -> Table:
    cells = [
        (
            f"{post.assignment.scheduled_at.astimezone(brand.zone):%a %d %b %H:%M}",
            brand.pillar(post.assignment.pillar).name,
            post.assignment.format,
            post.assignment.hook,
            post.idea.topic,
            post.idea.angle,
            post.assignment.reason,
        )
        for post in plan.posts
    ]
    return table(("When", "Pillar", "Format", "Hook", "Topic", "Angle", "Why this mix"), cells)


@dg.asset_check(asset=weekly_plans, partitions_def=BRAND_WEEK)
def weekly_plan_covers_every_slot(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """As many posts as the brand asks for, each in a slot of its own, inside the week."""
    from marketing_pipeline.store.plans import plan_of

    brand_id, week = brand_and_week(context.partition_key)
    brand, plan = workplace.brand(brand_id), plan_of(workplace.database, brand_id, week.key)
    posts = plan.posts if plan else ()
    slots = {post.assignment.slot for post in posts}
    return dg.AssetCheckResult(
        passed=len(posts) == brand.posting.posts_per_week == len(slots),
        metadata={"posts": len(posts), "wanted": brand.posting.posts_per_week, "slots": sorted(slots)},
    )
