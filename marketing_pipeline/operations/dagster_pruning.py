"""Dagster's history: runs that ended long ago go, with their events and logs; the newest of each result stays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.operations.pruned import Pruned

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterInstance

_PAGE = 500


def prune_dagster(instance: "DagsterInstance", before: datetime, *, dry_run: bool) -> Pruned:
    """Delete runs that ended before a moment (of real time), but for those that made what an asset's partition shows.

    Ticks are pruned by Dagster itself, as dagster.yaml says. About 140 KB a run come free.
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
    return Pruned(what="Dagster runs", count=len(old), byte_count=freed, note=f"{len(kept)} show the newest results")


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
    logs = Path(instance.root_directory) / "storage" / run
    return files + [path for path in logs.rglob("*") if path.is_file()]
