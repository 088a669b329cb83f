"""Typesetting: balanced wrapping, the largest size that fits, and lines drawn with tracking that keeps kerning."""

from dataclasses import dataclass, replace
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.studio.faces import DRAWN_AT, Face, Faces, Role, missing_glyphs, sized_font


class TextOverflow(MarketingError):
    """Copy that does not fit its place even at the smallest legible size."""


class MissingGlyph(MarketingError):
    """A character that the face cannot draw."""


@dataclass(frozen=True)
class TypeStyle:
    """How a piece of copy is set. Sizes in pixels, tracking in em, leading as a multiple of the size.

    `size` is the natural size; `floor` the smallest one that still reads on a phone.
    """

    role: Role
    size: float
    floor: float
    weight: int = 400
    tracking: float = 0.0
    leading: float = 1.36
    capitals: bool = False
    most_lines: int = 9

    def sized(self, size: float, floor: float | None = None) -> "TypeStyle":
        """The same style at another natural size."""
        return replace(self, size=size, floor=floor or self.floor)


@dataclass(frozen=True)
class Setting:
    """Copy broken into lines at the size that fits. All lengths in pixels."""

    lines: tuple[str, ...]
    face: Face
    style: TypeStyle
    size: int
    width: float
    rise: float

    @property
    def height(self) -> float:
        """From the top of the first line's capitals to the last baseline."""
        return self.rise + (len(self.lines) - 1) * self.size * self.style.leading


def _advance(text: str, font: ImageFont.FreeTypeFont, step: float) -> float:
    """Width of a line in drawn pixels, kerning and tracking included."""
    return font.getlength(text) + step * max(0, len(text) - 1)


def balanced_lines(words: list[str], widths: list[float], gap: float, limit: float) -> tuple[str, ...] | None:
    """Break into even lines: least squared slack, a price for each line and for a lone last word. None: no way.

    words with their widths; `gap` is a space, `limit` the longest line, all in the same unit.
    """
    count = len(words)
    best = [float("inf")] * count + [0.0]
    cut = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        width = -gap
        for end in range(start + 1, count + 1):
            width += gap + widths[end - 1]
            if width > limit:
                break
            cost = ((limit - width) / limit) ** 2 + best[end] + 0.35
            if end == count and end - start == 1 and count > 3:
                cost += 0.25
            if cost < best[start]:
                best[start], cut[start] = cost, end
    if best[0] == float("inf"):
        return None
    starts = [0]
    while starts[-1] < count:
        starts.append(cut[starts[-1]])
    return tuple(" ".join(words[first:last]) for first, last in pairwise(starts))


def _set_at(text: str, face: Face, style: TypeStyle, size: int, width: float) -> Setting | None:
    font = sized_font(face.file, size, style.weight)
    step = style.tracking * size * DRAWN_AT
    words = text.split()
    widths = [_advance(word, font, step) for word in words]
    lines = balanced_lines(words, widths, font.getlength(" ") + 2 * step, width * DRAWN_AT)
    if lines is None or len(lines) > style.most_lines:
        return None
    widest = max(_advance(line, font, step) for line in lines) / DRAWN_AT
    return Setting(lines, face, style, size, widest, -font.getbbox("H", anchor="ls")[1] / DRAWN_AT)


def fit(text: str, style: TypeStyle, faces: Faces, width: float, height: float, scale: float = 1.0) -> Setting:
    """Set copy at the largest size, from its natural one (times `scale`) down to its floor, that fits width x height.

    Raises MissingGlyph, and TextOverflow when even the floor does not fit. A scale below floor/size is honoured: the
    type is then smaller than legible, and the checks say so.
    """
    face = faces.of(style.role)
    copy = " ".join((text.upper() if style.capitals else text).split())
    lost = missing_glyphs(face.file, copy)
    if lost:
        raise MissingGlyph(
            f"The face {face.name} has no glyph for {lost!r} in the text {copy!r}.",
            "Leave these characters out (no emoji, arrows or ticks), or give the brand a face that has them.",
        )
    size = max(1, round(style.size * scale))
    smallest = min(size, round(style.floor))
    while True:
        setting = _set_at(copy, face, style, size, width)
        if setting and setting.height + size * 0.25 <= height:
            return setting
        if size <= smallest:
            break
        size = max(smallest, min(size - 1, round(size * 0.95)))
    raise TextOverflow(
        f"The text {copy!r} does not fit its place of {width:.0f} x {height:.0f} px, even at {smallest} px.",
        "Shorten it by a few words, or choose another template.",
    )


def line_mask(text: str, setting: Setting) -> tuple[Image.Image, int, int, float]:
    """One line as a mask in final pixels, with the offset of its corner from the pen's origin and its advance.

    Drawn at DRAWN_AT times the size and reduced. With tracking each glyph is set alone, and the pair's kerning is kept
    as the length of the pair less the length of its second glyph.
    """
    font = sized_font(setting.face.file, setting.size, setting.style.weight)
    step = setting.style.tracking * setting.size * DRAWN_AT
    pad = DRAWN_AT * (4 + setting.size // 4)
    _, top, right, bottom = font.getbbox(text, anchor="ls")
    advance = _advance(text, font, step)
    above = DRAWN_AT * round((pad - top) / DRAWN_AT)
    width, height = int(max(right, advance) + 2 * pad), int(above + bottom + pad)
    mask = Image.new("L", (width + width % DRAWN_AT, height + height % DRAWN_AT), 0)
    pen = ImageDraw.Draw(mask)
    if step:
        cursor = float(pad)
        for char, following in zip(text, [*text[1:], ""], strict=True):
            pen.text((cursor, above), char, font=font, fill=255, anchor="ls")
            cursor += font.getlength(char + following) - font.getlength(following) + step
    else:
        pen.text((pad, above), text, font=font, fill=255, anchor="ls")
    return mask.reduce(DRAWN_AT), -pad // DRAWN_AT, -above // DRAWN_AT, advance / DRAWN_AT
