"""The brands of one installation, read from their folders: a broken one stops its own work, not the others'."""

import logging
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_folder import FILE_NAME, BrandInvalid, brand_ids, brands_by_account, load_brand

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)
_Signature = tuple[tuple[str, int, int, int], ...]


class BrandFiles:
    """The brands of a folder for whoever lasts: read again when a file of theirs changes. Threads may share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reading = threading.Lock()
        self._seen: _Signature | None = None
        self.noted: Mapping[BrandId, Brand] | None = None
        """Those whose changes stand in the audit log already."""
        self._found: tuple[Mapping[BrandId, Brand], Mapping[BrandId, BrandInvalid]] = ({}, {})

    def read(self) -> "tuple[Mapping[BrandId, Brand], Mapping[BrandId, BrandInvalid]]":
        """Every brand whose file is right, and what is wrong with each other one."""
        signature = _signature(self._folder)
        with self._reading:
            if signature != self._seen:
                self._found, self._seen = read_brands(self._folder), signature
            return self._found


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


def read_brands(folder: Path) -> "tuple[dict[BrandId, Brand], dict[BrandId, BrandInvalid]]":
    """Every brand whose file is right, and what is wrong with each other one."""
    read: dict[BrandId, Brand] = {}
    broken: dict[BrandId, BrandInvalid] = {}
    accounts = brands_by_account(folder)
    for name in map(BrandId, brand_ids(folder)):
        try:
            read[name] = load_brand(folder / name, accounts)
        except BrandInvalid as error:
            log.error("%s cannot be worked for: %s", name, error)
            broken[name] = error
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
