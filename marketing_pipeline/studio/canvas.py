"""The working surface: one picture, and a record of every line set on it."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from marketing_pipeline.domain.creative import Box, TextRun
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.faces import Faces
from marketing_pipeline.studio.surfaces import Surface
from marketing_pipeline.studio.typesetting import Setting, TypeStyle, fit, line_mask

Align = Literal["left", "middle", "right"]
_SHARES: dict[Align, float] = {"left": 0.0, "middle": 0.5, "right": 1.0}


class Canvas:
    """A picture being made. Positions in final pixels from the top left."""

    def __init__(self, image: Image.Image, faces: Faces, type_scale: float) -> None:
        self.image = image
        self.runs: list[TextRun] = []
        self._faces = faces
        self._type_scale = type_scale

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.image.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.image.height

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        """For plain shapes."""
        return ImageDraw.Draw(self.image)

    def fit(self, text: str, style: TypeStyle, width: float, height: float = 10_000, ease: float = 1.0) -> Setting:
        """Set copy in the brand's faces at the brief's type scale. Raises TextOverflow, MissingGlyph.

        ease: below 1, start from a smaller size, but never smaller than legible on that account.
        """
        natural = style.size * self._type_scale
        scale = max(min(style.floor, natural), natural * ease) / style.size
        return fit(text, style, self._faces, width, height, scale)

    def fit_fixed(self, text: str, style: TypeStyle, width: float) -> Setting:
        """As `fit`, untouched by the type scale: for the brand's own name."""
        return fit(text, style, self._faces, width, 10_000)

    def write(
        self, setting: Setting, x: float, top: float, ink: str, ground: str | None, align: Align = "left"
    ) -> float:
        """Draw set copy with the top of its first capitals at `top`; x is the left, middle or right of each line.

        Returns the last baseline.
        """
        baseline = top + setting.rise
        for index, line in enumerate(setting.lines):
            mask, dx, dy, advance = line_mask(line, setting)
            left = round(x - advance * _SHARES[align]) + dx
            upper = round(baseline + index * setting.size * setting.style.leading) + dy
            self.image.paste(rgb(ink), (left, upper), mask)
            box = mask.getbbox()
            if box:
                place = Box(left=left + box[0], top=upper + box[1], right=left + box[2], bottom=upper + box[3])
                face = setting.face.name
                self.runs.append(TextRun(text=line, box=place, size=setting.size, face=face, ink=ink, ground=ground))
        return top + setting.height


class Stack:
    """Pieces of copy one below the other, measured before they are drawn."""

    def __init__(self) -> None:
        self._pieces: list[tuple[float, Setting, str]] = []

    def add(self, setting: Setting, ink: str, gap: float) -> None:
        """Put a piece below the others; `gap` from the baseline above to its capitals. The first gap is not used."""
        self._pieces.append((gap if self._pieces else 0.0, setting, ink))

    @property
    def height(self) -> float:
        """From the first capitals to the last baseline."""
        return sum(gap + setting.height for gap, setting, _ in self._pieces)

    @property
    def width(self) -> float:
        """The widest line."""
        return max((setting.width for _, setting, _ in self._pieces), default=0.0)

    def write(self, canvas: Canvas, x: float, top: float, surface: Surface, align: Align = "left") -> float:
        """Draw all from `top`. Returns the last baseline."""
        for gap, setting, ink in self._pieces:
            top = canvas.write(setting, x, top + gap, ink, surface.declared, align)
        return top


@dataclass(frozen=True)
class Page:
    """One finished picture: pixels, the lines set on it, and the part that holds free artwork."""

    image: Image.Image
    runs: tuple[TextRun, ...]
    art_box: Box | None

    @classmethod
    def of(cls, canvas: Canvas, art_box: tuple[int, int, int, int] | None) -> "Page":
        """Close a canvas. art_box: left, top, right, bottom."""
        box = None
        if art_box is not None:
            left, top, right, bottom = art_box
            box = Box(
                left=max(0, left), top=max(0, top), right=min(canvas.width, right), bottom=min(canvas.height, bottom)
            )
        return cls(canvas.image, tuple(canvas.runs), box)
