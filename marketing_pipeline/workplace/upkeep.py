"""Backups, what happens after a restore, and maintenance of one installation."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.execution.after_restore import Reconciled
    from marketing_pipeline.operations.ad_facts_carried import CarriedTable
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
        from marketing_pipeline.operations.dagster_settings import is_on_a_server

        settings = self._place.settings
        source = BackupSource(
            self._place.home,
            settings.brands,
            settings.world,
            with_key,
            dagster_elsewhere=is_on_a_server(settings),
            media_elsewhere=settings.stores.media,
            warehouse_elsewhere=settings.stores.warehouse_data,
        )
        return make_backup(source, folder, real=SystemClock(), keep=keep, told=told)

    def prune(self, instance: "DagsterInstance | None", *, dry_run: bool = False) -> "tuple[Pruned, ...]":
        """Take out what is older than the settings allow; see `operations.retention.prune`, `lake_upkeep`."""
        from marketing_pipeline.domain.clock import SystemClock
        from marketing_pipeline.operations.retention import prune
        from marketing_pipeline.store.warehouse import Warehouse

        place, real = self._place, SystemClock()
        rules = place.settings.upkeep
        pruned = prune(place.home, place.database, rules, instance, real=real, media=place.media, dry_run=dry_run)
        if isinstance(place.warehouse, Warehouse):
            return pruned
        from marketing_pipeline.operations.lake_upkeep import tend_lake

        return (*pruned, *tend_lake(place.warehouse, real=real, dry_run=dry_run))

    def carry_ad_facts(self, *, rehearsal: bool = False) -> "tuple[CarriedTable, ...]":
        """Copy ad facts of the home's own warehouse to the lake; see `operations.ad_facts_carried.carry_ad_facts`.

        Raises NoLake where the settings name none.
        """
        from marketing_pipeline.operations.ad_facts_carried import NoLake, carry_ad_facts
        from marketing_pipeline.store.warehouse import Warehouse

        place = self._place
        if isinstance(place.warehouse, Warehouse):
            raise NoLake(
                "There is no lake to copy ad facts to. Nothing was changed.",
                "Set MARKETING_WAREHOUSE_CATALOG and MARKETING_WAREHOUSE_DATA first.",
            )
        return carry_ad_facts(place.database, Warehouse(place.home.warehouse), place.warehouse, rehearsal=rehearsal)

    def reconcile(self, *, actor: str, brand: "BrandId | None" = None, accept: bool = False) -> "Reconciled":
        """Compare every account with the database after a restore; see `execution.after_restore.AfterRestore`."""
        from marketing_pipeline.execution.after_restore import AfterRestore

        place = self._place
        comparing = AfterRestore(place.plane, place.brands, instagram=place.providers.instagram, ads=place.ads.client)
        return comparing.run(actor=actor, brand=brand, accept=accept)
