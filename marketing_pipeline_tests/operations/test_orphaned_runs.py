"""A killed run is failed with the reason; a run that lives, and one of another machine, is left alone."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Generator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRunStatus, EventLogEntry

from marketing_pipeline.operations.orphaned_runs import HOST_TAG, end_orphaned_runs, host_tags

HANGS = textwrap.dedent("""
    import sys, time
    from dagster import DagsterInstance, job, op

    @op
    def hang():
        print("hangs", flush=True)
        time.sleep(60)

    @job
    def hanging():
        hang()

    with DagsterInstance.from_config(sys.argv[1]) as instance:
        hanging.execute_in_process(instance=instance, tags=dict([sys.argv[2].split("=")]))
""")
SETTINGS = """
telemetry: {enabled: false}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Generator[DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    with DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def hanging_run(folder: Path, tag: str) -> subprocess.Popen[str]:
    """A process in the middle of a run."""
    command = [sys.executable, "-c", HANGS, str(folder), tag]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "DAGSTER_HOME": str(folder)}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "hangs\n"
    return process


def status_of(instance: DagsterInstance) -> DagsterRunStatus:
    [run] = instance.get_runs()
    return run.status


def test_a_killed_run_is_failed_and_a_living_one_is_not(tmp_path: Path, instance: DagsterInstance) -> None:
    name, host = next(iter(host_tags().items()))
    with hanging_run(tmp_path, f"{name}={host}") as process:
        assert end_orphaned_runs(instance) == ()
        assert status_of(instance) is DagsterRunStatus.STARTED
        process.send_signal(signal.SIGKILL)
        # Not waited for yet: a zombie is no worker either.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        [run] = instance.get_runs()
        assert end_orphaned_runs(instance) == (run.run_id,)
    assert status_of(instance) is DagsterRunStatus.FAILURE
    [*_, told] = instance.all_logs(run.run_id)
    assert f"process {process.pid} ended without a word" in told.message
    assert end_orphaned_runs(instance) == ()


def test_a_run_of_another_machine_is_left_to_it(tmp_path: Path, instance: DagsterInstance) -> None:
    with hanging_run(tmp_path, f"{HOST_TAG}=elsewhere") as process:
        process.kill()
    assert end_orphaned_runs(instance) == ()
    assert status_of(instance) is DagsterRunStatus.STARTED


@dg.job
def begun() -> None:
    """A run that a process says it has started."""


def begin(instance: DagsterInstance, pid: int, age: float = 0.0, tags: dict[str, str] | None = None) -> str:
    """A run of that process, started so many seconds ago; its id."""
    run = instance.create_run_for_job(begun, tags=tags)
    start = DagsterEvent(DagsterEventType.RUN_START.value, run.job_name, pid=pid)
    instance.handle_new_event(
        EventLogEntry(
            error_info=None,
            level=logging.INFO,
            user_message="",
            run_id=run.run_id,
            timestamp=time.time() - age,
            job_name=run.job_name,
            dagster_event=start,
        )
    )
    return run.run_id


@pytest.mark.parametrize(("age", "orphaned"), [(0.0, False), (1e9, True)])
def test_a_process_that_took_over_the_number_is_not_the_run(
    instance: DagsterInstance, age: float, orphaned: bool
) -> None:
    run = begin(instance, os.getpid(), age)
    assert end_orphaned_runs(instance) == ((run,) if orphaned else ())


def test_under_a_launcher_of_containers_a_run_is_judged_only_where_it_says_that_it_is(tmp_path: Path) -> None:
    launcher = "{module: dagster._core.launcher.sync_in_memory_run_launcher, class: SyncInMemoryRunLauncher}"
    (tmp_path / "dagster.yaml").write_text(f"{SETTINGS}run_launcher: {launcher}", encoding="utf-8")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        begin(instance, os.getpid(), age=1e9)
        here = begin(instance, os.getpid(), age=1e9, tags=host_tags())
        assert end_orphaned_runs(instance) == (here,)
