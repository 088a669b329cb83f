"""Read ad accounts into the warehouse: days that are over, the last ones again, each account for itself.

Every search is one operation of the developer token's daily quota, whatever its rows. A spent quota is never tried
again before Google says that it returns, by no account, since all share the token.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.fact_queries import METRICS, RESOURCES, SEARCH_TERMS
from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import CustomerId
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
from marketing_pipeline.store.ad_staging import AdStaging, ad_staging

REREAD_DAYS = 14
"""Conversions are still counted for days that are over; a window of ours, most come within a week."""
BACKFILL_DAYS = 120
"""How far back the first reading of an account goes."""
READ_OPERATIONS = 2000
"""Most operations a day for reading: of the 2,880 of Explorer access this leaves room for changes and their checks."""
TRIES = 3
PAUSE_SECONDS = 5.0
_AGAIN = (AdFailureClass.RETRY, AdFailureClass.UNKNOWN_OUTCOME)
_DAY = timedelta(days=1)
_T = TypeVar("_T")


class QuotaKept(MarketingError):
    """No more is read now: the quota is spent, or what is left of it is kept for changes."""


@dataclass(frozen=True)
class CollectedAds:
    """What the reading of one account came to. `collection` is None where nothing was asked: see `problem`, if any."""

    brand: Brand
    collection: AdCollection | None
    problem: MarketingError | None = None


@dataclass(frozen=True)
class AdCollector:
    """Reads accounts. `staging_folder` is on the warehouse's disk; what waits there is gone after each account."""

    client_for: Callable[[Brand], AdsClient]
    facts: AdFacts
    clock: Clock
    staging_folder: Path

    def collect(self, brands: Iterable[Brand], week: Week | None = None) -> tuple[CollectedAds, ...]:
        """Read the account of each brand that has one; what goes wrong with one leaves the others alone.

        With a `week` that is over, that week's days; otherwise the days since the last reading and the `REREAD_DAYS`
        before them, up to the account's yesterday. Raises only what the warehouse does.
        """
        with_account = (brand for brand in brands if brand.channels.google_ads is not None)
        return tuple(self._collect(brand, week) for brand in with_account)

    def _collect(self, brand: Brand, week: Week | None) -> CollectedAds:
        assert brand.channels.google_ads is not None
        customer = brand.channels.google_ads.customer_id
        kept = self._quota_kept()
        if kept is not None:
            return CollectedAds(brand, None, kept)
        counted = _Operations(self.clock)
        try:
            return CollectedAds(brand, self._read(brand, customer, self.client_for(brand), week, counted))
        except AdPlatformFailure as failure:
            spent = failure.failure is AdFailureClass.DEFER
            outcome = CollectionOutcome.QUOTA_SPENT if spent else CollectionOutcome.FAILED
            not_before = (failure.regain or self.clock.now() + _DAY) if spent else None
            return self._failed(brand, customer, counted.used, outcome, failure, not_before)
        except MarketingError as error:
            return self._failed(brand, customer, counted.used, CollectionOutcome.FAILED, error)

    def _read(
        self, brand: Brand, customer: CustomerId, client: AdsClient, week: Week | None, counted: "_Operations"
    ) -> AdCollection | None:
        """Everything, or nothing: what is written stands on disk, whole, before the warehouse is opened."""
        account = counted.tried(lambda: client.account(customer), operations=2)
        newest = self.facts.newest(brand.brand_id, customer)
        days = days_to_read(self.clock.now(), ZoneInfo(account.time_zone), week, newest and newest.last_day)
        if days is None:
            return None
        first, last = days
        with ad_staging(self.staging_folder) as staging:
            rows = _stage(client, customer, staging, counted, first, last)
            collection = AdCollection(
                brand=brand.brand_id,
                customer_id=customer,
                read_at=self.clock.now(),
                outcome=CollectionOutcome.COLLECTED,
                operations=counted.used,
                first_day=first,
                last_day=last,
                row_count=rows,
                currency=account.currency,
                time_zone=account.time_zone,
            )
            self.facts.replace(collection, staging)
        return collection

    def _failed(
        self,
        brand: Brand,
        customer: CustomerId,
        operations: int,
        outcome: CollectionOutcome,
        problem: MarketingError,
        not_before: datetime | None = None,
    ) -> CollectedAds:
        collection = AdCollection(
            brand=brand.brand_id,
            customer_id=customer,
            read_at=self.clock.now(),
            outcome=outcome,
            operations=operations,
            problem=str(problem),
            not_before=not_before,
        )
        self.facts.note(collection)
        return CollectedAds(brand, collection, problem)

    def _quota_kept(self) -> QuotaKept | None:
        now = self.clock.now()
        returns = self.facts.quota_returns(now)
        if returns is not None:
            return QuotaKept(
                f"The daily quota of Google Ads is spent until {returns:%d %b %H:%M} UTC.",
                "Nothing is asked before; ask Google for a higher access level if this comes back.",
            )
        used = self.facts.operations_used(now)
        if used >= READ_OPERATIONS:
            return QuotaKept(
                f"{used} operations of Google Ads were used for reading in 24 hours; the rest is kept for changes.",
                "Read less often, or find out what asked so often in the table ad_collections.",
            )
        return None


def days_to_read(now: datetime, zone: ZoneInfo, week: Week | None, reached: date | None) -> tuple[date, date] | None:
    """First and last day, by the account's calendar; None where none of them is over.

    `reached` is the last day that was read before; None for an account that never was.
    """
    yesterday = account_day(now, zone) - _DAY
    if week is not None and week.days()[-1] < yesterday - REREAD_DAYS * _DAY:
        return week.days()[0], week.days()[-1]
    if week is not None and week.monday > yesterday + _DAY:
        return None
    if reached is None:
        return yesterday - (BACKFILL_DAYS - 1) * _DAY, yesterday
    return min(reached, yesterday) - (REREAD_DAYS - 1) * _DAY, yesterday


def _stage(
    client: AdsClient, customer: CustomerId, staging: AdStaging, counted: "_Operations", first: date, last: date
) -> int:
    """Read everything to disk; returns the rows of facts."""
    rows = 0
    for level, query in METRICS.items():
        asked = query.during(first, last)
        rows += counted.tried(
            lambda level=level, asked=asked: staging.keep(
                "ad_metrics", {"level": level}, client.tables(customer, asked)
            )
        )
    terms = SEARCH_TERMS.during(first, last)
    rows += counted.tried(lambda: staging.keep("search_terms", {}, client.tables(customer, terms)))
    labels = counted.tried(lambda: client.ad_labels(customer))
    for kind, query in RESOURCES.items():
        words = labels if kind == "ad" else None
        counted.tried(
            lambda kind=kind, query=query, words=words: staging.keep(
                "ad_resources", {"kind": kind}, client.tables(customer, query), words
            )
        )
    return rows


class _Operations:
    """Counts what is asked, and asks again where that is harmless and may help."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.used = 0

    def tried(self, read: Callable[[], _T], operations: int = 1) -> _T:
        """What a read returns, at the third try at the latest. Raises AdPlatformFailure."""
        for _ in range(TRIES - 1):
            self.used += operations
            try:
                return read()
            except AdPlatformFailure as failure:
                if failure.failure not in _AGAIN:
                    raise
                wait = failure.regain - self._clock.now() if failure.regain else timedelta(0)
                self._clock.sleep(max(PAUSE_SECONDS, wait.total_seconds()))
        self.used += operations
        return read()
