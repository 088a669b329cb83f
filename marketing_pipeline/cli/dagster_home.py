"""Dagster's own home inside ours, and jobs run in this process with their history kept there."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.operations.dagster_settings import write_dagster_settings
from marketing_pipeline.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult
    from dagster_shared.error import SerializableErrorInfo

IN_PROCESS = "in_process.yaml"
# Capturing a step's output costs two processes a step, which outlive a killed command and hold its terminal.
WITHOUT_CAPTURE = """
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
RUN_KEY = "dagster/run_key"
# By this label Dagster's pages of a job list its runs; a run in this process is not given it by itself.
LISTED = {".dagster/repository": "__repository__@marketing"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(MarketingError):
    """A Dagster run did not succeed."""


def prepare_dagster_home(settings: Settings) -> Path:
    """Make `<home>/dagster` with its dagster.yaml, and name both homes in this process's environment.

    Raises DagsterStorageMissing.
    """
    folder = write_dagster_settings(settings).parent
    write_dagster_settings(settings, IN_PROCESS, WITHOUT_CAPTURE)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["MARKETING_HOME"] = str(settings.home)
    return folder


@contextmanager
def dagster_instance(settings: Settings) -> Generator["DagsterInstance"]:
    """The instance whose history the Dagster UI shows, for runs in this process.

    Runs that a killed command left behind are failed first: they would take the places of those to come. Raises
    DagsterStorageMissing, DagsterUnreachable.
    """
    from marketing_pipeline.operations.dagster_history import opened_instance
    from marketing_pipeline.operations.orphaned_runs import end_orphaned_runs

    with opened_instance(prepare_dagster_home(settings), IN_PROCESS) as instance:
        end_orphaned_runs(instance)
        yield instance


@dataclass(frozen=True)
class JobRun:
    """One run to be made: the job, the key of its partition, and a key by which the run is found again."""

    job: str
    partition: str | None = None
    run_key: str | None = None


def run_job(instance: "DagsterInstance", job: str, brand: BrandId | None = None, week: Week | None = None) -> str:
    """Run one job in this process, for one brand's week where it is partitioned; returns the run id.

    Raises RunFailed with the step's own words.
    """
    from marketing_pipeline.assets.partitions import partition_key

    key = partition_key(brand, week) if brand is not None and week is not None else None
    return make_run(instance, JobRun(job, key))


def make_run(instance: "DagsterInstance", run: JobRun) -> str:
    """Make a run in this process; returns its id. Raises RunFailed with the step's own words."""
    from marketing_pipeline.definitions import defs
    from marketing_pipeline.operations.orphaned_runs import host_tags

    result = defs.resolve_job_def(run.job).execute_in_process(
        instance=instance,
        partition_key=run.partition,
        run_config=QUIET,
        tags={**host_tags(), **LISTED, **({} if run.run_key is None else {RUN_KEY: run.run_key})},
        raise_on_error=False,
    )
    if not result.success:
        raise RunFailed(
            f"The run {result.run_id} of {run.job} failed: {_cause(result)}", "`marketing up` shows it in Dagster."
        )
    return result.run_id


def has_succeeded(instance: "DagsterInstance", job: str, run_key: str) -> bool:
    """Whether a run of that key ended well. Schedules give their runs such keys, too."""
    from dagster import DagsterRunStatus, RunsFilter

    ended = RunsFilter(job_name=job, statuses=[DagsterRunStatus.SUCCESS], tags={RUN_KEY: run_key})
    return instance.get_runs_count(ended) > 0


def _cause(result: "ExecuteInProcessResult") -> str:
    """The first error of ours in the run, in its own words: of a step, or of opening the installation for one."""
    for event in result.all_events:
        if event.is_step_failure:
            return f"{event.step_key}: {_words(event.step_failure_data.error)}"
    for event in result.all_events:
        if event.is_job_failure:
            return _words(event.job_failure_data.error)
    return "no step said why."


def _words(error: "SerializableErrorInfo | None") -> str:
    """Dagster wraps what was raised, and what was raised may name its own cause: the one between them was written."""
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is None:
        return "no reason given"
    return re.sub(rf"^[\w.]*{error.cls_name}: ", "", error.message.strip())
