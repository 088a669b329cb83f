"""How a brand looks: palettes, fonts, logo, artwork."""

from typing import Annotated, Literal

from pydantic import Field

from marketing_pipeline.domain.brand_part import BrandPart, Colour, Slug
from marketing_pipeline.domain.creative import ArtworkStyle


class Palette(BrandPart):
    """One coordinated set of colours. Text uses ink on ground, or on_deep on deep."""

    ground: Colour
    ink: Colour
    accent: Colour
    deep: Colour
    on_deep: Colour
    mute: Colour
    artwork: Annotated[tuple[Colour, ...], Field(min_length=4, max_length=8)]


class Fonts(BrandPart):
    """Faces by name; files are looked for in the brand's `fonts/` folder, then among the vendored ones."""

    display: str = "fraunces"
    text: str = "inter"


class Look(BrandPart):
    """How the brand looks."""

    palettes: Annotated[dict[Slug, Palette], Field(min_length=1)]
    fonts: Fonts = Fonts()
    logo: Annotated[str, Field(description="File beside brand.yaml, PNG with transparency; empty: name in type")] = ""
    artwork: Annotated[tuple[ArtworkStyle, ...], Field(min_length=1)] = tuple(ArtworkStyle)
    picture_source: Annotated[
        Literal["procedural", "image_service"],
        Field(description="procedural: drawn by the studio; image_service: painted by the configured image API"),
    ] = "procedural"
    picture_style: str = ""
