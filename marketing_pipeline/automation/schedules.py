"""The schedules: what is asked for by the clock."""

from collections.abc import Iterator

import dagster as dg

from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.automation.jobs import collect_metrics, daily_ads, daily_backup, maintenance, weekly
from marketing_pipeline.domain.week import Week
from marketing_pipeline.resources import Workplace

ADS_HOUR = 6
PRIORITY_TAG = "dagster/priority"


@dg.schedule(
    job=maintenance,
    cron_schedule="40 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Daily maintenance.",
)
def maintenance_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run a day."""
    return dg.RunRequest(run_key=f"maintenance:{context.scheduled_execution_time.date().isoformat()}")


@dg.schedule(
    job=daily_backup,
    cron_schedule="10 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="A daily backup, where MARKETING_BACKUP_FOLDER names a folder.",
)
def backup_daily(
    context: dg.ScheduleEvaluationContext, workplace: dg.ResourceParam[Workplace]
) -> dg.RunRequest | dg.SkipReason:
    """One run a day; skipped with its reason where no folder is named."""
    if workplace.settings.upkeep.backup_folder is None:
        return dg.SkipReason("MARKETING_BACKUP_FOLDER names no folder: nothing is backed up.")
    return dg.RunRequest(run_key=f"backup:{context.scheduled_execution_time.date().isoformat()}")


@dg.schedule(
    job=weekly,
    cron_schedule="5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Plans and creates each brand's coming week, from the moment in its own time zone that it asks for; "
    "what an outage left unfinished is asked for again.",
)
def weekly_planning(workplace: dg.ResourceParam[Workplace]) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for every brand's coming week once its planning moment has come; an outage only delays it.

    A plan whose posts were not all made is asked for again for as long as `WeekDesk.is_unfinished` says so, also in
    the week itself. A week that has begun without a plan is left to a person. The week whose first slot is nearest
    is run first.
    """
    found, failed = workplace.weeks.to_make()
    for item in found:
        yield dg.RunRequest(
            run_key=f"weekly:{item.brand.id}:{item.week.key}",
            partition_key=partition_key(item.brand.brand_id, item.week),
            tags={PRIORITY_TAG: str(item.priority)},
        )
    if not found:
        broken = "".join(f" {name} cannot be planned: {why}" for name, why in failed.items())
        yield dg.SkipReason(f"Every planned week is made, or the coming one's planning moment has not come.{broken}")


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


SCHEDULES = [weekly_planning, metrics_collection, ads_review, maintenance_daily, backup_daily]
