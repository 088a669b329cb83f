"""Maintenance: what is no longer of use goes, so that a home stays within its size. The audit log is never touched."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Delete, delete, func, select

from marketing_pipeline.domain.alert import AlertState
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.operations.dagster_pruning import prune_checks, prune_dagster
from marketing_pipeline.operations.dagster_room import give_back_room
from marketing_pipeline.operations.media_pruning import prune_media
from marketing_pipeline.operations.pruned import Pruned
from marketing_pipeline.settings.upkeep import Upkeep
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.heartbeats import KEPT
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.media import MediaStore
from marketing_pipeline.store.media_folder import MediaFolder
from marketing_pipeline.store.tables import alert_mutes, alerts, heartbeats

if TYPE_CHECKING:
    from dagster import DagsterInstance


def prune(
    home: Home,
    database: Database,
    rules: Upkeep,
    instance: "DagsterInstance | None",
    *,
    real: Clock,
    media: MediaStore | None = None,
    dry_run: bool = False,
) -> tuple[Pruned, ...]:
    """Take out what is older than the rules allow; with `dry_run` only count it. Safe while everything works.

    `media` is where the pictures are; None: in the home's folder. Raises BucketFailed where they are in a bucket.

    Snapshots of the warehouse and partitions of closed ad changes go with each new one, ticks by Dagster's own rules.
    """
    now, real_now = aware(database.clock.now()), aware(real.now())
    pruned: list[Pruned] = []
    if instance is not None:
        before = real_now - rules.runs
        pruned += [each(instance, before, dry_run=dry_run) for each in (prune_dagster, prune_checks)]
        pruned.append(give_back_room(instance, dry_run=dry_run))
    pictures = media or MediaFolder(home.media)
    pruned.append(prune_media(database, pictures, now=now, kept=rules.orphans, real_now=real_now, dry_run=dry_run))
    with database.write() as connection:
        pruned += [
            _rows(connection, what, wanted, dry_run=dry_run)
            for what, wanted in (
                ("resolved alerts", _old_alerts(now - rules.alerts)),
                ("ended mutes", delete(alert_mutes).where(alert_mutes.c.until < now - rules.alerts)),
                ("signs of life", _old_beats(real_now)),
            )
        ]
    logs = (home.sandbox / "log.txt", *sorted((home.root / "logs").glob("*.txt")))
    return (*pruned, _empty_logs(logs, rules.log_bytes, dry_run=dry_run))


def _old_alerts(before: datetime) -> Delete:
    return delete(alerts).where(alerts.c.state == AlertState.RESOLVED, alerts.c.updated_at < before)


def _old_beats(real_now: datetime) -> Delete:
    """Of processes that ended in good order; one that fell silent is somebody's alert."""
    return delete(heartbeats).where(heartbeats.c.ended_at < real_now - KEPT)


def _rows(connection: Connection, what: str, wanted: Delete, *, dry_run: bool) -> Pruned:
    if not dry_run:
        return Pruned(what=what, count=connection.execute(wanted).rowcount)
    counted = select(func.count()).select_from(wanted.table)
    if wanted.whereclause is not None:
        counted = counted.where(wanted.whereclause)
    return Pruned(what=what, count=connection.scalar(counted) or 0)


def _empty_logs(logs: Sequence[Path], most: int, *, dry_run: bool) -> Pruned:
    """Logs of local processes. They append, so a log may be emptied under its process; the sandbox's journal stays."""
    large = [(log, log.stat().st_size) for log in logs if log.exists() and log.stat().st_size > most]
    for log, _ in large:
        if not dry_run:
            os.truncate(log, 0)
    return Pruned(what="logs", count=len(large), byte_count=sum(size for _, size in large))
