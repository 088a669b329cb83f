"""What the figures of each ad account say, worked out once for each published snapshot."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_analysis import AdAnalysis


@dataclass(frozen=True)
class _Kept:
    published: datetime
    brand: Brand
    found: "AdAnalysis | None"


class AdReports:
    """One analysis a brand is kept: half a second of work for an account of half a year. Threads may share it."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._kept: dict[BrandId, _Kept] = {}
        self._working = threading.Lock()

    def of(self, brand: Brand, published: datetime | None) -> "AdAnalysis | None":
        """What the snapshot of that moment says of a brand's account; None where it says nothing.

        Raises SnapshotUnreadable.
        """
        if published is None or brand.channels.google_ads is None:
            return None
        kept = self._kept.get(brand.brand_id)
        if kept is None or kept.published != published or kept.brand is not brand:
            with self._working:
                kept = self._kept[brand.brand_id] = _Kept(published, brand, self._analysed(brand))
        return kept.found

    def _analysed(self, brand: Brand) -> "AdAnalysis | None":
        from marketing_pipeline.store.ad_facts import AdFacts
        from marketing_pipeline.store.snapshot_warehouse import SnapshotWarehouse
        from marketing_pipeline.workflows.analyse_ads import analyse_ads
        from marketing_pipeline.workflows.brand_week import BrandWeek

        place = self._place
        week = Week.containing(place.clock.now(), brand.zone)
        work = BrandWeek(brand, week, place.database, place.audit, place.clock)
        return analyse_ads(work, AdFacts(SnapshotWarehouse(place.home)))
