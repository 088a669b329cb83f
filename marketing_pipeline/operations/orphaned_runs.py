"""Dagster runs whose process is gone: failed with the reason, so that they take no place and are asked for again.

A run's process reports its own end; one that was killed cannot, and Dagster would call its run started until the run's
time limit. Dagster's server of the code location notices for the runs that it launched itself, as long as it lives.

A process can be looked for on its own machine alone, so a run is judged where it says that it is. Of others Dagster's
run monitoring decides: launchers of containers ask for theirs, and `max_runtime_seconds` ends the rest.
"""

import socket
from typing import TYPE_CHECKING

from marketing_pipeline.operations.dagster_room import keeps_files

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

HOST_TAG = "marketing/host"
"""Each run says on which machine it is, a container being one; a run of another machine is left alone."""
_CLOCK_SLACK_SECONDS = 2.0


def host_tags() -> dict[str, str]:
    """Tags of a run in a process of this machine."""
    return {HOST_TAG: socket.gethostname()}


def tell_host(instance: "DagsterInstance", run: "DagsterRun") -> None:
    """Write to a run at work in this process on which machine that is."""
    if HOST_TAG not in run.tags:
        instance.add_run_tags(run.run_id, host_tags())


def end_orphaned_runs(instance: "DagsterInstance") -> tuple[str, ...]:
    """Fail every started run of this machine whose process does not live any more; returns their ids."""
    from dagster import DagsterRunStatus, RunsFilter

    ended: list[str] = []
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
        problem = _orphaned(instance, run)
        if problem:
            instance.report_run_failed(run, problem)
            ended.append(run.run_id)
    return tuple(ended)


def _orphaned(instance: "DagsterInstance", run: "DagsterRun") -> str:
    """What became of the run's process; empty while it lives, and where that cannot be told from here."""
    from dagster import DagsterEventType

    if run.tags.get(HOST_TAG, _only_machine(instance)) != socket.gethostname():
        return ""
    events = instance.event_log_storage.get_logs_for_run(run.run_id, of_type=DagsterEventType.RUN_START, limit=1)
    event = events[0].dagster_event if events else None
    if event is None or event.pid is None or _is_alive(event.pid, events[0].timestamp):
        return ""
    return f"Its process {event.pid} ended without a word, as when it is killed. What was stored stays; run it again."


def _only_machine(instance: "DagsterInstance") -> str | None:
    """Where a run is that does not say so, as when it was killed at its start: here, if it can be nowhere else."""
    from dagster import DefaultRunLauncher

    alone = keeps_files(instance) and isinstance(instance.run_launcher, DefaultRunLauncher)
    return socket.gethostname() if alone else None


def _is_alive(pid: int, started_at: float) -> bool:
    """Whether the process that started a run lives: one that began after the run only bears the same number."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.create_time() <= started_at + _CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
