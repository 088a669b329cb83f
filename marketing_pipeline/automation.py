"""Every job, schedule and sensor: the whole *when* of the product."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from marketing_pipeline.assets.ad_changes_applied import AD_CHANGE
from marketing_pipeline.assets.channel_tokens import refresh_due_tokens
from marketing_pipeline.assets.health import evaluations
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.assets.published_posts import drain_due_effects
from marketing_pipeline.assets.upkeep import back_up_home, prune_what_is_old
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.week import Week
from marketing_pipeline.operations.orphaned_runs import end_orphaned_runs
from marketing_pipeline.resources import Workplace

DRAIN_TAG = "marketing/drain"
ADS_HOUR = 6
LIFE_SECONDS = 30
TOKEN_SECONDS = 120
RELAUNCH_SECONDS = 300
"""A drain that died before it claimed anything is launched again after this long."""

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
    tags={DRAIN_TAG: "due"},
    executor_def=dg.in_process_executor,
    description="Publishes what is due, reads back what is unproved, sweeps what was left behind.",
)
def run_due_effects() -> None:
    """One run drains everything that is due; several may run at once."""
    drain_due_effects()


@dg.job(executor_def=dg.in_process_executor, description="Removes what is no longer of use, once a day.")
def maintenance() -> None:
    """Safe while everything works."""
    prune_what_is_old()


@dg.job(executor_def=dg.in_process_executor, description="Backs the installation up, once a day.")
def daily_backup() -> None:
    """Where MARKETING_BACKUP_FOLDER names a folder."""
    back_up_home()


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

    A plan whose posts were not all made is asked for again for as long as `Workplace.is_unfinished` says so, also in
    the week itself. A week that has begun without a plan is left to a person.
    """
    now, asked = workplace.clock.now(), False
    for brand in workplace.brands.values():
        present = Week.containing(now, brand.zone)
        coming = present.plus(1)
        weeks = [present] if workplace.is_planned(brand, present) else []
        weeks += [coming] if now >= brand.planning_moment(coming) else []
        for week in (week for week in weeks if workplace.is_unfinished(brand, week)):
            asked = True
            yield dg.RunRequest(
                run_key=f"weekly:{brand.id}:{week.key}", partition_key=partition_key(brand.brand_id, week)
            )
    if not asked:
        broken = "".join(f" {name} cannot be planned: {error}" for name, error in workplace.broken_brands.items())
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


@dg.job(
    executor_def=dg.in_process_executor,
    description="Refreshes the access tokens of channels that are due, each account on its own.",
)
def refresh_tokens() -> None:
    """One run; where several try at once, one of them refreshes."""
    refresh_due_tokens()


@dg.sensor(
    job=refresh_tokens,
    minimum_interval_seconds=TOKEN_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes up a new token of the environment, and launches a refresh of tokens that are due.",
)
def token_refresh(workplace: dg.ResourceParam[Workplace]) -> dg.RunRequest | dg.SkipReason:
    """A few rows and files; the run key lets each set of due tokens be tried once an hour."""
    due = workplace.tokens.notice()
    if not due:
        return dg.SkipReason("No token is due to be refreshed.")
    return dg.RunRequest(run_key=f"tokens:{short_hash(*due)}:{int(workplace.clock.now().timestamp()) // 3600}")


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


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Fails runs whose process was killed, so that they take no place and their work is asked for again.",
)
def orphaned_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Launches nothing; whoever asked for the run asks again."""
    ended = end_orphaned_runs(context.instance)
    return dg.SkipReason(
        f"Failed, since their process is gone: {', '.join(ended)}." if ended else "Every run is alive."
    )


@dg.sensor(
    minimum_interval_seconds=LIFE_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A sign of life of the code location.",
)
def signs_of_life(workplace: dg.ResourceParam[Workplace]) -> dg.SkipReason:
    """Launches nothing, and looks at nothing: what hangs elsewhere does not silence it."""
    workplace.health.beat(ServerKind.CODE_LOCATION, timedelta(seconds=LIFE_SECONDS))
    return dg.SkipReason("The code location lives.")


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at everything: raises and resolves alerts and tells whoever is to be told, and tells the checks "
    "of `health` when what they say has changed.",
)
def alerts_watch(context: dg.SensorEvaluationContext, workplace: dg.ResourceParam[Workplace]) -> dg.SensorResult:
    """No run: the checks are reported by the tick itself. The cursor keeps what was reported last, and the clocks.

    The console watches as well, so that a dead daemon is told of; each alert is told by one of the two.
    """
    from marketing_pipeline.operations.dagster_history import DagsterHistory
    from marketing_pipeline.operations.reported_health import ReportedHealth

    history, before = DagsterHistory(context.instance), ReportedHealth.parse(context.cursor)
    seen = workplace.health.examine(history, before.clocks)
    now = before.after(seen, workplace.health.installation().read_clocks())
    told = workplace.health.watch(seen, history)
    if now.levels == before.levels:
        as_before = f"The installation is {seen.level}, as before; people were told of {told} alerts."
        return dg.SensorResult(skip_reason=as_before, cursor=now.model_dump_json())
    return dg.SensorResult(asset_events=evaluations(seen), cursor=now.model_dump_json())


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
]
SCHEDULES = [weekly_planning, metrics_collection, ads_review, maintenance_daily, backup_daily]
SENSORS = [due_effects, token_refresh, approved_ad_changes, open_ad_changes, orphaned_runs, signs_of_life, alerts_watch]
