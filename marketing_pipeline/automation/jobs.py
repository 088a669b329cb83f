"""The jobs: what may be launched, by a schedule, a sensor or a person."""

import dagster as dg

from marketing_pipeline.assets.channel_tokens import refresh_due_tokens
from marketing_pipeline.assets.published_posts import drain_due_effects
from marketing_pipeline.assets.upkeep import back_up_home, prune_what_is_old, publish_new_snapshot

DRAIN_TAG = "marketing/drain"
DRAINS_FIRST = "10"
"""Priority in the run queue: what is due now passes all that waits. Weekly runs are below 0; see `WeekToMake`."""

weekly = dg.define_asset_job(
    "weekly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("ads", "operations"),
    description="The main job: strategy, metrics and learnings, the plan, copy, creatives and the publish queue.",
)

plan_week = dg.define_asset_job(
    "plan_week",
    selection=dg.AssetSelection.assets("weekly_plans").upstream(),
    description="Only the plan of a week, with the metrics and learnings that it rests on.",
)

collect_metrics = dg.define_asset_job(
    "collect_metrics",
    selection=dg.AssetSelection.assets("performance_metrics"),
    description="Reads the insights that are due and brings them to the warehouse.",
)

daily_ads = dg.define_asset_job(
    "daily_ads",
    selection=dg.AssetSelection.assets("ad_performance", "ad_outcomes", "ad_changes_proposed"),
    description="Reads the ad account up to yesterday, judges applied changes whose window is over, analyses it, and "
    "proposes changes for the gate.",
)

apply_ad_change = dg.define_asset_job(
    "apply_ad_change",
    selection=dg.AssetSelection.assets("ad_changes_compared", "ad_changes_applied"),
    executor_def=dg.in_process_executor,
    description="Compares one ad change with the live account, waits for its approval, applies it once.",
)


@dg.job(
    tags={DRAIN_TAG: "due", "dagster/priority": DRAINS_FIRST},
    executor_def=dg.in_process_executor,
    description="Publishes what is due, reads back what is unproved, sweeps what was left behind.",
)
def run_due_effects() -> None:
    """One run drains everything that is due; several may run at once."""
    drain_due_effects()


@dg.job(
    executor_def=dg.in_process_executor,
    description="Refreshes the access tokens of channels that are due, each account on its own.",
)
def refresh_tokens() -> None:
    """One run; where several try at once, one of them refreshes."""
    refresh_due_tokens()


@dg.job(executor_def=dg.in_process_executor, description="Removes what is no longer of use, once a day.")
def maintenance() -> None:
    """Safe while everything works."""
    prune_what_is_old()


@dg.job(executor_def=dg.in_process_executor, description="Publishes a snapshot of a large warehouse.")
def publish_snapshot() -> None:
    """Small ones are published by the runs themselves."""
    publish_new_snapshot()


@dg.job(executor_def=dg.in_process_executor, description="Backs the installation up, once a day.")
def daily_backup() -> None:
    """Where MARKETING_BACKUP_FOLDER names a folder."""
    back_up_home()


JOBS = [
    weekly,
    plan_week,
    collect_metrics,
    run_due_effects,
    refresh_tokens,
    daily_ads,
    apply_ad_change,
    maintenance,
    daily_backup,
    publish_snapshot,
]
