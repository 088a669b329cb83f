"""One installation, opened: its stores, clock, brands and clients. Runs and commands share it."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Service, Settings
from marketing_pipeline.workplace.configuration import ConfigurationDesk
from marketing_pipeline.workplace.desks import Desks

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from pathlib import Path

    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.metrics import PostPerformance
    from marketing_pipeline.execution.drain_report import DrainReport
    from marketing_pipeline.store.approvals import Approvals
    from marketing_pipeline.store.audit import AuditLog
    from marketing_pipeline.store.brand_folder import BrandInvalid
    from marketing_pipeline.store.clock import DurableClock
    from marketing_pipeline.store.control_plane import ControlPlane
    from marketing_pipeline.store.database import Database
    from marketing_pipeline.store.decisions import Decisions
    from marketing_pipeline.store.holds import Holds
    from marketing_pipeline.store.home import Home
    from marketing_pipeline.store.lake import Lake
    from marketing_pipeline.store.media import MediaStore
    from marketing_pipeline.store.posts import Posts
    from marketing_pipeline.store.publish_queue import PublishQueue
    from marketing_pipeline.store.warehouse import Warehouse
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workplace.brands import BrandFiles, OpenedBrands


@dataclass(frozen=True)
class Workplace(Desks):
    """Opened by `Workplace.open`. Clients are made when asked for, so that nothing heavy is imported before its use."""

    settings: Settings
    home: "Home"
    clock: "DurableClock"
    database: "Database"
    plane: "ControlPlane"
    brand_files: "BrandFiles"
    closing: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(cls, settings: Settings, brand_files: "BrandFiles | None" = None) -> Self:
        """Open the home that the settings name, and bind it to their world.

        Who opens it again and again gives the `brand_files` that it keeps, so that unchanged ones are not read again.
        Raises MarketingError for a home of another world, a database that cannot be used, and simulated time where
        anything live would be acted on.
        """
        from marketing_pipeline.settings.redaction import hide
        from marketing_pipeline.settings.secret import secrets_in
        from marketing_pipeline.store.control_plane import ControlPlane
        from marketing_pipeline.store.home import Home
        from marketing_pipeline.workplace.brands import BrandFiles

        hide(secrets_in(settings))
        home = Home(settings.home, settings.database_url.get_secret_value())
        clock = home.clock()
        if settings.acts_live:
            clock.require_real()
        if not home.root.exists():
            log.warning("A new home is made: %s. Set MARKETING_HOME to keep it elsewhere.", home.root)
        database = home.open_database()
        home.bind(database, settings.world)
        key = settings.audit_key()
        hide([key.decode()])
        plane = ControlPlane.of(database, key, home.audit_anchor)
        opened = cls(settings, home, clock, database, plane, brand_files or BrandFiles(settings.brands))
        opened.configuration.see_settings()
        return opened

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.close()
        self.database.close()

    @cached_property
    def brands(self) -> "OpenedBrands":
        """Every brand whose file is right, read when it is asked for. A broken one stops its own work, not theirs."""
        from marketing_pipeline.workplace.brands import OpenedBrands

        return OpenedBrands(self.brand_files, self.configuration)

    @property
    def broken_brands(self) -> Mapping[BrandId, "BrandInvalid"]:
        """The brands that cannot be read, each with what is wrong."""
        return self.brands.broken

    def brand(self, brand: str) -> "Brand":
        """One brand, with the rules that were accepted for it. Raises NotFound, and BrandInvalid for a broken file."""
        read = self.brands.one(brand)
        return read.with_rules(self.teaching.accepted(read.brand_id))

    @property
    def configuration(self) -> ConfigurationDesk:
        """What is configured, and the audit rows that tell of its changes."""
        return ConfigurationDesk(self)

    @property
    def audit(self) -> "AuditLog":
        """The audit log."""
        return self.plane.audit

    @property
    def approvals(self) -> "Approvals":
        """The approval rows."""
        return self.plane.approvals

    @property
    def posts(self) -> "Posts":
        """The posts."""
        return self.plane.posts

    @property
    def queue(self) -> "PublishQueue":
        """The publish queue."""
        return self.plane.queue

    @property
    def decisions(self) -> "Decisions":
        """What people decide."""
        return self.plane.decisions

    @property
    def holds(self) -> "Holds":
        """The kill switch."""
        return self.plane.holds

    @cached_property
    def media(self) -> "MediaStore":
        """The pictures. Raises BucketUnusable."""
        from marketing_pipeline.store.media_place import media_store

        return media_store(self.home, self.settings.stores, self.settings.object_storage)

    @cached_property
    def warehouse(self) -> "Warehouse | Lake":
        """The analysts' database: a file of the home, or the lake that the settings name."""
        from marketing_pipeline.store.lake_news import named_lake
        from marketing_pipeline.store.warehouse import Warehouse

        lake = named_lake(self.settings.stores, self.settings.object_storage, self.home.warehouse)
        if lake is None:
            return Warehouse(self.home.warehouse)
        self.closing.callback(lake.close)
        return lake

    def brand_week(self, brand: BrandId, week: Week) -> "BrandWeek":
        """One brand's week, ready to be worked on. Raises NotFound or BrandInvalid."""
        from marketing_pipeline.workflows.brand_week import BrandWeek

        return BrandWeek(self.brand(brand), week, self.database, self.audit, self.clock)

    def due_effects(self) -> tuple[str, ...]:
        """Ids of what a drain could move on right now: effects, approved proposals, and all else whose time is over."""
        from marketing_pipeline.store.ad_change_row import lapsed_ad_changes
        from marketing_pipeline.store.effect_rows import due_ids
        from marketing_pipeline.store.late_posts import LatePosts
        from marketing_pipeline.store.proposal_row import lapsed_proposals, unfinished_proposals

        now, late = self.clock.now(), LatePosts(self.plane.ledger, self.brands).waiting()
        with self.database.read() as connection:
            wanted = (lapsed_ad_changes(now), lapsed_proposals(now), unfinished_proposals(now))
            others = {found for query in wanted for found in connection.scalars(query)}
            return (*due_ids(connection, now), *sorted(others), *late)

    def brands_with_due_insights(self) -> "tuple[Brand, ...]":
        """Brands of which a post has reached an age at which it is measured."""
        from marketing_pipeline.store.insights import due_snapshots

        if self.settings.is_off(Service.INSTAGRAM):
            return ()
        due = {snapshot.brand for snapshot in due_snapshots(self.database, self.clock.now())}
        return tuple(brand for name in sorted(due) if (brand := self.brands.get(name)) is not None)

    def performance(self, brand: BrandId) -> "tuple[PostPerformance, ...]":
        """What the brand's posts of the last 90 days achieved, from the warehouse."""
        from marketing_pipeline.store.performance import WarehousePerformance

        return tuple(WarehousePerformance(self.database, self.warehouse).performance(brand, self.clock.now()))

    def learnt_from(self, brand: BrandId) -> "tuple[PostPerformance, ...]":
        """What learning starts from: as many of the last year's posts as the engine uses, the newest."""
        from marketing_pipeline.domain.effect_model import LONGEST_DAYS, MOST_POSTS
        from marketing_pipeline.store.performance import WarehousePerformance

        reader = WarehousePerformance(self.database, self.warehouse)
        return tuple(reader.performance(brand, self.clock.now(), LONGEST_DAYS, MOST_POSTS))

    def refresh_warehouse(self) -> str:
        """Project the control plane into the warehouse and see to a snapshot; returns which one shows it, or when.

        A small one is published at once; see `store.snapshot_turn`.
        """
        from marketing_pipeline.store.projections import project
        from marketing_pipeline.store.snapshot_turn import SnapshotTurn

        project(self.database, self.warehouse)
        return SnapshotTurn(self.warehouse.folder).publish_or_wait(self._published)

    def publish_snapshot(self) -> str:
        """Publish what was projected, whatever its size; returns the snapshot's file name."""
        from marketing_pipeline.store.snapshot_turn import SnapshotTurn

        return SnapshotTurn(self.warehouse.folder).publish(self._published)

    def publish_pending(self) -> None:
        """Publish what waits for its turn, for a command after which no sensor may look."""
        from marketing_pipeline.store.snapshot_turn import SnapshotTurn

        if SnapshotTurn(self.warehouse.folder).waits():
            self.publish_snapshot()

    def _published(self) -> "Path":
        from marketing_pipeline.store.snapshots import publish_snapshot
        from marketing_pipeline.store.warehouse import Warehouse

        if isinstance(self.warehouse, Warehouse):
            return publish_snapshot(self.warehouse)
        from marketing_pipeline.store.lake_mirror import publish_lake

        return publish_lake(self.warehouse)

    def anchor_audit(self) -> None:
        """Note the head of the audit log in `home.audit_anchor`. Raises AnchorDamaged."""
        with self.database.read() as connection:
            self.audit.anchor(connection, self.home.audit_anchor)

    def drain(self, owner: str, brand: BrandId | None = None, week: Week | None = None) -> "DrainReport":
        """Do everything in the ledger that is due now: publish, read back, wake, sweep.

        `owner` names the run in the ledger; `brand` and `week` limit whose posts are published.
        """
        from marketing_pipeline.workplace.drain import drain

        return drain(self, owner, brand, week)
