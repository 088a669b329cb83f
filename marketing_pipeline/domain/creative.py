"""What a creative is asked to be, what came out, and what was measured on it."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.identifiers import Sha256


class PostFormat(StrEnum):
    """What the feed shows: the shape of the picture, or several of them."""

    PORTRAIT = "portrait"
    SQUARE = "square"
    CAROUSEL = "carousel"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of each picture of this format."""
        return (1080, 1080) if self is PostFormat.SQUARE else (1080, 1350)


class Template(StrEnum):
    """The studio's layouts. Each exists in both sizes."""

    FRAMED_WALL = "framed_wall"
    PRODUCT_CARD = "product_card"
    STATEMENT = "statement"
    BEFORE_AFTER = "before_after"
    SEASONAL = "seasonal"
    CAROUSEL = "carousel"


class ArtworkStyle(StrEnum):
    """Procedural artworks of the studio."""

    DUNES = "dunes"
    TILES = "tiles"
    PEBBLES = "pebbles"
    MARBLE = "marble"
    BOTANICAL = "botanical"
    HORIZON = "horizon"


class TextTone(StrEnum):
    """Ink of the text that stands on artwork or a coloured ground."""

    DARK = "dark"
    LIGHT = "light"


Headline = Annotated[str, Field(min_length=3, max_length=90)]
Line = Annotated[str, Field(max_length=120)]


class Slide(BaseModel):
    """One inner slide of a carousel: a short title, a sentence, optionally a figure that carries the point."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Field(min_length=2, max_length=60)]
    body: Annotated[str, Field(min_length=2, max_length=160)]
    figure: Annotated[str, Field(max_length=16)] = ""


class CreativeBrief(BaseModel):
    """What the composer asks the studio to make. Everything that is typeset stands here word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: PostFormat
    template: Template
    headline: Headline
    kicker: Annotated[str, Field(max_length=32, description="Small capitals above the headline")] = ""
    supporting_line: Line = ""
    price_label: Annotated[str, Field(max_length=16, description="As on the product list, such as £48")] = ""
    price_note: Annotated[str, Field(max_length=40)] = ""
    call_to_action: Annotated[str, Field(max_length=40)] = ""
    slides: tuple[Slide, ...] = ()
    artwork: ArtworkStyle
    artwork_seed: Annotated[int, Field(ge=0, le=1_000_000)]
    palette: Annotated[str, Field(min_length=1, max_length=40, description="Name of a palette of the brand")]
    text_tone: TextTone = TextTone.DARK
    scrim: Annotated[
        bool, Field(description="Lay a quiet plate of the ground colour under text that stands on artwork")
    ] = False
    type_scale: Annotated[float, Field(ge=0.6, le=1.4, description="1 is the template's own type size")] = 1.0
    picture_prompt: Annotated[
        str, Field(max_length=600, description="What an image service should paint; never any lettering")
    ] = ""
    intent: Annotated[str, Field(max_length=400, description="Why this picture serves the post")] = ""

    @model_validator(mode="after")
    def _slides_fit_the_format(self) -> Self:
        if self.format is PostFormat.CAROUSEL:
            if self.template is not Template.CAROUSEL:
                raise ValueError("a carousel uses the template 'carousel'")
            if not 2 <= len(self.slides) <= 9:
                raise ValueError("a carousel has a cover and 2 to 9 slides")
        elif self.template is Template.CAROUSEL:
            raise ValueError("the template 'carousel' needs the format 'carousel'")
        elif self.slides:
            raise ValueError("only a carousel has slides")
        return self


class Box(BaseModel):
    """A rectangle in final pixels; right and bottom are exclusive."""

    model_config = ConfigDict(frozen=True)

    left: int
    top: int
    right: int
    bottom: int


class TextRun(BaseModel):
    """One drawn line: what the checks need to know about it, in final pixels."""

    model_config = ConfigDict(frozen=True)

    text: str
    box: Box
    size: float
    face: str
    ink: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
    ground: Annotated[str | None, Field(description="Declared colour under the text; None on artwork")] = None


class Media(BaseModel):
    """One stored picture: content-addressed, immutable."""

    model_config = ConfigDict(frozen=True)

    sha256: Sha256
    width: int
    height: int
    byte_count: int
    mime: Literal["image/jpeg"] = "image/jpeg"


class Severity(StrEnum):
    """What a failed check means for the creative."""

    REJECT = "reject"
    REVISE = "revise"
    NOTE = "note"


class CheckResult(BaseModel):
    """One deterministic measurement of a picture against its limit."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(description="size, contrast, palette, acuity, safe_area, glyphs, near_duplicate, ...")]
    passed: bool
    severity: Severity
    value: float | None
    limit: float | None
    reason: Annotated[str, Field(description="What was seen and where, in words the composer can act on")]
    picture: Annotated[int, Field(ge=1, description="1 for a single picture or the cover")] = 1
