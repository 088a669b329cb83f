"""Ways to spoil the pixels of a finished picture."""

import io
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.domain.creative import Box, TextRun
from marketing_pipeline.studio.colour import contrast_ratio, mix, rgb
from marketing_pipeline.studio.faces import VENDORED, sized_font
from marketing_pipeline.studio.jpeg import encode, srgb_profile
from marketing_pipeline.studio.render import RenderedPicture

Change = Callable[[Image.Image], Image.Image]


def opened(picture: RenderedPicture) -> Image.Image:
    """The picture decoded."""
    return Image.open(io.BytesIO(picture.jpeg)).convert("RGB")


def repainted(picture: RenderedPicture, change: Change) -> RenderedPicture:
    """The picture with its pixels changed, saved as the studio saves."""
    return replace(picture, jpeg=encode(change(opened(picture))))


def resaved(image: Image.Image, kind: str = "JPEG", quality: int = 92) -> bytes:
    """The picture as a file of a kind and quality, in sRGB."""
    out = io.BytesIO()
    options = {} if kind == "PNG" else {"quality": quality}
    image.save(out, kind, icc_profile=srgb_profile(), **options)
    return out.getvalue()


def blurred(sigma: float) -> Change:
    """Out of focus."""
    return lambda image: image.filter(ImageFilter.GaussianBlur(sigma))


def enlarged(width: int) -> Change:
    """Made `width` pixels wide and enlarged again."""

    def change(image: Image.Image) -> Image.Image:
        small = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        return small.resize(image.size, Image.Resampling.BICUBIC)

    return change


def moved_runs(runs: tuple[TextRun, ...], scale: float, dx: int, dy: int) -> tuple[TextRun, ...]:
    """Lines scaled about the origin, then moved."""

    def place(box: Box) -> Box:
        left, top = round(box.left * scale) + dx, round(box.top * scale) + dy
        right, bottom = round(box.right * scale) + dx, round(box.bottom * scale) + dy
        return Box(left=left, top=top, right=right, bottom=bottom)

    return tuple(run.model_copy(update={"box": place(run.box), "size": run.size * scale}) for run in runs)


def moved(picture: RenderedPicture, ground: str, dx: int, dy: int, scale: float = 1.0) -> RenderedPicture:
    """The whole layout scaled and moved on an empty ground; what leaves the picture is lost."""
    image = opened(picture)
    size = (round(image.width * scale), round(image.height * scale))
    scaled = image if scale == 1 else image.resize(size, Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", image.size, rgb(ground))
    sheet.paste(scaled, (dx, dy))
    return replace(picture, jpeg=encode(sheet), runs=moved_runs(picture.runs, scale, dx, dy), art_box=None)


def covered(picture: RenderedPicture, run: TextRun, dice: random.Random) -> RenderedPicture:
    """A strip of ground over one side of a line, 25 to 45 % of it: the letters end there."""
    box, share = run.box, dice.uniform(0.25, 0.45)
    wide, high = round((box.right - box.left) * share), round((box.bottom - box.top) * share)
    strip = dice.choice(
        (
            (box.left - 2, box.bottom - high, box.right + 2, box.bottom + 2),
            (box.right - wide, box.top - 2, box.right + 2, box.bottom + 2),
            (box.left - 2, box.top - 2, box.right + 2, box.top + high),
        )
    )

    def change(image: Image.Image) -> Image.Image:
        image.paste(rgb(run.ground or "#808080"), strip)
        return image

    return repainted(picture, change)


def faded(run: TextRun, ratio: float) -> Change:
    """One line's ink mixed towards its ground until it has this contrast."""
    ground = run.ground or "#808080"
    share = next(
        step / 100 for step in range(1, 100) if contrast_ratio(mix(run.ink, ground, step / 100), ground) <= ratio
    )

    def change(image: Image.Image) -> Image.Image:
        box = (run.box.left - 1, run.box.top - 1, run.box.right + 1, run.box.bottom + 1)
        part = image.crop(box)
        image.paste(Image.blend(part, Image.new("RGB", part.size, rgb(ground)), share), box)
        return image

    return change


def busied(run: TextRun, colours: tuple[str, ...], dice: random.Random) -> Change:
    """A patchwork of the palette's own artwork colours behind one line; the letters stay as they are."""
    side = dice.randint(14, 44)
    near = sorted(colours, key=lambda colour: contrast_ratio(colour, run.ink))[:3]

    def change(image: Image.Image) -> Image.Image:
        pad = round(run.size * 0.4)
        box = (run.box.left - pad, run.box.top - pad, run.box.right + pad, run.box.bottom + pad)
        part = np.asarray(image.crop(box)).astype(np.float32)
        ground, ink = (np.array(rgb(colour), np.float32) for colour in (run.ground or "#808080", run.ink))
        span = ink - ground
        letters = np.clip((part - ground) @ span / float(span @ span), 0, 1)[..., None]
        patch = Image.new("RGB", (part.shape[1], part.shape[0]))
        pen = ImageDraw.Draw(patch)
        for x in range(0, patch.width, side):
            for y in range(0, patch.height, side):
                pen.rectangle((x, y, x + side, y + side), fill=rgb(dice.choice((*colours, *near))))
        mixed = np.asarray(patch).astype(np.float32) * (1 - letters) + ink * letters
        image.paste(Image.fromarray(mixed.clip(0, 255).astype(np.uint8)), box[:2])
        return image

    return change


def lettered(text: str, colour: str, at: tuple[int, int], size: int, font: str) -> Change:
    """Lettering that nobody asked for."""

    def change(image: Image.Image) -> Image.Image:
        face = sized_font(VENDORED / f"{font}.ttf", size // 2, 600)
        ImageDraw.Draw(image).text(at, text, font=face, fill=rgb(colour), anchor="lm")
        return image

    return change
