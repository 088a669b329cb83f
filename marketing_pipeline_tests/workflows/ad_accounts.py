"""Brands with ad accounts in a served sandbox, and a collector that reads them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_channels import GoogleAdsChannel
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.settings.google_ads import access_of_sandbox
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.workflows.collect_ads import AdCollector, CollectedAds
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SMALL, Ads, serve

SECOND = "2234567890"


def with_account(brand: Brand, customer: str = CUSTOMER, name: str = "") -> Brand:
    """The brand, advertising from this account."""
    channels = brand.channels.model_copy(
        update={"google_ads": GoogleAdsChannel(customer_id=customer, monthly_budget=900)}
    )
    return brand.model_copy(update={"channels": channels, "id": name or brand.id})


@dataclass
class Desk:
    """One collector over one served sandbox."""

    ads: Ads
    client: AdsClient
    facts: AdFacts
    warehouse: Warehouse
    collector: AdCollector

    def collect(self, *brands: Brand, week: Week | None = None) -> tuple[CollectedAds, ...]:
        """Read the accounts of these brands."""
        return self.collector.collect(brands, week)

    def one(self, query: str) -> Any:
        """The single value of a query."""
        [row] = self.facts.rows(query, {})
        [value] = row.values()
        return value


@contextmanager
def desk(home: Path, clock: Clock, *accounts: AdsAccount, **settings: Any) -> Generator[Desk]:
    """A collector over these accounts; one small one by default."""
    warehouse = Warehouse(home / "warehouse")
    with serve(home, clock, *(accounts or (SMALL,)), **settings) as ads:
        client = AdsClient(AdsConnection(access_of_sandbox(home), clock))
        facts = AdFacts(warehouse)
        yield Desk(ads, client, facts, warehouse, AdCollector(lambda _: client, facts, clock, warehouse.folder))
        client.close()
