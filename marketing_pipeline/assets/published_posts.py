"""Published posts: the queue, and what went out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week, partition_key
from marketing_pipeline.assets.tables_for_people import Table, table
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.execution.drain_report import DrainReport
    from marketing_pipeline.store.post_row import Post


NEEDS_ATTENTION = (PostState.UNKNOWN, PostState.PARKED, PostState.FAILED, PostState.MISSED)


@dg.asset(
    partitions_def=BRAND_WEEK, group_name="publishing", deps=["creatives", "evaluation_scores"], kinds={"instagram"}
)
def published_posts(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """The week on Instagram: designed posts are queued, and what is due goes out, each post at most once."""
    from marketing_pipeline.workflows.queue_posts import queue_posts

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    queued = queue_posts(work, workplace.queue)
    report = workplace.drain(context.run.run_id, work.brand.brand_id, work.week)
    snapshot = workplace.refresh_warehouse()
    return dg.MaterializeResult(
        metadata={
            **_metadata(workplace, work.brand, work.week),
            "queued": len(queued),
            **_counts(report),
            "snapshot": snapshot,
        }
    )


@dg.op(description="Publishes what is due, reads back what is unproved, and sweeps what was left behind.")
def drain_due_effects(context: dg.OpExecutionContext, workplace: dg.ResourceParam[Workplace]) -> None:
    """Drain the ledger, and report `published_posts` with its checks for each partition that was touched."""
    report = workplace.drain(context.run_id)
    snapshot = workplace.refresh_warehouse()
    for brand_id, week_key in sorted(report.partitions):
        brand, week = workplace.brands.get(brand_id), Week.parse(week_key)
        if brand is None:
            broken = workplace.broken_brands.get(brand_id)
            context.log.error(f"{brand_id} waits: {broken or 'its folder is gone'}")
            continue
        context.log_event(
            dg.AssetMaterialization(
                asset_key="published_posts",
                partition=partition_key(brand_id, week),
                metadata={**_metadata(workplace, brand, week), "snapshot": snapshot},
            )
        )
        _report_checks(context, workplace.posts.find(brand=brand_id, week=week.key), partition_key(brand_id, week))
    for change in report.ad_changes:
        if workplace.ads.is_applied(change):
            context.log_event(dg.AssetMaterialization(asset_key="ad_changes_applied", partition=change))
    context.add_output_metadata(_counts(report))


def _counts(report: "DrainReport") -> dict[str, int]:
    return {place: len(effects) for place, effects in report.model_dump(exclude={"partitions"}).items() if effects}


def _metadata(workplace: Workplace, brand: "Brand", week: Week) -> dict[str, Any]:
    posts = workplace.posts.find(brand=brand.brand_id, week=week.key)
    waiting = [post for post in posts if post.state is PostState.NEEDS_HUMAN]
    return {
        "published": sum(post.state is PostState.PUBLISHED for post in posts),
        "waiting for a person": len(waiting),
        "posts": _post_table(posts, brand),
    }


def _post_table(posts: "Sequence[Post]", brand: "Brand") -> Table:
    cells = [
        (
            f"{post.scheduled_at.astimezone(brand.zone):%a %d %b %H:%M}",
            post.topic,
            post.state,
            post.state_reason,
            post.permalink or "–",
        )
        for post in posts
    ]
    return table(("When", "Topic", "State", "Why", "Link"), cells)


@dg.asset_check(asset=published_posts, partitions_def=BRAND_WEEK)
def no_post_is_lost(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """No post failed, missed its slot, or has an outcome that is not proved."""
    brand_id, week = brand_and_week(context.partition_key)
    return _lost(workplace.posts.find(brand=brand_id, week=week.key))


@dg.asset_check(asset=published_posts, partitions_def=BRAND_WEEK)
def nobody_is_waited_for(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """No post of the week waits for a person to decide."""
    brand_id, week = brand_and_week(context.partition_key)
    return _waited_for(workplace.posts.find(brand=brand_id, week=week.key))


def _lost(posts: "Sequence[Post]") -> dg.AssetCheckResult:
    stuck = [(post.id, post.state, post.state_reason) for post in posts if post.state in NEEDS_ATTENTION]
    return dg.AssetCheckResult(
        passed=not stuck,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"needs attention": table(("Post", "State", "Why"), stuck)},
    )


def _waited_for(posts: "Sequence[Post]") -> dg.AssetCheckResult:
    waiting = [(post.id, post.state_reason) for post in posts if post.state is PostState.NEEDS_HUMAN]
    return dg.AssetCheckResult(
        passed=not waiting,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"waiting": table(("Post", "Why"), waiting)},
    )


def _report_checks(context: dg.OpExecutionContext, posts: "Sequence[Post]", partition: str) -> None:
    """The asset's checks as they stand after a drain, for people to see; nothing is decided by them."""
    for check, found in ((no_post_is_lost, _lost(posts)), (nobody_is_waited_for, _waited_for(posts))):
        seen = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("published_posts"),
            check_name=check.check_key.name,
            passed=found.passed,
            metadata=found.metadata,
            severity=found.severity,
            partition=partition,
        )
        context.log_event(seen)  # pyright: ignore[reportArgumentType] - it takes these as well, which its type omits
