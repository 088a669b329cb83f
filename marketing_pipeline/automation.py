"""Every job, schedule and sensor: the whole *when* of the product."""

from collections.abc import Iterator

import dagster as dg

from marketing_pipeline.assets.ad_changes_applied import AD_CHANGE
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.assets.published_posts import drain_due_effects
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.week import Week
from marketing_pipeline.resources import Workplace

DRAIN_TAG = "marketing/drain"
ADS_HOUR = 6
RELAUNCH_SECONDS = 300
"""A drain that died before it claimed anything is launched again after this long."""

weekly = dg.define_asset_job(
    "weekly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("ads"),
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
    selection=dg.AssetSelection.assets("ad_performance", "ad_changes_proposed"),
    description="Reads the ad account up to yesterday, analyses it, and proposes changes for the gate.",
)

apply_ad_change = dg.define_asset_job(
    "apply_ad_change",
    selection=dg.AssetSelection.assets("ad_changes_compared", "ad_changes_applied"),
    executor_def=dg.in_process_executor,
    description="Compares one ad change with the live account, waits for its approval, applies it once.",
)


@dg.job(
    tags={DRAIN_TAG: "due"},
    executor_def=dg.in_process_executor,
    description="Publishes what is due, reads back what is unproved, sweeps what was left behind.",
)
def run_due_effects() -> None:
    """One run drains everything that is due; several may run at once."""
    drain_due_effects()


@dg.schedule(
    job=weekly,
    cron_schedule="5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Plans and creates each brand's coming week, from the moment in its own time zone that it asks for; "
    "what an outage left unfinished is asked for again.",
)
def weekly_planning(workplace: dg.ResourceParam[Workplace]) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for every brand's coming week once its planning moment has come; an outage only delays it.

    A plan whose posts were not all made is asked for again for as long as `Workplace.is_unfinished` says so.
    """
    now, asked = workplace.clock.now(), False
    for brand in workplace.brands.values():
        week = Week.containing(now, brand.zone).plus(1)
        if now >= brand.planning_moment(week) and workplace.is_unfinished(brand, week):
            asked = True
            yield dg.RunRequest(
                run_key=f"weekly:{brand.id}:{week.key}", partition_key=partition_key(brand.brand_id, week)
            )
    if not asked:
        broken = "".join(f" {name} cannot be planned: {error}" for name, error in workplace.broken_brands.items())
        yield dg.SkipReason(f"Every coming week is made, or its planning moment has not come.{broken}")


@dg.schedule(
    job=collect_metrics,
    cron_schedule="20 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Reads insights of posts that have reached 1 h, 24 h, 72 h or 7 days.",
)
def metrics_collection(
    context: dg.ScheduleEvaluationContext, workplace: dg.ResourceParam[Workplace]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run for each brand that has insights to read."""
    due = workplace.brands_with_due_insights()
    for brand in due:
        week = Week.containing(workplace.clock.now(), brand.zone)
        key = f"metrics:{brand.id}:{context.scheduled_execution_time.isoformat()}"
        yield dg.RunRequest(run_key=key, partition_key=partition_key(brand.brand_id, week))
    if not due:
        yield dg.SkipReason("No post has reached an age at which it is measured.")


@dg.schedule(
    job=daily_ads,
    cron_schedule="35 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Once a day, from six in the morning of the brand's own time zone, for each brand that advertises.",
)
def ads_review(workplace: dg.ResourceParam[Workplace]) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The run key names the brand and its day: an outage delays the day's run, and nothing runs it twice."""
    advertisers = workplace.ads.advertisers()
    for brand in advertisers:
        local = workplace.clock.now().astimezone(brand.zone)
        if local.hour >= ADS_HOUR:
            week = Week.containing(local, brand.zone)
            key = f"ads:{brand.id}:{local.date().isoformat()}"
            yield dg.RunRequest(run_key=key, partition_key=partition_key(brand.brand_id, week))
    if not advertisers:
        yield dg.SkipReason("No brand advertises, or Google Ads is off or not installed.")


@dg.sensor(
    job=run_due_effects,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches a drain when the effect ledger holds anything that is due.",
)
def due_effects(workplace: dg.ResourceParam[Workplace]) -> dg.RunRequest | dg.SkipReason:
    """One query; the run key names what is due and the present five minutes, so a lost run is launched again."""
    due = workplace.due_effects()
    if not due:
        return dg.SkipReason("Nothing is due.")
    bucket = int(workplace.clock.now().timestamp()) // RELAUNCH_SECONDS
    return dg.RunRequest(run_key=f"drain:{short_hash(*due)}:{bucket}")


@dg.sensor(
    job=apply_ad_change,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches a run for each approved ad change, one an account at a time.",
)
def approved_ad_changes(workplace: dg.ResourceParam[Workplace]) -> dg.SensorResult | dg.SkipReason:
    """One query; the ledger's claim decides, the run key only keeps one attempt from being launched again and again."""
    ready = workplace.ads.ready()
    if not ready:
        return dg.SkipReason("No approved ad change waits to be applied.")
    bucket = int(workplace.clock.now().timestamp()) // RELAUNCH_SECONDS
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"ad:{found.effect}:{short_hash(found.attempt)}:{bucket}", partition_key=found.change)
            for found in ready
        ],
        dynamic_partitions_requests=[AD_CHANGE.build_add_request([found.change for found in ready])],
    )


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Keeps one partition for each ad change that is open or was closed lately.",
)
def open_ad_changes(
    context: dg.SensorEvaluationContext, workplace: dg.ResourceParam[Workplace]
) -> dg.SensorResult | dg.SkipReason:
    """Add the partitions of new changes, take away those of changes closed long ago."""
    wanted, present = workplace.ads.shown(), set(context.instance.get_dynamic_partitions("ad_change"))
    requests = [
        *([AD_CHANGE.build_add_request(sorted(wanted - present))] if wanted - present else []),
        *([AD_CHANGE.build_delete_request(sorted(present - wanted))] if present - wanted else []),
    ]
    if not requests:
        return dg.SkipReason("The partitions are those of the open ad changes.")
    return dg.SensorResult(dynamic_partitions_requests=requests)


JOBS = [weekly, plan_week, collect_metrics, run_due_effects, daily_ads, apply_ad_change]
SCHEDULES = [weekly_planning, metrics_collection, ads_review]
SENSORS = [due_effects, approved_ad_changes, open_ad_changes]
