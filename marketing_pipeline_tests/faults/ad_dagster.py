"""Ad changes and Dagster: runs that are done again, and assets made by hand."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.faults.ad_judge import judged, refused
from marketing_pipeline_tests.faults.ad_office import AdOffice, open_office
from marketing_pipeline_tests.faults.row import FaultRow, Figure

APPLIED = dg.AssetKey("ad_changes_applied")
_JOB = "apply_ad_change"
_EXPIRED = timedelta(hours=73).total_seconds()


@contextmanager
def dagster_office(folder: Path) -> Generator[tuple[AdOffice, dg.DagsterInstance]]:
    with open_office(folder) as office, dg.instance_for_test() as instance:
        yield office, instance


def partition(office: AdOffice, instance: dg.DagsterInstance) -> AdChange:
    change = office.desk.propose(office.stage.payload())
    instance.add_dynamic_partitions("ad_change", [change.id])
    return change


def run_job(instance: dg.DagsterInstance, change: AdChange, *assets: dg.AssetKey, **tags: str) -> bool:
    """Whether a run of the job, or of these assets of it alone, succeeds for a change."""
    from marketing_pipeline.definitions import defs

    job = defs.resolve_job_def(_JOB)
    chosen: dict[str, Any] = {"asset_selection": list(assets)} if assets else {}
    result = job.execute_in_process(
        instance=instance, partition_key=change.id, tags=tags, raise_on_error=False, **chosen
    )
    return result.success


def _again(instance: dg.DagsterInstance, change: AdChange) -> None:
    run_job(instance, change)


def _alone(instance: dg.DagsterInstance, change: AdChange) -> None:
    run_job(instance, change, APPLIED)


def _backfill(instance: dg.DagsterInstance, change: AdChange) -> None:
    """As a backfill of the one partition launches it."""
    run_job(instance, change, **{"dagster/backfill": "again"})


def _reexecution(instance: dg.DagsterInstance, change: AdChange) -> None:
    """As `Re-execute all` launches it: the newest run of the partition, anew, by Dagster's own function."""
    newest = next(run for run in instance.get_runs() if run.tags.get("dagster/partition") == change.id)
    options = dg.ReexecutionOptions(parent_run_id=newest.run_id)
    with dg.execute_job(
        dg.reconstructable(_job), instance=instance, reexecution_options=options, tags=dict(newest.tags)
    ) as result:
        assert result.run_id != newest.run_id


def _job() -> dg.JobDefinition:
    from marketing_pipeline.definitions import defs

    return defs.resolve_job_def(_JOB)


_ONCE_MORE: tuple[Callable[[dg.DagsterInstance, AdChange], None], ...] = (_again, _alone, _backfill, _reexecution)


def done_again(tries: int, seed: int, folder: Path) -> Figure:
    """Row 11: the run of a done change again, its last asset alone, a backfill, and a re-execution. E stays 1."""
    with dagster_office(folder) as (office, instance):
        changes: list[AdChange] = []
        for number in range(tries):
            change = partition(office, instance)
            office.desk.approve(change)
            run_job(instance, change)
            before = office.stage.sends()
            _ONCE_MORE[number % len(_ONCE_MORE)](instance, change)
            assert (before, office.stage.sends()) == (number + 1, number + 1)
            changes.append(change)
        return judged(office.stage, changes)


def made_by_hand(tries: int, seed: int, folder: Path) -> Figure:
    """Row 23: `ad_changes_applied` alone, or the whole job, for a change that is not approved."""
    with dagster_office(folder) as (office, instance):
        succeeded = 0
        for number in range(tries):
            change = partition(office, instance)
            _NOT_APPROVED[number // 2 % len(_NOT_APPROVED)](office, change)
            succeeded += run_job(instance, change, *([APPLIED] if number % 2 else []))
        return refused(office.stage, tries) + Figure(tries=0, broken=succeeded)


def _nothing(office: AdOffice, change: AdChange) -> None:
    pass


def _rejected(office: AdOffice, change: AdChange) -> None:
    office.desk.decide(change, Decision.REJECT)


def _revoked(office: AdOffice, change: AdChange) -> None:
    office.desk.approve(change)
    office.desk.decide(change, Decision.REVOKE)


def _expired(office: AdOffice, change: AdChange) -> None:
    office.desk.approve(change)
    office.desk.clock.sleep(_EXPIRED)


_NOT_APPROVED: tuple[Callable[[AdOffice, AdChange], None], ...] = (_nothing, _rejected, _revoked, _expired)


_REFUSE = "ad change to refuse"
ROWS = (
    FaultRow("11", "Dagster does a done change again", "ad change", len(_ONCE_MORE), 20, done_again),
    FaultRow("23", "downstream asset run by hand", _REFUSE, 2 * len(_NOT_APPROVED), 40, made_by_hand),
)
