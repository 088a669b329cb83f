"""The brands of one installation, read from their folders: a broken one stops its own work, not the others'."""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_folder import (
    FILE_NAME,
    BrandInvalid,
    BrandProblem,
    brand_ids,
    brands_by_account,
    load_brand,
)

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.workplace.configuration import ConfigurationDesk
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)
_Stamp = tuple[int, int, int, int]
_Signature = tuple[tuple[str, int, int, int], ...]


class BrandFiles:
    """The brands of a folder for whoever lasts: read again when a file of theirs changes. Threads may share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reading = threading.Lock()
        self._seen: _Signature | None = None
        self._found: tuple[Mapping[BrandId, Brand], Mapping[BrandId, BrandInvalid]] = ({}, {})
        self._alone: dict[str, tuple[_Stamp, Brand]] = {}
        self._noted: dict[BrandId, Brand] = {}
        self.folders_noted: object = None
        """What was read when the brands that are gone were noted last."""

    def read(self) -> "tuple[Mapping[BrandId, Brand], Mapping[BrandId, BrandInvalid]]":
        """Every brand whose file is right, and what is wrong with each other one."""
        signature = _signature(self._folder)
        with self._reading:
            if signature != self._seen:
                self._found, self._seen = read_brands(self._folder), signature
            return self._found

    def one(self, brand: str) -> "Brand":
        """One brand alone; any text may be asked for. Raises NotFound, and BrandInvalid when its file is broken.

        Read again when its file, its folder or the set of folders changes. A brand that takes this one's account in a
        file that was there before is refused itself.
        """
        stamp, kept = _stamp(self._folder, brand), self._alone.get(brand)
        if kept is None or kept[0] != stamp:
            kept = self._alone[brand] = stamp, read_brand(self._folder, brand)
        return kept[1]

    def unnoted(self, brands: "Iterable[Brand]") -> "list[Brand]":
        """Those whose content is not known to stand in the audit log."""
        known = ((brand, self._noted.get(brand.brand_id)) for brand in brands)
        return [brand for brand, noted in known if noted is not brand and noted != brand]

    def note(self, brands: "Iterable[Brand]") -> None:
        """Keep that the content of these stands in the audit log."""
        self._noted |= {brand.brand_id: brand for brand in brands}


class OpenedBrands(Mapping[BrandId, "Brand"]):
    """The brands of a `Workplace`: one that is looked up is read alone, all of them only where they are gone through.

    So what a run costs does not grow with the brands beside its own. A broken brand is not among them.
    """

    def __init__(self, files: BrandFiles, configuration: "ConfigurationDesk") -> None:
        self._files = files
        self._configuration = configuration

    def one(self, brand: str) -> "Brand":
        """See `BrandFiles.one`; what is new about it is noted."""
        read = self._files.one(brand)
        self._note([read])
        return read

    @property
    def broken(self) -> "Mapping[BrandId, BrandInvalid]":
        """The brands that cannot be read, each with what is wrong."""
        return self._all[1]

    def __getitem__(self, brand: BrandId) -> "Brand":
        if "_all" in self.__dict__:
            return self._all[0][brand]
        try:
            return self.one(brand)
        except (NotFound, BrandInvalid, OSError) as error:
            raise KeyError(brand) from error

    def __iter__(self) -> Iterator[BrandId]:
        return iter(self._all[0])

    def __len__(self) -> int:
        return len(self._all[0])

    @cached_property
    def _all(self) -> "tuple[Mapping[BrandId, Brand], Mapping[BrandId, BrandInvalid]]":
        read, broken = self._files.read()
        if self._files.folders_noted is not read:
            self._note(list(read.values()))
            self._configuration.see_folders({*read, *broken})
            self._files.folders_noted = read
        return read, broken

    def _note(self, brands: "list[Brand]") -> None:
        found = self._files.unnoted(brands)
        if found and self._configuration.see_brands(found):
            self._files.note(found)


def _signature(folder: Path) -> _Signature:
    """Of each brand when its file and its folder changed, and how long the file is.

    Reading them all again costs a thousand times as much: 100 brands take a second.
    """
    found: list[tuple[str, int, int, int]] = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError, NotADirectoryError):
                file = os.stat(os.path.join(entry.path, FILE_NAME))
                found.append((entry.name, file.st_mtime_ns, file.st_size, entry.stat().st_mtime_ns))
    return tuple(sorted(found))


def _stamp(folder: Path, brand: str) -> _Stamp:
    """When one brand's file, its folder and the folder of all changed, and how long the file is; of none: zeros."""
    with suppress(OSError, ValueError):
        file = os.stat(folder / brand / FILE_NAME)
        return file.st_mtime_ns, file.st_size, os.stat(folder / brand).st_mtime_ns, os.stat(folder).st_mtime_ns
    return 0, 0, 0, 0


def read_brands(folder: Path) -> "tuple[dict[BrandId, Brand], dict[BrandId, BrandInvalid]]":
    """Every brand whose file is right, and what is wrong with each other one."""
    read: dict[BrandId, Brand] = {}
    broken: dict[BrandId, BrandInvalid] = {}
    accounts = brands_by_account(folder)
    for name in map(BrandId, brand_ids(folder)):
        try:
            read[name] = load_brand(folder / name, accounts)
        except BrandInvalid as error:
            broken[name] = error
        except (OSError, NotFound) as error:  # unreadable, or gone since it was listed
            problem = BrandProblem(file=folder / name / FILE_NAME, line=None, field="", problem=str(error))
            broken[name] = BrandInvalid((problem,))
    for name, invalid in broken.items():
        log.error("%s cannot be worked for: %s", name, invalid)
    return read, broken


def read_brand(folder: Path, brand: str) -> "Brand":
    """One brand; any text may be asked for. Raises NotFound, and BrandInvalid when its file is broken."""
    if brand not in brand_ids(folder):
        known = ", ".join(brand_ids(folder)) or "none"
        raise NotFound(f"There is no brand {brand!r} in {folder}.", f"Known brands: {known}.")
    return load_brand(folder / brand)


def readable_brand(place: "Workplace", brand: str) -> "Brand | None":
    """The brand, or None where its file cannot be followed: what is stored is shown all the same, in UTC."""
    try:
        return place.brand(brand)
    except MarketingError:
        return None
