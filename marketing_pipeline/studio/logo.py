"""The brand's logo: its own file in one ink, or a mark and the name drawn from the look."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, UnidentifiedImageError

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.studio.canvas import Canvas
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.faces import DRAWN_AT, Faces, missing_glyphs, sized_font
from marketing_pipeline.studio.surfaces import Surface
from marketing_pipeline.studio.typesetting import TypeStyle

_NAME: Final = TypeStyle("text", 28, 22, weight=640, tracking=0.01, most_lines=1)
_MOST_PIXELS: Final = 16_000_000


class UnusableLogo(MarketingError):
    """A logo file that is missing, no PNG, or without transparency."""


@lru_cache(maxsize=32)
def _shape(file: Path, height: int, widest: int) -> Image.Image:
    """The alpha of a logo file, trimmed, at most `height` x `widest` pixels."""
    try:
        with Image.open(file, formats=["PNG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise UnusableLogo(f"The logo {file.name} is above 16 megapixels.", "Save it smaller.")
            alpha = picture.convert("RGBA").getchannel("A")
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UnusableLogo(
            f"The logo {file.name} cannot be read ({error}).",
            "Put a PNG with transparency beside brand.yaml, or leave look.logo empty to set the name in type.",
        ) from error
    box = alpha.getbbox()
    if box is None or alpha.getextrema()[0] == 255:
        raise UnusableLogo(
            f"The logo {file.name} has no shape: it is fully {'clear' if box is None else 'opaque'}.",
            "Save it as a PNG with a transparent background.",
        )
    shape = alpha.crop(box)
    scale = min(height / shape.height, widest / shape.width)
    return shape.resize(
        (max(1, round(shape.width * scale)), max(1, round(shape.height * scale))), Image.Resampling.LANCZOS
    )


@lru_cache(maxsize=32)
def _roundel(file: Path, initial: str, side: int) -> Image.Image:
    """A disc with the brand's initial cut out of it."""
    k = 4
    disc = Image.new("L", (side * k, side * k), 0)
    pen = ImageDraw.Draw(disc)
    pen.ellipse([0, 0, side * k - 1, side * k - 1], fill=255)
    font = sized_font(file, round(side * k * 0.68 / DRAWN_AT), 700)
    left, top, right, bottom = font.getbbox(initial, anchor="ls")
    pen.text(((side * k - left - right) / 2, (side * k - top - bottom) / 2), initial, font=font, fill=0, anchor="ls")
    return disc.reduce(k)


@dataclass(frozen=True)
class Logo:
    """A brand's logo, ready to be drawn. `file` is None when the name is set in type."""

    name: str
    faces: Faces
    file: Path | None

    def draw(
        self, canvas: Canvas, x: float, baseline: float, surface: Surface, *, align: str = "left", size: float = 1.0
    ) -> tuple[float, float]:
        """Draw on a baseline with its left, middle or right edge at x. `size` 1 is the footer size.

        Returns its left and right edge. Raises TextOverflow for a name that is too long, MissingGlyph, UnusableLogo.
        """
        share = {"left": 0.0, "middle": 0.5, "right": 1.0}[align]
        if self.file is not None:
            shape = _shape(self.file, round(38 * size), round(330 * size))
            left = round(x - shape.width * share)
            top = round(baseline - _NAME.size * size * 0.36 - shape.height / 2)
            canvas.image.paste(rgb(surface.ink), (left, top), shape)
            return left, left + shape.width
        setting = canvas.fit_fixed(self.name, _NAME.sized(round(_NAME.size * size)), 420 * size)
        side = round(setting.size * 1.24)
        gap = setting.size * 0.42
        whole = side + gap + setting.width
        left = round(x - whole * share)
        initial = self.name[:1].upper()
        face = self.faces.text if missing_glyphs(self.faces.display.file, initial) else self.faces.display
        mark = _roundel(face.file, initial, side)
        canvas.image.paste(rgb(surface.ink), (left, round(baseline - setting.rise / 2 - side / 2)), mark)
        canvas.write(setting, left + side + gap, baseline - setting.rise, surface.ink, surface.declared)
        return left, left + whole

    def width(self, canvas: Canvas) -> float:
        """Width at footer size, in pixels."""
        if self.file is not None:
            return float(_shape(self.file, 38, 330).width)
        setting = canvas.fit_fixed(self.name, _NAME, 420)
        return round(setting.size * 1.24) + setting.size * 0.42 + setting.width


def logo_of(brand: Brand, faces: Faces, brand_folder: Path) -> Logo:
    """The logo of a brand. Raises UnusableLogo when the file that brand.yaml names is not in its folder."""
    if not brand.look.logo:
        return Logo(brand.name, faces, None)
    file = (brand_folder / brand.look.logo).resolve()
    if not file.is_relative_to(brand_folder.resolve()) or not file.is_file():
        raise UnusableLogo(
            f"The logo {brand.look.logo!r} is not in the brand's folder.",
            "Put the file beside brand.yaml, or leave look.logo empty to set the name in type.",
        )
    return Logo(brand.name, faces, file)
