"""The installation, opened once for the console and shared by its requests; brands are read again when they change."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from marketing_pipeline.console.ad_reports import AdReports
from marketing_pipeline.console.talks import Talks
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import BrandInvalid
from marketing_pipeline.store.snapshot_reader import SnapshotReader
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import BrandFiles


class Office:
    """One open `Workplace`, the newest snapshot, and the brands as their files are now. Safe to use from threads."""

    def __init__(self, settings: Settings) -> None:
        self.brand_files = BrandFiles(settings.brands)
        self.place = Workplace.open(settings, self.brand_files)
        self.snapshot = SnapshotReader(self.place.home)
        self.ad_reports = AdReports(self.place)
        self.talks = Talks(self.place.providers.kept.kept_here)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.talks.close()
        self.snapshot.close()
        self.place.__exit__(kind, error, trace)

    @property
    def brands(self) -> Mapping[BrandId, Brand]:
        """Every brand whose file is right."""
        return self.brand_files.read()[0]

    @property
    def broken_brands(self) -> Mapping[BrandId, BrandInvalid]:
        """The brands that cannot be read, each with what is wrong."""
        return self.brand_files.read()[1]
