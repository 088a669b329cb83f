"""Backups, what happens after a restore, and maintenance of one installation."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.execution.after_restore import Reconciled
    from marketing_pipeline.operations.backup import Backup
    from marketing_pipeline.operations.pruned import Pruned
    from marketing_pipeline.workplace.workplace import Workplace


class UpkeepDesk:
    """Upkeep of a `Workplace`; reached as `workplace.upkeep`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def back_up(
        self,
        folder: Path,
        *,
        keep: int | None = None,
        with_key: bool = False,
        told: Callable[[str], None] = lambda _: None,
    ) -> "Backup":
        """Write a backup while everything goes on; see `operations.backup.make_backup`."""
        from marketing_pipeline.domain.clock import SystemClock
        from marketing_pipeline.operations.backup import make_backup
        from marketing_pipeline.operations.backup_parts import BackupSource

        settings = self._place.settings
        source = BackupSource(self._place.home, settings.brands, settings.world, with_key)
        return make_backup(source, folder, real=SystemClock(), keep=keep, told=told)

    def prune(self, instance: "DagsterInstance | None", *, dry_run: bool = False) -> "tuple[Pruned, ...]":
        """Take out what is older than the settings allow; see `operations.retention.prune`."""
        from marketing_pipeline.domain.clock import SystemClock
        from marketing_pipeline.operations.retention import prune

        place = self._place
        return prune(place.home, place.database, place.settings.upkeep, instance, real=SystemClock(), dry_run=dry_run)

    def reconcile(self, *, actor: str, brand: "BrandId | None" = None, accept: bool = False) -> "Reconciled":
        """Compare every account with the database after a restore; see `execution.after_restore.AfterRestore`."""
        from marketing_pipeline.execution.after_restore import AfterRestore

        place = self._place
        comparing = AfterRestore(place.plane, place.brands, instagram=place.providers.instagram, ads=place.ads.client)
        return comparing.run(actor=actor, brand=brand, accept=accept)
