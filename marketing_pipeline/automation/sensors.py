"""The sensors: what is asked for because something was seen."""

from datetime import timedelta

import dagster as dg

from marketing_pipeline.assets.ad_changes_applied import AD_CHANGE
from marketing_pipeline.assets.health import reported
from marketing_pipeline.automation.jobs import apply_ad_change, publish_snapshot, refresh_tokens, run_due_effects
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.operations.orphaned_runs import end_orphaned_runs
from marketing_pipeline.resources import Workplace

LIFE_SECONDS = 30
TOKEN_SECONDS = 120
RELAUNCH_SECONDS = 300
"""A drain that died before it claimed anything is launched again after this long."""


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
    from marketing_pipeline.domain.heartbeat import ServerKind

    workplace.health.beat(ServerKind.CODE_LOCATION, timedelta(seconds=LIFE_SECONDS))
    return dg.SkipReason("The code location lives.")


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at everything: raises and resolves alerts and tells whoever is to be told, and renews "
    "`health` with its checks when what they say has changed.",
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
    return dg.SensorResult(asset_events=reported(seen), cursor=now.model_dump_json())


@dg.sensor(
    job=publish_snapshot,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes a snapshot of a large warehouse, once for all runs since the last one.",
)
def snapshot_due(workplace: dg.ResourceParam[Workplace]) -> dg.RunRequest | dg.SkipReason:
    """A look at two files; the run key names what is replaced and the present five minutes."""
    from marketing_pipeline.store.snapshot_turn import SnapshotTurn

    replaced = SnapshotTurn(workplace.home.warehouse).due()
    if not replaced:
        return dg.SkipReason("The newest snapshot shows everything, or is too young to be replaced.")
    bucket = int(workplace.clock.now().timestamp()) // RELAUNCH_SECONDS
    return dg.RunRequest(run_key=f"snapshot:{replaced}:{bucket}")


SENSORS = [
    due_effects,
    token_refresh,
    approved_ad_changes,
    open_ad_changes,
    orphaned_runs,
    signs_of_life,
    alerts_watch,
    snapshot_due,
]
