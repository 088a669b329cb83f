"""Type faces: where their files are, what they can draw, and sized fonts that are safe to share between threads."""

import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.look import Fonts

Role = Literal["display", "text"]
VENDORED = Path(__file__).parent / "fonts"
DRAWN_AT = 2  # type is drawn at twice its size and reduced: even spacing and smooth edges


class UnknownFace(MarketingError):
    """A face that neither the brand's folder nor the studio has, or a file that is no font."""


@dataclass(frozen=True)
class Face:
    """One type face: its name in brand.yaml and its file."""

    name: str
    file: Path


@dataclass(frozen=True)
class Faces:
    """The two faces of a brand."""

    display: Face
    text: Face

    def of(self, role: Role) -> Face:
        """The face that plays this role."""
        return self.display if role == "display" else self.text


def faces_of(fonts: Fonts, brand_folder: Path) -> Faces:
    """Find both faces of a brand: `fonts/<name>.ttf` or `.otf` in its folder, else a vendored one.

    Raises UnknownFace.
    """
    return Faces(_find(fonts.display, brand_folder), _find(fonts.text, brand_folder))


def _find(name: str, brand_folder: Path) -> Face:
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    for folder in (brand_folder / "fonts", VENDORED):
        for ending in ("ttf", "otf"):
            file = folder / f"{slug}.{ending}"
            if slug and file.is_file():
                code_points(file)
                return Face(name, file)
    vendored = ", ".join(sorted(file.stem for file in VENDORED.glob("*.ttf")))
    raise UnknownFace(
        f"The type face {name!r} was not found.",
        f"Put {slug or 'name'}.ttf into the folder fonts/ of the brand, or name one of: {vendored}.",
    )


@cache
def code_points(file: Path) -> frozenset[int]:
    """Code points that a font file can draw. Raises UnknownFace when the file is no font."""
    try:
        with TTFont(io.BytesIO(file.read_bytes()), lazy=True) as font:
            return frozenset(font.getBestCmap() or {})
    except (OSError, TTLibError) as error:
        raise UnknownFace(
            f"{file.name} cannot be read as a font ({error}).", "Replace it with a TrueType or OpenType file."
        ) from error


def missing_glyphs(file: Path, text: str) -> str:
    """Characters of the text that the font lacks, each once; Pillow would draw boxes for them in silence."""
    known = code_points(file)
    return "".join(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in known))


@lru_cache(maxsize=400)
def sized_font(file: Path, size: int, weight: int) -> ImageFont.FreeTypeFont:
    """A font at `DRAWN_AT` times `size` pixels. One object per face, size and weight, since axes are set in place.

    The optical size follows the final size: the default of a variable font is a text cut, too coarse for a headline.
    """
    font = ImageFont.truetype(str(file), size * DRAWN_AT, layout_engine=ImageFont.Layout.RAQM)
    try:
        axes = font.get_variation_axes()
    except OSError:  # how Pillow says that a font is static
        return font
    wanted = {"weight": float(weight), "optical size": float(size)}
    values: list[float] = []
    for axis in axes:
        name = (axis.get("name") or b"").decode("utf-8", "replace").lower()
        value = wanted.get(name, float(axis["default"] or 0))
        values.append(min(float(axis["maximum"] or 0), max(float(axis["minimum"] or 0), value)))
    font.set_variation_by_axes(values)
    return font
