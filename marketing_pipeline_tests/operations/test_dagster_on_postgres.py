"""Dagster's storage on a real PostgreSQL: runs, ticks and checks are kept there, read there and pruned there."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon import sensor
from dagster._daemon.types import DaemonHeartbeat

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.operations.backup import make_backup
from marketing_pipeline.operations.backup_parts import BackupSource
from marketing_pipeline.operations.dagster_settings import ADDRESS, DagsterStorageMissing, write_dagster_settings
from marketing_pipeline.operations.orphaned_runs import HOST_TAG, end_orphaned_runs, host_tags, tell_host
from marketing_pipeline.operations.retention import prune
from marketing_pipeline.settings import Settings
from marketing_pipeline.settings.upkeep import Upkeep
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.execution.desk import DUE, Desk
from marketing_pipeline_tests.faults.agency import KEY, open_agency
from marketing_pipeline_tests.faults.dagster_children import drain_job
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.operations.test_orphaned_runs import begin
from marketing_pipeline_tests.operations.test_retention import is_good, result, without_result
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.planned_week import WEEK

LATER = SteppedClock(SystemClock().now() + timedelta(days=2))


@pytest.fixture(scope="module")
def history_url(postgres: PostgresServer) -> str:
    """An empty database for Dagster: its tables take a second, so the tests of this file share them."""
    return postgres.url(postgres.new_database())


@pytest.fixture
def settings(marketing_home: Path, history_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation whose control plane and whose Dagster are both on the server."""
    for name, value in {
        "MARKETING_HOME": str(marketing_home),
        "MARKETING_BRANDS": str(SHIPPED_BRANDS),
        "MARKETING_AUDIT_KEY": KEY.decode(),
        "MARKETING_DATABASE_URL": postgres_url,
        ADDRESS: history_url,
    }.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(settings) as opened:
        yield opened
        for run in opened.get_runs():
            opened.delete_run(run.run_id)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A home with its control plane in a file."""
    made = Desk(tmp_path / "desk", "http://127.0.0.1:9")
    made.home.clock().start_stepped(DUE)
    yield made
    made.close()


def ticked(instance: dg.DagsterInstance) -> None:
    """Let a daemon evaluate every sensor once."""
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name="marketing_pipeline.definitions")
    target = InProcessWorkspaceLoadTarget([InProcessCodeLocationOrigin(module, location_name="marketing")])
    run = cast("Callable[..., Iterator[object]]", sensor.execute_sensor_iteration)
    with create_test_daemon_workspace_context(target, instance) as context:
        for _ in run(context, logging.getLogger("dagster.daemon"), None, None):
            pass


@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars` is deprecated")
def test_what_is_due_is_seen_by_the_sensor_queued_and_published(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    brand = load_brand(SHIPPED_BRANDS / "upscale_print")
    url = settings.database_url.get_secret_value()
    with open_agency(settings.home, {brand.brand_id: brand}, shared_time=True, database_url=url) as agency:
        (agency.home.sandbox / "url").write_text(agency.url, encoding="utf-8")
        queued = [agency.queue(brand) for _ in range(2)]
        ticked(instance)
        [asked] = instance.get_runs(dg.RunsFilter(job_name="run_due_effects"))
        assert asked.status is dg.DagsterRunStatus.QUEUED and asked.tags["dagster/run_key"].startswith("drain:")
        # What the queue's daemon and the launcher do, without the half minute that a process takes to begin.
        instance.report_engine_event("Taken from the queue", asked)
        instance.report_dagster_event(
            dg.DagsterEvent(dg.DagsterEventType.PIPELINE_STARTING.value, asked.job_name), asked.run_id
        )
        run = instance.get_run_by_id(asked.run_id)
        assert run is not None
        execute_run(dg.reconstructable(drain_job), run, instance)
        assert agency.figure(queued).effects == 2 and agency.figure(queued).lost == 0
    ended = instance.get_run_by_id(asked.run_id)
    assert ended is not None and ended.status is dg.DagsterRunStatus.SUCCESS
    assert ended.tags[HOST_TAG] == host_tags()[HOST_TAG]
    week = dg.MultiPartitionKey({"brand": brand.id, "week": WEEK.key})
    newest = instance.get_latest_materialization_event(dg.AssetKey("published_posts"))
    assert newest is not None and newest.run_id == asked.run_id
    assert instance.get_materialized_partitions(dg.AssetKey("published_posts")) == {week}
    [tick] = [
        tick
        for state in instance.all_instigator_state()
        if state.instigator_name == "due_effects"
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)
    ]
    assert tick.status.value == "SUCCESS" and tick.run_ids == [asked.run_id]


def test_old_runs_and_results_of_checks_go_but_for_the_newest(instance: dg.DagsterInstance, desk: Desk) -> None:
    key = dg.AssetCheckKey(result.key, "is_good")
    runs = [dg.materialize([result, is_good], instance=instance, partition_key=name).run_id for name in ("a", "b", "a")]
    without_result.execute_in_process(instance=instance)
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(asset_key=result.key, check_name=key.name, passed=True, metadata={}, partition="b")
    )

    def checks() -> int:
        return len(instance.event_log_storage.get_asset_check_execution_history(key, limit=10))

    def pruned(kept: Upkeep, *, dry_run: bool = False) -> list[int]:
        done = prune(desk.home, desk.database, kept, instance, real=LATER, dry_run=dry_run)
        assert done[2].note.startswith("on a server")
        return [each.count for each in done[:2]]

    a_day = Upkeep(runs=timedelta(days=1))
    assert pruned(Upkeep()) == [0, 0]
    assert pruned(a_day, dry_run=True) == [2, 2] and len(instance.get_runs()) == 4 and checks() == 4
    assert pruned(a_day) == [2, 2] and checks() == 2
    assert {run.run_id for run in instance.get_runs()} == {runs[1], runs[2]}
    assert not instance.all_logs(runs[0])
    newest = instance.get_latest_materialization_event(result.key)
    assert newest is not None and newest.run_id == runs[2]


def test_a_run_is_ended_on_its_own_machine_alone(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    begin(instance, gone.pid)
    begin(instance, gone.pid, tags={HOST_TAG: "elsewhere"})
    begin(instance, os.getpid(), tags=host_tags())
    killed, told = begin(instance, gone.pid, tags=host_tags()), begin(instance, gone.pid)
    run = instance.get_run_by_id(told)
    assert run is not None
    tell_host(instance, run)
    assert sorted(end_orphaned_runs(instance)) == sorted((killed, told))
    assert end_orphaned_runs(instance) == ()


def test_another_machine_sees_failed_runs_and_the_daemons_signs_of_life(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    begin(instance, os.getpid(), tags=host_tags())
    [run] = instance.get_runs()
    instance.report_run_failed(run, "killed")
    instance.add_daemon_heartbeat(DaemonHeartbeat(SystemClock().now().timestamp(), "SENSOR", "its id", errors=[]))
    elsewhere = settings.model_copy(update={"home": tmp_path / "another machine"})
    with Workplace.open(elsewhere) as place, place.health.opened_history() as history:
        assert history is not None
        assert [failed.run_id for failed in history.failed_runs(SystemClock().now())] == [run.run_id]
        assert [beat.name for beat in history.daemon_beats()] == ["SENSOR"]


def test_the_other_settings_hold_there_as_well(settings: Settings, instance: dg.DagsterInstance) -> None:
    written = (settings.home / "dagster" / "dagster.yaml").read_text(encoding="utf-8")
    assert settings.stores.dagster.get_secret_value() not in written and ADDRESS in written
    limits = instance.get_concurrency_config()
    assert limits.run_queue_config is not None and limits.run_queue_config.max_concurrent_runs == 4
    assert limits.pool_config.default_pool_limit == 4
    assert instance.event_log_storage.supports_global_concurrency_limits
    assert instance.run_monitoring_enabled and instance.run_monitoring_max_runtime_seconds == 1800
    kept = instance.get_tick_retention_settings(InstigatorType.SENSOR)
    assert {status.value: days for status, days in kept.items()} == {
        "STARTED": 7, "SKIPPED": 1, "SUCCESS": 14, "FAILURE": 30,
    }  # fmt: skip


def test_a_backup_says_that_the_history_is_not_in_it(settings: Settings, tmp_path: Path, desk: Desk) -> None:
    (desk.home.dagster / "history").mkdir(parents=True)
    (desk.home.dagster / "history" / "runs.db").write_bytes(b"of an earlier time, and no database at all")
    source = BackupSource(desk.home, settings.brands, settings.world, dagster_elsewhere=True)
    made = make_backup(source, tmp_path / "backups", real=SystemClock())
    assert made.without == ("Dagster's history",)
    assert not [file for file in made.manifest.files if file.path.startswith("dagster")]


def test_without_the_extra_the_mend_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dagster_postgres", None)
    with pytest.raises(DagsterStorageMissing, match=r"marketing-pipeline\[postgres\]"):
        write_dagster_settings(settings)
    assert not (settings.home / "dagster").exists()
