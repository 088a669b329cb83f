"""Brands as folders: `brands/<id>/brand.yaml` and whatever lies beside it."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.errors import MarketingError, NotFound

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand

FILE_NAME = "brand.yaml"
_ACCOUNT = re.compile(r"""account_id["']?\s*:\s*["']?([^\s"'#,}]+)""")


class BrandProblem(BaseModel):
    """One thing that is wrong in a brand file. `line` is counted from 1; None where the whole file is meant."""

    model_config = ConfigDict(frozen=True)

    file: Path
    line: int | None
    field: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else str(self.file)
        return f"{place}: {self.field}: {self.problem}" if self.field else f"{place}: {self.problem}"


class BrandInvalid(MarketingError):
    """Brand files that cannot be followed, with every problem found in them."""

    def __init__(self, problems: tuple[BrandProblem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)), "\nMend what is named and run it again.")


def brand_ids(root: Path) -> list[str]:
    """The ids of all brands, sorted: the names of the folders that have a brand.yaml. Reads no file."""
    return sorted(file.parent.name for file in root.glob(f"*/{FILE_NAME}"))


def brands_by_account(root: Path) -> dict[str, list[str]]:
    """Which brands' files name an Instagram account, by account: read as text, broken files included."""
    found: dict[str, list[str]] = {}
    for file in sorted(root.glob(f"*/{FILE_NAME}")):
        text = ""
        with suppress(OSError):  # one brand's file that cannot be read hides no other's
            text = file.read_text("utf-8", errors="replace")
        for account in set(_ACCOUNT.findall(text)):
            found.setdefault(account, []).append(file.parent.name)
    return found


def load_brand(folder: Path, accounts: Mapping[str, Sequence[str]] | None = None) -> "Brand":
    """The brand of one folder. Raises BrandInvalid, with every problem of the file, or NotFound.

    `accounts` as `brands_by_account` found them, where many brands are loaded.
    """
    file = folder / FILE_NAME
    if not file.exists():
        known = ", ".join(brand_ids(folder.parent)) or "none"
        raise NotFound(
            f"There is no brand {folder.name!r}: {file} is missing.",
            f"Brands in {folder.parent}: {known}.",
        )
    # Imported here: whoever only asks which brands there are does not pay for a YAML parser.
    from marketing_pipeline.store.brand_file import read_brand

    return read_brand(file, accounts)


def load_brands(root: Path) -> "tuple[Brand, ...]":
    """All brands below `root`, by id. Raises BrandInvalid with the problems of all, NotFound when there is none."""
    if not brand_ids(root):
        raise NotFound(f"There is no brand in {root}.", "Point MARKETING_BRANDS to a folder with <brand>/brand.yaml.")
    brands: list[Brand] = []
    problems: list[BrandProblem] = []
    accounts = brands_by_account(root)
    for brand in brand_ids(root):
        try:
            brands.append(load_brand(root / brand, accounts))
        except BrandInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise BrandInvalid(tuple(problems))
    return tuple(brands)
