"""Dagster's history: runs that ended long ago go, with their events and logs; the newest of each result stays."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from marketing_pipeline.operations.pruned import Pruned

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterInstance

_PAGE = 500


def prune_dagster(instance: "DagsterInstance", before: datetime, *, dry_run: bool) -> Pruned:
    """Delete runs that ended before a moment (of real time), but for those that made what an asset's partition shows.

    Ticks are pruned by Dagster itself, as dagster.yaml says. About 160 KB a run come free.
    """
    kept = _shown(instance)
    old = [run for run in _ended(instance, before) if run not in kept]
    freed = 0
    for run in old:
        files = _files_of(instance, run)
        freed += sum(file.stat().st_size for file in files if file.exists())
        if not dry_run:
            instance.delete_run(run)
            instance.compute_log_manager.delete_logs(prefix=[run])
            for file in files:
                file.unlink(missing_ok=True)
            shutil.rmtree(_printed(instance, run), ignore_errors=True)
    return Pruned(what="Dagster runs", count=len(old), byte_count=freed, note=f"{len(kept)} show the newest results")


def prune_checks(instance: "DagsterInstance", before: datetime, *, dry_run: bool) -> Pruned:
    """Delete results of checks from before a moment (of real time), but for the newest of each check and partition.

    Dagster leaves them when their run is deleted, and those that a sensor reported never had one.
    """
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

    storage, columns = instance.event_log_storage, AssetCheckExecutionsTable.c
    if not isinstance(storage, SqlEventLogStorage):
        return Pruned(what="Dagster checks", count=0, note="this instance keeps them elsewhere")
    newest = select(func.max(columns.id)).group_by(columns.asset_key, columns.check_name, columns.partition)
    at = before.astimezone(UTC).replace(tzinfo=None)
    old = (columns.evaluation_event_timestamp < at, columns.id.not_in(newest))
    with storage.index_connection() as connection:
        if dry_run:
            count = connection.scalar(select(func.count()).select_from(AssetCheckExecutionsTable).where(*old)) or 0
        else:
            count = connection.execute(delete(AssetCheckExecutionsTable).where(*old)).rowcount
    return Pruned(what="Dagster checks", count=count)


def _ended(instance: "DagsterInstance", before: datetime) -> list[str]:
    from dagster import DagsterRunStatus, RunsFilter

    ends = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    found: list[str] = []
    while True:
        page = instance.get_run_records(
            RunsFilter(statuses=ends, updated_before=before), limit=_PAGE, cursor=found[-1] if found else None
        )
        found += [record.dagster_run.run_id for record in page]
        if len(page) < _PAGE:
            return found


def _shown(instance: "DagsterInstance") -> set[str]:
    """Runs of the newest materialization of each partition of each asset."""
    runs: set[str] = set()
    for asset in instance.get_asset_keys():
        seen: set[str | None] = set()
        for partition, run in _materializations(instance, asset):
            if partition not in seen:
                seen.add(partition)
                runs.add(run)
    return runs


def _materializations(instance: "DagsterInstance", asset: "AssetKey") -> Iterator[tuple[str | None, str]]:
    """Partition and run of each, newest first."""
    cursor: str | None = None
    while True:
        page = instance.fetch_materializations(asset, limit=_PAGE, cursor=cursor)
        for record in page.records:
            yield record.partition_key, record.run_id
        if not page.has_more:
            return
        cursor = page.cursor


def _files_of(instance: "DagsterInstance", run: str) -> list[Path]:
    """Files of a run: its events, where Dagster keeps a SQLite file a run, and what its steps printed."""
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    files: list[Path] = []
    if isinstance(instance.event_log_storage, SqliteEventLogStorage):
        events = Path(instance.event_log_storage.path_for_shard(run))
        files += [events, *(events.with_name(f"{events.name}{end}") for end in ("-wal", "-shm"))]
    return files + [path for path in _printed(instance, run).rglob("*") if path.is_file()]


def _printed(instance: "DagsterInstance", run: str) -> Path:
    return Path(instance.root_directory) / "storage" / run
