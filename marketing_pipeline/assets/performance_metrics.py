"""Performance: what Instagram says of the posts that are out."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import Table, table
from marketing_pipeline.settings import Service
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.metrics import PostPerformance

SHOWN = 12


@dg.asset(partitions_def=BRAND_WEEK, group_name="results", kinds={"instagram", "duckdb"})
def performance_metrics(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """How recent posts did: insights at 1 hour, 24 hours, 72 hours and 7 days. A figure that is absent is not zero."""
    from marketing_pipeline.workflows.collect_metrics import collect_metrics

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    metadata: dict[str, Any] = {"instagram": str(workplace.settings.modes[Service.INSTAGRAM])}
    if not workplace.settings.is_off(Service.INSTAGRAM):
        collected = collect_metrics(work, workplace.providers.instagram(work.brand))
        for post, failure in collected.failed.items():
            context.log.warning(f"{post}: {failure}")
        metadata |= {"read": collected.stored, "too late to read": collected.closed, "failed": len(collected.failed)}
    metadata["snapshot"] = workplace.refresh_warehouse()
    rows = workplace.performance(work.brand.brand_id)
    return dg.MaterializeResult(metadata={**metadata, "posts": len(rows), "newest posts": _newest(rows)})


def _newest(rows: "tuple[PostPerformance, ...]") -> Table:
    headings = ("Published", "Topic", "Pillar", "Format", "Hook", "Age", "Reach", "Likes", "Saves", "Shares")
    newest = sorted(rows, key=lambda row: row.published_at, reverse=True)[:SHOWN]
    cells = [
        (
            *(f"{row.published_at:%d %b %H:%M}", row.topic, row.pillar, row.format, row.hook, row.age),
            *("–" if value is None else value for value in (row.reach, row.likes, row.saved, row.shares)),
        )
        for row in newest
    ]
    return table(headings, cells)


@dg.asset_check(asset=performance_metrics, partitions_def=BRAND_WEEK)
def every_published_post_is_measured(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """No insight snapshot that could be read now is missing."""
    from marketing_pipeline.store.insights import due_snapshots

    brand_id, _ = brand_and_week(context.partition_key)
    due = due_snapshots(workplace.database, workplace.clock.now(), brand_id)
    waiting = [item for item in due if not item.closed]
    return dg.AssetCheckResult(
        passed=not waiting,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"waiting": table(("Post", "Age", "Due"), [(row.post, row.age, row.due_at) for row in waiting])},
    )
