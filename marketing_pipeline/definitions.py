"""The code location: the only place where assets, checks, jobs, automation and resources are put together."""

import warnings

import dagster as dg

# Checks of partitioned assets are in preview; this is the one place that silences the notice.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from marketing_pipeline import automation  # noqa: E402 - after the filter, which the decorators would trip
from marketing_pipeline.assets import (  # noqa: E402
    ad_changes_applied,
    ad_changes_proposed,
    ad_outcomes,
    ad_performance,
    agent_quality,
    creatives,
    health,
    learnings,
    performance_metrics,
    post_variations,
    published_posts,
    strategy,
    weekly_plans,
)
from marketing_pipeline.resources import workplace  # noqa: E402

MODULES = [
    strategy,
    performance_metrics,
    learnings,
    weekly_plans,
    post_variations,
    creatives,
    published_posts,
    ad_performance,
    ad_outcomes,
    ad_changes_proposed,
    ad_changes_applied,
    agent_quality,
    health,
]

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(MODULES),
    asset_checks=dg.load_asset_checks_from_modules(MODULES),
    jobs=automation.JOBS,
    schedules=automation.SCHEDULES,
    sensors=automation.SENSORS,
    resources={"workplace": workplace},
    executor=dg.in_process_executor,
)
