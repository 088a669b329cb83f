"""Pictures for the evaluator's situations: rendered by the studio, with defects planted where a situation says so."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import CheckResult, CreativeBrief
from marketing_pipeline.evals.score import Json

if TYPE_CHECKING:
    from PIL import Image

    from marketing_pipeline.studio.render import RenderedPicture

    Planting = Callable[[Image.Image, RenderedPicture], Image.Image]

_NO_FOLDER = Path("no-brand-folder")
"""The houses of the corpora have neither logo nor fonts of their own, so nothing is read from it."""


@dataclass(frozen=True)
class ShownCreative:
    """What an evaluator is shown: the brief that was asked for, what was measured, the JPEGs."""

    brief: CreativeBrief
    checks: tuple[CheckResult, ...]
    pictures: tuple[bytes, ...]


def shown(brand: Brand, context: Json) -> ShownCreative:
    """Render a situation's `brief`, or `shows` in its place, and plant its `planted` defects in every picture.

    The studio's own checks measure the pictures as they are then. Raises KeyError for a defect that is not in
    DEFECTS, and as `studio.render.render` does.
    """
    from marketing_pipeline.studio.checks import inspect
    from marketing_pipeline.studio.render import RenderedCreative, render

    asked = CreativeBrief.model_validate(context["brief"])
    made = render(CreativeBrief.model_validate(context.get("shows", context["brief"])), brand, _NO_FOLDER)
    pictures = tuple(_planted(picture, context.get("planted", ())) for picture in made.pictures)
    checks = inspect(RenderedCreative(pictures, made.font_files), asked, brand, ())
    return ShownCreative(asked, checks, tuple(picture.jpeg for picture in pictures))


def _planted(picture: "RenderedPicture", defects: Sequence[str]) -> "RenderedPicture":
    from PIL import Image

    from marketing_pipeline.studio.jpeg import encode

    if not defects:
        return picture
    with Image.open(io.BytesIO(picture.jpeg)) as opened:
        image = opened.convert("RGB")
    for defect in defects:
        image = DEFECTS[defect](image, picture)
    return replace(picture, jpeg=encode(image))


def _pale_text(image: "Image.Image", picture: "RenderedPicture") -> "Image.Image":
    """Every line fades into what stands around it."""
    from PIL import Image

    for run in picture.runs:
        box = (run.box.left, run.box.top, run.box.right, run.box.bottom)
        part = image.crop(box)
        around = part.getpixel((0, 0))
        image.paste(Image.blend(part, Image.new("RGB", part.size, around), 0.85), box[:2])
    return image


def _pushed_off(image: "Image.Image", picture: "RenderedPicture") -> "Image.Image":
    """Everything moves to the left until words leave the picture."""
    from PIL import Image

    by = min((run.box.left for run in picture.runs), default=0) + image.width // 12
    pushed = Image.new("RGB", image.size, image.getpixel((image.width - 1, 0)))
    pushed.paste(image.crop((by, 0, image.width, image.height)), (0, 0))
    return pushed


def _foreign_colours(image: "Image.Image", _: "RenderedPicture") -> "Image.Image":
    """All hues turned by a third, and made vivid: colours of no palette."""
    from PIL import Image, ImageEnhance

    hue, saturation, value = ImageEnhance.Color(image).enhance(3.0).convert("HSV").split()
    turned = hue.point([(level + 150) % 256 for level in range(256)])
    strong = saturation.point([min(255, 90 + level) for level in range(256)])
    return Image.merge("HSV", (turned, strong, value)).convert("RGB")


def _blurred(image: "Image.Image", _: "RenderedPicture") -> "Image.Image":
    """Out of focus all over."""
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(7))


def _seam(image: "Image.Image", _: "RenderedPicture") -> "Image.Image":
    """The right half is displaced, as if two prints were glued together badly."""
    half, down = image.width // 2, image.height // 22
    image.paste(image.crop((half, 0, image.width, image.height - down)), (half, down))
    return image


def _doubled_text(image: "Image.Image", picture: "RenderedPicture") -> "Image.Image":
    """Each line is printed once more over itself, a little off."""
    from PIL import ImageChops

    off = ImageChops.offset(image, image.width // 30, image.height // 60)
    for run in picture.runs:
        box = (run.box.left, run.box.top, run.box.right, run.box.bottom)
        image.paste(ImageChops.darker(image.crop(box), off.crop(box)), box[:2])
    return image


DEFECTS: "Mapping[str, Planting]" = {
    "pale_text": _pale_text,
    "pushed_off": _pushed_off,
    "foreign_colours": _foreign_colours,
    "blurred": _blurred,
    "seam": _seam,
    "doubled_text": _doubled_text,
}
"""What can be planted in a finished picture, by the name under which situations call for it."""
