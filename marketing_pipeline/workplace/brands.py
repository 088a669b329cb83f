"""The brands of one installation, read from their folders: a broken one stops its own work, not the others'."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_folder import BrandInvalid, brand_ids, load_brand

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)


def read_brands(folder: Path) -> "tuple[dict[BrandId, Brand], dict[BrandId, BrandInvalid]]":
    """Every brand whose file is right, and what is wrong with each other one."""
    read: dict[BrandId, Brand] = {}
    broken: dict[BrandId, BrandInvalid] = {}
    for name in map(BrandId, brand_ids(folder)):
        try:
            read[name] = load_brand(folder / name)
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
