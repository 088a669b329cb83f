"""A commission: one brief with everything of the brand that the templates need, resolved once."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.studio.artwork import paint
from marketing_pipeline.studio.canvas import Canvas
from marketing_pipeline.studio.faces import Faces, faces_of
from marketing_pipeline.studio.logo import Logo, logo_of
from marketing_pipeline.studio.pictures import cover
from marketing_pipeline.studio.surfaces import Surface, surface_of

_COMPANIONS = {
    ArtworkStyle.DUNES: ArtworkStyle.BOTANICAL,
    ArtworkStyle.BOTANICAL: ArtworkStyle.DUNES,
    ArtworkStyle.TILES: ArtworkStyle.PEBBLES,
    ArtworkStyle.PEBBLES: ArtworkStyle.HORIZON,
    ArtworkStyle.HORIZON: ArtworkStyle.PEBBLES,
    ArtworkStyle.MARBLE: ArtworkStyle.TILES,
}


class UnknownPalette(MarketingError):
    """A brief names a palette that the brand does not have."""


@dataclass(frozen=True)
class Commission:
    """What a template gets. `pictures` are decoded and replace the procedural artwork, in order."""

    brief: CreativeBrief
    palette: Palette
    faces: Faces
    logo: Logo
    pictures: tuple[Image.Image, ...] = ()

    @property
    def width(self) -> int:
        """Pixels across of each picture."""
        return self.brief.format.size[0]

    @property
    def height(self) -> int:
        """Pixels down of each picture."""
        return self.brief.format.size[1]

    @property
    def is_square(self) -> bool:
        """True for 1080 x 1080."""
        return self.width == self.height

    @cached_property
    def surface(self) -> Surface:
        """The ground and inks that the brief's text tone asks for."""
        return surface_of(self.palette, self.brief.text_tone)

    def variant(self, count: int) -> int:
        """Which of a template's arrangements the artwork seed chooses: 0 to count - 1."""
        return self.brief.artwork_seed % count

    def random(self) -> np.random.Generator:
        """Chance for the furniture of a scene; the same brief gives the same scene."""
        return np.random.default_rng(self.brief.artwork_seed + 1)

    def artwork(self, size: tuple[int, int], index: int = 0, calm: float = 0.0) -> Image.Image:
        """The picture of this index where one was supplied, cropped to `size`, else procedural artwork.

        index 0 is the brief's own style; odd ones are in a style that goes with it, so that a pair is no repetition.
        calm: share of the height, from the top, that procedural artwork keeps quiet.
        """
        if index < len(self.pictures):
            return cover(self.pictures[index], size)
        style = _COMPANIONS[self.brief.artwork] if index % 2 else self.brief.artwork
        return paint(style, size, self.brief.artwork_seed + index, self.palette.artwork, calm)

    def canvas(self, image: Image.Image) -> Canvas:
        """A canvas that sets type in the brand's faces at the brief's scale."""
        return Canvas(image, self.faces, self.brief.type_scale)


def palette_of(brief: CreativeBrief, brand: Brand) -> Palette:
    """The palette that the brief names. Raises UnknownPalette."""
    palette = brand.look.palettes.get(brief.palette)
    if palette is None:
        raise UnknownPalette(
            f"The brand {brand.id} has no palette {brief.palette!r}.",
            f"Choose one of: {', '.join(sorted(brand.look.palettes))}.",
        )
    return palette


def commission_of(
    brief: CreativeBrief, brand: Brand, brand_folder: Path, pictures: tuple[Image.Image, ...]
) -> Commission:
    """Resolve palette, faces and logo. Raises UnknownPalette, UnknownFace, UnusableLogo."""
    palette = palette_of(brief, brand)
    faces = faces_of(brand.look.fonts, brand_folder)
    return Commission(brief, palette, faces, logo_of(brand, faces, brand_folder), pictures)
