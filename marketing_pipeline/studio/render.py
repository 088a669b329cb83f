"""From a brief and a brand to finished pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import Box, CreativeBrief, Template, TextRun
from marketing_pipeline.studio.canvas import Page
from marketing_pipeline.studio.commission import Commission, commission_of
from marketing_pipeline.studio.jpeg import encode
from marketing_pipeline.studio.pictures import open_picture
from marketing_pipeline.studio.templates.before_after import before_after
from marketing_pipeline.studio.templates.carousel import carousel
from marketing_pipeline.studio.templates.framed_wall import framed_wall
from marketing_pipeline.studio.templates.product_card import product_card
from marketing_pipeline.studio.templates.seasonal import seasonal
from marketing_pipeline.studio.templates.statement import statement

_SINGLE: Mapping[Template, Callable[[Commission], Page]] = {
    Template.FRAMED_WALL: framed_wall,
    Template.PRODUCT_CARD: product_card,
    Template.STATEMENT: statement,
    Template.BEFORE_AFTER: before_after,
    Template.SEASONAL: seasonal,
}


@dataclass(frozen=True)
class RenderedPicture:
    """One picture as it would be published. `runs` are the lines set on it; `art_box` is where free artwork stands."""

    jpeg: bytes
    width: int
    height: int
    runs: tuple[TextRun, ...]
    art_box: Box | None


@dataclass(frozen=True)
class RenderedCreative:
    """All pictures of a post, the cover first, and the font file behind each face that was used."""

    pictures: tuple[RenderedPicture, ...]
    font_files: Mapping[str, Path]


def render(brief: CreativeBrief, brand: Brand, brand_folder: Path, pictures: Sequence[bytes] = ()) -> RenderedCreative:
    """Render a brief: one picture for portrait and square; a cover and one picture a slide for a carousel.

    brand_folder: where brand.yaml stands, with the logo and `fonts/`. pictures: files from an image service, in order,
    that replace the procedural artwork; a carousel uses one for each of its pictures as far as they go. The price is
    set by the product card only. Safe to call from several threads.

    Raises TextOverflow, MissingGlyph, UnusablePicture, UnknownPalette, UnknownFace, UnusableLogo.
    """
    opened = tuple(open_picture(picture) for picture in pictures)
    commission = commission_of(brief, brand, brand_folder, opened)
    pages = carousel(commission) if brief.template is Template.CAROUSEL else (_SINGLE[brief.template](commission),)
    faces = (commission.faces.display, commission.faces.text)
    return RenderedCreative(tuple(_printed(page) for page in pages), {face.name: face.file for face in faces})


def _printed(page: Page) -> RenderedPicture:
    width, height = page.image.size
    return RenderedPicture(encode(page.image), width, height, page.runs, page.art_box)
