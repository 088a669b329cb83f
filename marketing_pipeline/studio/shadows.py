"""Soft shadows: blurred at a quarter of the size, which looks the same for a sixteenth of the work."""

from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.studio.colour import RGB

Rectangle = tuple[float, float, float, float]
_REDUCED = 4
_UMBER: RGB = (30, 22, 14)


def cast_shadow(
    image: Image.Image,
    box: Rectangle,
    blur: float,
    offset: tuple[float, float],
    strength: float,
    *,
    ellipse: bool = False,
) -> None:
    """Darken the picture below a box (left, top, right, bottom), moved by `offset` and blurred, all in pixels."""
    pad = round(blur * 3 / _REDUCED) * _REDUCED
    width, height = round(box[2] - box[0]) + 2 * pad, round(box[3] - box[1]) + 2 * pad
    mask = Image.new("L", (max(1, width // _REDUCED), max(1, height // _REDUCED)), 0)
    edge = pad / _REDUCED
    pen = ImageDraw.Draw(mask)
    shape = pen.ellipse if ellipse else pen.rectangle
    shape([edge, edge, mask.width - edge, mask.height - edge], fill=int(strength * 255))
    soft = mask.filter(ImageFilter.GaussianBlur(blur / _REDUCED)).resize((width, height), Image.Resampling.BILINEAR)
    image.paste(_UMBER, (round(box[0] - pad + offset[0]), round(box[1] - pad + offset[1])), soft)


def lift(image: Image.Image, box: Rectangle, depth: float) -> None:
    """The two shadows of an object before a wall: a tight one where it touches, a wide one around. depth 1: a frame."""
    left, top, right, bottom = box
    cast_shadow(image, (left + 3, top + 5, right + 5, bottom + 10), 8 * depth, (8 * depth, 10 * depth), 0.40)
    cast_shadow(image, box, 34 * depth, (24 * depth, 34 * depth), 0.36)
