"""The ad accounts of one installation: read, review, decide, apply."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Service, google_ads_installed

if TYPE_CHECKING:
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.domain.approval import Decision
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.execution.ad_review import AdReview
    from marketing_pipeline.execution.apply_ad_change import AdBench
    from marketing_pipeline.store.ad_change_row import AdChange
    from marketing_pipeline.store.ad_decisions import AdDecided
    from marketing_pipeline.store.ad_effect_rows import ReadyAdEffect
    from marketing_pipeline.store.ad_facts import AdFacts
    from marketing_pipeline.workflows.collect_ads import CollectedAds
    from marketing_pipeline.workflows.review_ad_outcomes import OutcomeReview
    from marketing_pipeline.workplace.workplace import Workplace


class AdDesk:
    """What a `Workplace` does with ad accounts; reached as `workplace.ads`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place
        self._clients: list[AdsClient] = []

    def advertisers(self) -> "tuple[Brand, ...]":
        """Brands with a Google Ads account, where that service is on and its package is installed."""
        if self._place.settings.is_off(Service.GOOGLE_ADS) or not google_ads_installed():
            return ()
        return tuple(brand for brand in self._place.brands.values() if brand.channels.google_ads is not None)

    def client(self, brand: "Brand") -> "AdsClient":
        """The client of Google Ads, one for all brands for as long as this is open; google-ads loads at its first call.

        Raises ServiceOff, CredentialMissing, SettingsInvalid, EndpointRefused, and NotFound without an account.
        """
        from marketing_pipeline.channels.google_ads.client import AdsClient
        from marketing_pipeline.channels.google_ads.connection import AdsConnection

        if brand.channels.google_ads is None:
            raise NotFound(f"{brand.id} has no ad account.", "Add channels.google_ads to its brand.yaml.")
        if not self._clients:
            client = AdsClient(AdsConnection(self._place.settings.google_ads(), self._place.clock))
            self._place.closing.callback(client.close)
            self._clients.append(client)
        return self._clients[0]

    @cached_property
    def facts(self) -> "AdFacts":
        """What was read of ad accounts."""
        from marketing_pipeline.store.ad_facts import AdFacts

        return AdFacts(self._place.warehouse)

    def collect(self, brands: "Sequence[Brand]", week: Week | None = None) -> "tuple[CollectedAds, ...]":
        """Read the ad accounts of these brands into the warehouse; brands without one are left out."""
        from marketing_pipeline.workflows.collect_ads import AdCollector

        return AdCollector(self.client, self.facts, self._place.clock, self._place.home.warehouse).collect(brands, week)

    def ready(self) -> "tuple[ReadyAdEffect, ...]":
        """Approved ad changes that may be applied right now, one an account."""
        from marketing_pipeline.store.ad_effect_rows import ready_ad_effects

        with self._place.database.read() as connection:
            return ready_ad_effects(connection, self._place.clock.now())

    def shown(self) -> frozenset[str]:
        """Ids of the ad changes that have a partition: open ones, and closed ones for a while."""
        from marketing_pipeline.store.ad_change_row import shown_ad_changes

        with self._place.database.read() as connection:
            return shown_ad_changes(connection, self._place.clock.now())

    def is_applied(self, change: str) -> bool:
        """Whether an ad change was read back as made."""
        from marketing_pipeline.store.ad_change_row import get_ad_change

        with self._place.database.read() as connection:
            return get_ad_change(connection, change).applied_at is not None

    def review(self, change: str) -> "AdReview":
        """An ad change, its request and the live account. Raises NotFound, AdPlatformFailure, ServiceOff."""
        from marketing_pipeline.execution.ad_review import review_ad_change

        brand = self._brand_of(change)
        return review_ad_change(self._place.plane.ad_ledger, change, brand, self.client(brand))

    def decide(
        self, change: str, decision: "Decision", *, actor: str, source: str, note: str, fingerprint: str
    ) -> "AdDecided":
        """Decide about an ad change as it stands now, naming the fingerprint that the person saw; see AdDecisions.

        Raises ReasonMissing, too.
        """
        from marketing_pipeline.domain.identifiers import Sha256
        from marketing_pipeline.store.ad_change_row import get_ad_change
        from marketing_pipeline.workplace.gate import require_reason

        brand = self._brand_of(change)
        with self._place.database.read() as connection:
            found = get_ad_change(connection, change)
            request = found.approval
            if request is None:
                raise NotFound(f"Ad change {change} asks for no approval.", "`marketing ads show ID` says why.")
            saw = self._place.plane.ad_decisions.state_of(connection, request, brand.policies.ads)
        require_reason(found, decision, note)
        decided = self._place.plane.ad_decisions.decide(
            request,
            decision,
            brand=brand,
            actor=actor,
            source=source,
            note=note,
            saw=saw,
            fingerprint=Sha256(fingerprint),
        )
        self._place.anchor_audit()
        return decided

    def apply(self, change: str, owner: str) -> str:
        """Apply one approved ad change; returns why it is not applied, or an empty text when it is (or was before).

        Never raises for a refusal: nothing was sent then.
        """
        from marketing_pipeline.execution.apply_ad_change import AdExecutor

        try:
            return AdExecutor(self.bench(owner)).apply_once(change)
        finally:
            self._place.anchor_audit()

    def roll_back(self, change: str, *, actor: str, note: str) -> "AdChange":
        """Propose that an applied ad change be taken back.

        Raises NotFound, RefusedTransition for one that is not applied or of which the account has moved on, and
        AdPlatformFailure or ServiceOff when the account cannot be read. Then nothing is proposed.
        """
        from marketing_pipeline.execution.ad_review import require_as_made
        from marketing_pipeline.store.ad_change_row import get_ad_change
        from marketing_pipeline.store.ad_rollback import MADE, propose_rollback

        brand = self._brand_of(change)
        with self._place.database.read() as connection:
            made = get_ad_change(connection, change)
        if made.state in MADE:
            require_as_made(made, self.client(brand))
        return propose_rollback(self._place.plane.ad_proposals, change, brand, actor=actor, note=note)

    def review_outcomes(self, brand: BrandId, week: Week) -> "OutcomeReview | None":
        """Judge the brand's applied changes that are due, and learn from all verdicts; None without a read account."""
        from marketing_pipeline.workflows.review_ad_outcomes import review_ad_outcomes

        return review_ad_outcomes(self._place.brand_week(brand, week), self.facts, self.client)

    def without_verdict(self, brand: BrandId, week: Week) -> tuple[str, ...]:
        """Ids of applied changes whose window is over and that have no verdict."""
        from marketing_pipeline.workflows.review_ad_outcomes import without_verdict

        return without_verdict(self._place.brand_week(brand, week), self.facts)

    def _brand_of(self, change: str) -> "Brand":
        from marketing_pipeline.store.ad_change_row import get_ad_change

        with self._place.database.read() as connection:
            return self._place.brand(get_ad_change(connection, change).brand)

    def bench(self, owner: str) -> "AdBench":
        from marketing_pipeline.execution.ad_permission import AdPermission
        from marketing_pipeline.execution.apply_ad_change import AdBench
        from marketing_pipeline.execution.rules import ExecutionRules
        from marketing_pipeline.execution.steps import go_on

        return AdBench(
            ledger=self._place.plane.ad_ledger,
            permission=AdPermission(self._place.plane.ad_ledger, self._place.holds, self._place.brands),
            platform_for=self.client,
            rules=ExecutionRules(),
            on_step=go_on,
            owner=owner,
        )
