"""What lists are narrowed to, and the checks that a person typed what exists."""

from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import brand_ids
from marketing_pipeline.workplace import Workplace

BrandOption = Annotated[
    str | None,
    typer.Option("--brand", help="Only this brand; the name of its folder.", autocompletion=completing.brands),
]
BrandsOption = Annotated[
    list[str] | None,
    typer.Option("--brand", help="Only rows of this brand; may be repeated.", autocompletion=completing.brands),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def known_brand(workplace: Workplace, brand: str | None) -> BrandId | None:
    """The brand as an id, also where its file is broken or its folder gone. Raises NotFound for a name unheard of."""
    if brand is None:
        return None
    known = brand_ids(workplace.settings.brands)
    if brand not in known and not workplace.posts.find(brand=BrandId(brand)):
        raise NotFound(
            f"There is no brand {brand!r} in {workplace.settings.brands}.",
            f"Known brands: {', '.join(known) or 'none'}.",
        )
    return BrandId(brand)


def known_brands(settings: Settings, brands: list[str] | None) -> frozenset[BrandId] | None:
    """The brands that rows are kept of; None for all. Raises NotFound for one that has no folder."""
    known = brand_ids(settings.brands)
    for brand in brands or ():
        if brand not in known:
            raise NotFound(
                f"There is no brand {brand!r} in {settings.brands}.", f"Known brands: {', '.join(known) or 'none'}."
            )
    return frozenset(map(BrandId, brands)) if brands else None
