"""Dagster in processes of their own: a run that is killed, and a daemon that dies in the middle of a tick."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import dagster as dg
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon import sensor

from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline_tests.faults.children import forkserver

SETTINGS = """
telemetry: {enabled: false}
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
run_launcher:
  module: dagster._core.launcher.sync_in_memory_run_launcher
  class: SyncInMemoryRunLauncher
"""
"""Runs are executed where they are launched, so that a test sees them end."""
CRASHES = ("TICK_CREATED", "TICK_HELD", "RUN_IDS_RESERVED", "RUN_CREATED", "RUN_LAUNCHED")
"""Moments between the decision to launch a run and the tick's own record of it, in Dagster's words."""
_PATIENCE = 120.0


def instance_in(folder: Path) -> dg.DagsterInstance:
    """An instance whose history is kept in that folder."""
    folder.mkdir(exist_ok=True)
    (folder / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    return dg.DagsterInstance.from_config(str(folder))


def drain_job() -> dg.JobDefinition:
    """The job that drains the ledger, as re-executions load it."""
    return defs.resolve_job_def("run_due_effects")


def _environment() -> dict[str, str]:
    """What names the home: the process that children are forked from knows another."""
    return {name: value for name, value in os.environ.items() if name.startswith("MARKETING_")}


def _drain(folder: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    logging.disable(logging.CRITICAL)
    with instance_in(folder) as instance:
        drain_job().execute_in_process(instance=instance)


def killed_in_its_run(folder: Path, call_is_out: Path) -> None:
    """Execute the drain in a process that is killed as soon as the file `call_is_out` is there."""
    child = forkserver().Process(target=_drain, args=(folder, _environment()))
    child.start()
    real, waited = SystemClock(), 0.0
    while not call_is_out.exists() and child.is_alive() and waited < _PATIENCE:
        real.sleep(0.02)
        waited += 0.02
    child.kill()
    child.join(_PATIENCE)
    assert child.exitcode == -signal.SIGKILL, f"the run ended with {child.exitcode} before it could be killed"


def _tick(folder: Path, environment: dict[str, str], at: datetime, crash: str | None) -> None:
    os.environ.update(environment)
    logging.disable(logging.CRITICAL)
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name="marketing_pipeline.definitions")
    origin = InProcessCodeLocationOrigin(loadable_target_origin=module, location_name="marketing")
    flags = {"due_effects": {crash: signal.SIGKILL}} if crash else None
    with instance_in(folder) as instance, freeze_time(at):
        target = InProcessWorkspaceLoadTarget([origin])
        with create_test_daemon_workspace_context(target, instance) as context:
            logger = logging.getLogger("dagster.daemon")
            run = cast("Callable[..., Iterator[object]]", sensor.execute_sensor_iteration)
            for _ in run(context, logger, None, None, debug_crash_flags=flags):
                pass


def ticked(folder: Path, minutes: int, crash: str | None) -> bool:
    """Let a daemon evaluate every sensor once, `minutes` after an hour; whether it died at the moment named."""
    at = datetime.fromtimestamp(1_795_000_000 + minutes * 60, UTC)
    child = forkserver().Process(target=_tick, args=(folder, _environment(), at, crash))
    child.start()
    child.join(_PATIENCE)
    assert child.exitcode in (0, -signal.SIGKILL), f"the daemon ended with {child.exitcode}"
    return child.exitcode != 0
