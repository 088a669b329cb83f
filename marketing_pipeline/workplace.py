"""One installation, opened: its stores, clock, brands and clients. Runs and commands share it."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Service, ServiceMode, Settings, google_ads_installed

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from marketing_pipeline.agents.language_model import LanguageModel
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.image_generation import ImageService
    from marketing_pipeline.channels.instagram import InstagramClient
    from marketing_pipeline.domain.approval import Decision
    from marketing_pipeline.execution.ad_review import AdReview
    from marketing_pipeline.execution.apply_ad_change import AdBench
    from marketing_pipeline.execution.drain_report import DrainReport
    from marketing_pipeline.store.ad_change_row import AdChange
    from marketing_pipeline.store.ad_decisions import AdDecided
    from marketing_pipeline.store.ad_effect_rows import ReadyAdEffect
    from marketing_pipeline.store.ad_facts import AdFacts
    from marketing_pipeline.store.approvals import Approvals
    from marketing_pipeline.store.audit import AuditLog
    from marketing_pipeline.store.brand_folder import BrandInvalid
    from marketing_pipeline.store.clock import DurableClock
    from marketing_pipeline.store.control_plane import ControlPlane
    from marketing_pipeline.store.database import Database
    from marketing_pipeline.store.decisions import Decisions
    from marketing_pipeline.store.holds import Holds
    from marketing_pipeline.store.home import Home
    from marketing_pipeline.store.insights import DueSnapshot
    from marketing_pipeline.store.media import MediaStore
    from marketing_pipeline.store.posts import Posts
    from marketing_pipeline.store.publish_queue import PublishQueue
    from marketing_pipeline.store.warehouse import Warehouse
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.collect_ads import CollectedAds
    from marketing_pipeline.workflows.studio_work import StudioWork

RENDERERS = 2
MODEL_CALLS_AT_ONCE = 8
PICTURES_AT_ONCE = 8
GIVEN_UP_AFTER = timedelta(hours=1)
"""A model call that is open for longer has lost its process: no call may take nearly so long."""
UNMADE = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED)
KEPT_AT = timedelta(hours=12)
"""For so long after its last step a post that is not made yet is worked on again, each hour."""


@dataclass(frozen=True)
class Workplace:
    """Opened by `Workplace.open`. Clients are made when asked for, so that nothing heavy is imported before its use."""

    settings: Settings
    home: "Home"
    clock: "DurableClock"
    database: "Database"
    plane: "ControlPlane"
    _clients: dict[BrandId, "InstagramClient"] = field(default_factory=dict[BrandId, "InstagramClient"])
    _ads: "list[AdsClient]" = field(default_factory=list["AdsClient"])
    _closing: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the home that the settings name, and bind it to their world.

        Raises MarketingError for a home of another world, a database that cannot be used, and simulated time where
        anything live would be acted on.
        """
        from marketing_pipeline.store.control_plane import ControlPlane
        from marketing_pipeline.store.home import Home

        home = Home(settings.home, settings.database_url.get_secret_value())
        clock = home.clock()
        if settings.acts_live:
            clock.require_real()
        database = home.open_database()
        home.bind(database, settings.world)
        return cls(settings, home, clock, database, ControlPlane.of(database, settings.audit_key()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
        self.database.close()

    @property
    def brands(self) -> Mapping[BrandId, Brand]:
        """Every brand whose file is right, read when first asked for. A broken one stops its own work, not theirs."""
        return self._brands[0]

    @property
    def broken_brands(self) -> Mapping[BrandId, "BrandInvalid"]:
        """The brands that cannot be read, each with what is wrong."""
        return self._brands[1]

    @cached_property
    def _brands(self) -> tuple[Mapping[BrandId, Brand], Mapping[BrandId, "BrandInvalid"]]:
        from marketing_pipeline.store.brand_folder import BrandInvalid, brand_ids, load_brand

        read: dict[BrandId, Brand] = {}
        broken: dict[BrandId, BrandInvalid] = {}
        for name in map(BrandId, brand_ids(self.settings.brands)):
            try:
                read[name] = load_brand(self.settings.brands / name)
            except BrandInvalid as error:
                log.error("%s cannot be worked for: %s", name, error)
                broken[name] = error
        return read, broken

    def brand(self, brand: str) -> Brand:
        """One brand. Raises NotFound, and BrandInvalid when its file is broken."""
        from marketing_pipeline.store.brand_folder import brand_ids, load_brand

        if brand not in brand_ids(self.settings.brands):
            known = ", ".join(brand_ids(self.settings.brands)) or "none"
            raise NotFound(f"There is no brand {brand!r} in {self.settings.brands}.", f"Known brands: {known}.")
        return load_brand(self.settings.brands / brand)

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
        """The pictures."""
        from marketing_pipeline.store.media import MediaStore

        return MediaStore(self.home.media)

    @cached_property
    def warehouse(self) -> "Warehouse":
        """The analysts' database."""
        from marketing_pipeline.store.warehouse import Warehouse

        return Warehouse(self.home.warehouse)

    def brand_week(self, brand: BrandId, week: Week) -> "BrandWeek":
        """One brand's week, ready to be worked on. Raises NotFound or BrandInvalid."""
        from marketing_pipeline.workflows.brand_week import BrandWeek

        return BrandWeek(self.brand(brand), week, self.database, self.audit, self.clock)

    def is_planned(self, brand: Brand, week: Week) -> bool:
        """Whether the week has a plan of record."""
        from marketing_pipeline.store.plans import plan_of

        return plan_of(self.database, brand.brand_id, week.key) is not None

    def is_unfinished(self, brand: Brand, week: Week) -> bool:
        """Whether making the week has work to do: no plan yet, or a post on its way that changed within `KEPT_AT` ago.

        A post that has stood still for longer fails for a reason of its own: it is left to a person, not paid for again
        and again.
        """
        if not self.is_planned(brand, week):
            return True
        unmade = self.posts.find(brand=brand.brand_id, week=week.key, states=UNMADE)
        return any(self.clock.now() - post.updated_at < KEPT_AT for post in unmade)

    def due_effects(self) -> tuple[str, ...]:
        """Ids of the effects that a drain could move on right now."""
        from marketing_pipeline.store.effect_rows import due_ids

        with self.database.read() as connection:
            return due_ids(connection, self.clock.now())

    def brands_with_due_insights(self) -> tuple[Brand, ...]:
        """Brands of which a post has reached an age at which it is measured."""
        from marketing_pipeline.store.insights import due_snapshots

        if self.settings.is_off(Service.INSTAGRAM):
            return ()
        due = {snapshot.brand for snapshot in due_snapshots(self.database, self.clock.now())}
        return tuple(brand for name, brand in self.brands.items() if name in due)

    def advertisers(self) -> tuple[Brand, ...]:
        """Brands with a Google Ads account, where that service is on and its package is installed."""
        if self.settings.is_off(Service.GOOGLE_ADS) or not google_ads_installed():
            return ()
        return tuple(brand for brand in self.brands.values() if brand.channels.google_ads is not None)

    def performance(self, brand: BrandId) -> tuple[PostPerformance, ...]:
        """What the brand's posts of the last 90 days achieved, from the warehouse."""
        from marketing_pipeline.store.performance import WarehousePerformance

        return tuple(WarehousePerformance(self.database, self.warehouse).performance(brand, self.clock.now()))

    def refresh_warehouse(self) -> str:
        """Project the control plane into the warehouse and publish a snapshot; returns the snapshot's file name."""
        from marketing_pipeline.store.projections import project
        from marketing_pipeline.store.snapshots import publish_snapshot

        project(self.database, self.warehouse)
        return publish_snapshot(self.warehouse).name

    def language_model(self) -> "LanguageModel":
        """The seam to the models; closes what killed runs left open. Raises ServiceOff or CredentialMissing."""
        from marketing_pipeline.agents.connection import ModelSettings
        from marketing_pipeline.agents.language_model import LanguageModel
        from marketing_pipeline.store.model_calls import ModelCalls

        settings = ModelSettings(
            base_url=self.settings.anthropic_base_url(),
            api_key=self.settings.anthropic_key(),
            provider=self.settings.model_provider,
            models=self.settings.models,
            concurrency=MODEL_CALLS_AT_ONCE,
        )
        calls = ModelCalls(self.database)
        calls.sweep(GIVEN_UP_AFTER)
        return LanguageModel(settings, self.clock, calls)

    def instagram(self, brand: Brand) -> "InstagramClient":
        """The client of a brand's account, one for as long as this is open. Raises ServiceOff or CredentialMissing."""
        from marketing_pipeline.channels.instagram import InstagramClient

        if brand.brand_id not in self._clients:
            token = self.settings.instagram_token(brand)
            client = InstagramClient(self.settings.instagram_base_url(), token, self.clock)
            self._closing.callback(client.close)
            self._clients[brand.brand_id] = client
        return self._clients[brand.brand_id]

    def google_ads(self, brand: Brand) -> "AdsClient":
        """The client of Google Ads, one for all brands for as long as this is open; google-ads loads at its first call.

        Raises ServiceOff, CredentialMissing, SettingsInvalid, EndpointRefused, and NotFound without an account.
        """
        from marketing_pipeline.channels.google_ads.client import AdsClient
        from marketing_pipeline.channels.google_ads.connection import AdsConnection

        if brand.channels.google_ads is None:
            raise NotFound(f"{brand.id} has no ad account.", "Add channels.google_ads to its brand.yaml.")
        if not self._ads:
            client = AdsClient(AdsConnection(self.settings.google_ads(), self.clock))
            self._closing.callback(client.close)
            self._ads.append(client)
        return self._ads[0]

    @cached_property
    def ad_facts(self) -> "AdFacts":
        """What was read of ad accounts."""
        from marketing_pipeline.store.ad_facts import AdFacts

        return AdFacts(self.warehouse)

    def collect_ads(self, brands: Sequence[Brand], week: Week | None = None) -> "tuple[CollectedAds, ...]":
        """Read the ad accounts of these brands into the warehouse; brands without one are left out."""
        from marketing_pipeline.workflows.collect_ads import AdCollector

        return AdCollector(self.google_ads, self.ad_facts, self.clock, self.home.warehouse).collect(brands, week)

    def studio(self, brand: Brand) -> "StudioWork":
        """The studio for one brand, with an image service where the brand wants one and the settings allow it."""
        import asyncio

        from marketing_pipeline.studio.ocr import installed_reader
        from marketing_pipeline.workflows.picture_orders import PictureOrders
        from marketing_pipeline.workflows.studio_work import StudioWork

        orders = None
        if brand.look.picture_source == "image_service" and not self.settings.is_off(Service.IMAGE):
            orders = PictureOrders(self._image_service(), self.media, f"openai:{self.settings.image_model}")
        folder = self.settings.brands / brand.id
        return StudioWork(self.media, folder, orders, asyncio.Semaphore(RENDERERS), installed_reader())

    def _image_service(self) -> "ImageService":
        from marketing_pipeline.channels.openai_images import OpenAIImages, OpenAIImagesSettings

        settings = OpenAIImagesSettings(
            base_url=self.settings.image_base_url(),
            api_key=self.settings.image_key(),
            model=self.settings.image_model,
            concurrency=PICTURES_AT_ONCE,
            allow_loopback=self.settings.modes[Service.IMAGE] is ServiceMode.SANDBOX,
        )
        return OpenAIImages(settings, self.clock)

    def due_insights(self, brand: BrandId) -> "tuple[DueSnapshot, ...]":
        """Insight snapshots of a brand that are due and not stored."""
        from marketing_pipeline.store.insights import due_snapshots

        return due_snapshots(self.database, self.clock.now(), brand)

    def ready_ad_changes(self) -> "tuple[ReadyAdEffect, ...]":
        """Approved ad changes that may be applied right now, one an account."""
        from marketing_pipeline.store.ad_effect_rows import ready_ad_effects

        with self.database.read() as connection:
            return ready_ad_effects(connection, self.clock.now())

    def shown_ad_changes(self) -> frozenset[str]:
        """Ids of the ad changes that have a partition: open ones, and closed ones for a while."""
        from marketing_pipeline.store.ad_change_row import shown_ad_changes

        with self.database.read() as connection:
            return shown_ad_changes(connection, self.clock.now())

    def is_applied(self, change: str) -> bool:
        """Whether an ad change was read back as made."""
        from marketing_pipeline.store.ad_change_row import get_ad_change

        with self.database.read() as connection:
            return get_ad_change(connection, change).applied_at is not None

    def review_ad_change(self, change: str) -> "AdReview":
        """An ad change, its request and the live account. Raises NotFound, AdPlatformFailure, ServiceOff."""
        from marketing_pipeline.execution.ad_review import review_ad_change

        brand = self._brand_of_ad_change(change)
        return review_ad_change(self.plane.ad_ledger, change, brand, self.google_ads(brand))

    def decide_ad_change(
        self, change: str, decision: "Decision", *, actor: str, source: str, note: str, fingerprint: str
    ) -> "AdDecided":
        """Decide about an ad change as it stands now, naming the fingerprint that the person saw; see AdDecisions."""
        from marketing_pipeline.domain.identifiers import Sha256
        from marketing_pipeline.store.ad_change_row import get_ad_change

        brand = self._brand_of_ad_change(change)
        with self.database.read() as connection:
            request = get_ad_change(connection, change).approval
            if request is None:
                raise NotFound(f"Ad change {change} asks for no approval.", "`marketing ads show ID` says why.")
            saw = self.plane.ad_decisions.state_of(connection, request, brand.policies.ads)
        decided = self.plane.ad_decisions.decide(
            request,
            decision,
            brand=brand,
            actor=actor,
            source=source,
            note=note,
            saw=saw,
            fingerprint=Sha256(fingerprint),
        )
        self.anchor_audit()
        return decided

    def apply_ad_change(self, change: str, owner: str) -> str:
        """Apply one approved ad change; returns why it is not applied, or an empty text when it is (or was before).

        Never raises for a refusal: nothing was sent then.
        """
        from marketing_pipeline.execution.apply_ad_change import AdExecutor

        try:
            return AdExecutor(self._ad_bench(owner)).apply_once(change)
        finally:
            self.anchor_audit()

    def roll_back_ad_change(self, change: str, *, actor: str, note: str) -> "AdChange":
        """Propose that an applied ad change be taken back. Raises RefusedTransition, NotFound."""
        from marketing_pipeline.store.ad_rollback import propose_rollback

        brand = self._brand_of_ad_change(change)
        plane = self.plane
        return propose_rollback(plane.ad_ledger, plane.ad_decisions, change, brand, actor=actor, note=note)

    def _brand_of_ad_change(self, change: str) -> Brand:
        from marketing_pipeline.store.ad_change_row import get_ad_change

        with self.database.read() as connection:
            return self.brand(get_ad_change(connection, change).brand)

    def _ad_bench(self, owner: str) -> "AdBench":
        from marketing_pipeline.execution.ad_permission import AdPermission
        from marketing_pipeline.execution.apply_ad_change import AdBench
        from marketing_pipeline.execution.rules import ExecutionRules
        from marketing_pipeline.execution.steps import go_on

        return AdBench(
            ledger=self.plane.ad_ledger,
            permission=AdPermission(self.plane.ad_ledger, self.holds, self.brands),
            platform_for=self.google_ads,
            rules=ExecutionRules(),
            on_step=go_on,
            owner=owner,
        )

    def anchor_audit(self) -> None:
        """Note the head of the audit log in `home.audit_anchor`. Raises AnchorDamaged."""
        with self.database.read() as connection:
            self.audit.anchor(connection, self.home.audit_anchor)

    def drain(self, owner: str, brand: BrandId | None = None, week: Week | None = None) -> "DrainReport":
        """Do everything in the ledger that is due now: publish, read back, wake, sweep.

        `owner` names the run in the ledger; `brand` and `week` limit whose posts are published.
        """
        from marketing_pipeline.channels.media_host import MediaHost
        from marketing_pipeline.execution.ad_read_back import AdDrain
        from marketing_pipeline.execution.drain import Executor
        from marketing_pipeline.store.ad_sweep import AdSweep

        media_host = MediaHost(self.settings.media_base_url())
        self._closing.callback(media_host.close)
        bench = self._ad_bench(owner)
        executor = Executor(
            ads=AdDrain(bench, AdSweep(self.plane.ad_ledger, self.brands)),
            ledger=self.plane.ledger,
            holds=self.holds,
            brands=self.brands,
            client_for=self.instagram,
            media_host=media_host,
            clock=self.clock,
            owner=owner,
        )
        report = executor.drain(brand=brand, week=week.key if week else None)
        self.anchor_audit()
        return report
