"""Dagster runs whose process is gone: failed with the reason, so that they take no place and are asked for again.

A run's process reports its own end; one that was killed cannot, and Dagster would call its run started until the run's
time limit. Dagster's server of the code location notices for the runs that it launched itself, as long as it lives.
"""

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

HOST_TAG = "marketing/host"
"""Runs of the command line say on which machine they are; one that says another is left alone."""
_CLOCK_SLACK_SECONDS = 2.0


def host_tags() -> dict[str, str]:
    """Tags of a run in a process of this machine."""
    return {HOST_TAG: socket.gethostname()}


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

    if run.tags.get(HOST_TAG, socket.gethostname()) != socket.gethostname():
        return ""
    events = instance.event_log_storage.get_logs_for_run(run.run_id, of_type=DagsterEventType.RUN_START, limit=1)
    event = events[0].dagster_event if events else None
    if event is None or event.pid is None or _is_alive(event.pid, events[0].timestamp):
        return ""
    return f"Its process {event.pid} ended without a word, as when it is killed. What was stored stays; run it again."


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
