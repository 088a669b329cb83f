"""What the figures of each ad account say, worked out once for each reading of it."""

import threading
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_learnings import latest_ad_learnings
from marketing_pipeline.store.tables import ad_changes
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_analysis import AdAnalysis


@dataclass(frozen=True)
class _Basis:
    """All that an analysis is made of: while nothing of it changes, it says the same."""

    read_at: datetime
    brand: Brand
    changed: Any
    learnt: tuple[Any, ...]
    today: date


class AdReports:
    """One analysis a brand is kept: half a second of work for an account of half a year. Threads may share it."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._kept: dict[BrandId, tuple[_Basis, AdAnalysis | None]] = {}
        self._working = threading.Lock()

    def of(self, brand: Brand, read_at: datetime | None) -> "AdAnalysis | None":
        """What the newest snapshot says of a brand's account, which was read last at that moment; None: never.

        Raises SnapshotUnreadable.
        """
        if read_at is None or brand.channels.google_ads is None:
            return None
        work = self._work(brand)
        basis = self._basis(work, read_at)
        kept = self._kept.get(brand.brand_id)
        if kept is not None and kept[0] == basis:
            return kept[1]
        with self._working:
            # Somebody else may have asked for the same, and it is there by now.
            kept = self._kept.get(brand.brand_id)
            if kept is None or kept[0] != basis:
                kept = self._kept[brand.brand_id] = (basis, self._analysed(work))
            return kept[1]

    def _work(self, brand: Brand) -> BrandWeek:
        place = self._place
        week = Week.containing(place.clock.now(), brand.zone)
        return BrandWeek(brand, week, place.database, place.audit, place.clock)

    def _basis(self, work: BrandWeek, read_at: datetime) -> _Basis:
        brand = work.brand.brand_id
        with work.database.read() as connection:
            changed = connection.scalar(select(func.max(ad_changes.c.updated_at)).where(ad_changes.c.brand == brand))
        learnt = tuple(latest_ad_learnings(work.database, brand, work.week.key))
        return _Basis(read_at, work.brand, changed, learnt, work.now().date())

    def _analysed(self, work: BrandWeek) -> "AdAnalysis | None":
        from marketing_pipeline.store.ad_facts import AdFacts
        from marketing_pipeline.store.snapshot_warehouse import SnapshotWarehouse
        from marketing_pipeline.workflows.analyse_ads import analyse_ads

        return analyse_ads(work, AdFacts(SnapshotWarehouse(self._place.home)))
