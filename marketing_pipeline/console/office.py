"""The installation, opened once for the console and shared by its requests; brands are read again when they change."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from marketing_pipeline.console.ad_reports import AdReports
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import FILE_NAME, BrandInvalid
from marketing_pipeline.store.snapshot_reader import SnapshotReader
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import read_brands

_Signature = tuple[tuple[str, int, int], ...]


class Office:
    """One open `Workplace`, the newest snapshot, and the brands as their files are now. Safe to use from threads."""

    def __init__(self, settings: Settings) -> None:
        self.place = Workplace.open(settings)
        self.snapshot = SnapshotReader(self.place.home)
        self.ad_reports = AdReports(self.place)
        self._lock = threading.Lock()
        self._seen: _Signature | None = None
        self._brands: dict[BrandId, Brand] = {}
        self._broken: dict[BrandId, BrandInvalid] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.snapshot.close()
        self.place.__exit__(kind, error, trace)

    @property
    def brands(self) -> Mapping[BrandId, Brand]:
        """Every brand whose file is right."""
        self._look()
        return self._brands

    @property
    def broken_brands(self) -> Mapping[BrandId, BrandInvalid]:
        """The brands that cannot be read, each with what is wrong."""
        self._look()
        return self._broken

    def _look(self) -> None:
        folder = self.place.settings.brands
        signature = _signature(folder)
        with self._lock:
            if signature != self._seen:
                self._brands, self._broken = read_brands(folder)
                self._seen = signature


def _signature(folder: Path) -> _Signature:
    """Name, size and moment of change of each brand file: reading them all again costs a hundred times as much."""
    found: list[tuple[str, int, int]] = []
    for file in folder.glob(f"*/{FILE_NAME}"):
        with suppress(FileNotFoundError):
            status = file.stat()
            found.append((file.parent.name, status.st_mtime_ns, status.st_size))
    return tuple(sorted(found))
