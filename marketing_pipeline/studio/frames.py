"""Prints as objects: framed behind a mat, or a bare sheet on clips."""

from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.noise import as_mask
from marketing_pipeline.studio.pictures import cover
from marketing_pipeline.studio.room import plaster, wood
from marketing_pipeline.studio.shadows import cast_shadow, lift

WOODS: Final = ("#3A2B20", "#C9A36F", "#22211F", "#8A5F3E")  # walnut, oak, black, cherry
_MAT: Final = "#FBF8F1"
Place = tuple[int, int, int, int]


def opening(place: Place, frame: int, mat: int) -> tuple[int, int]:
    """Size of the artwork that a frame of this place (left, top, width, height) shows."""
    return place[2] - 2 * (frame + mat), place[3] - 2 * (frame + mat)


def hang(image: Image.Image, art: Image.Image, place: Place, *, frame: int, mat: int, wood_colour: str) -> None:
    """Hang a framed, matted print. `place` is left, top, width and height of the outer frame."""
    x, y, w, h = place
    lift(image, (x, y, x + w, y + h), max(0.45, min(1.0, h / 800)))
    body = _moulding((w, h), frame, wood_colour)
    inner = (w - 2 * frame, h - 2 * frame)
    body.paste(plaster(inner, _MAT, 5, depth=0.5), (frame, frame))
    size = opening(place, frame, mat)
    edge = frame + mat
    body.paste(art if art.size == size else cover(art, size), (edge, edge))
    _bevel(body, (edge, edge, edge + size[0], edge + size[1]), max(2, round(mat * 0.07)))
    inset = _inset_shadow(inner)
    body.paste((20, 15, 10), (frame, frame), inset)
    body.paste((255, 255, 255), (frame, frame), _glass(inner))
    image.paste(body, (x, y))


def _moulding(size: tuple[int, int], f: int, colour: str) -> Image.Image:
    """The wooden frame: four bars of different light, mitred."""
    w, h = size
    body = Image.new("RGB", size)
    bar, post = wood((w, f), colour, 4, 0.2), wood((f, h), colour, 6, 0.2)
    for corner in ((0, 0), (0, h - f)):
        body.paste(bar, corner)
    sides = Image.new("L", size, 0)
    pen = ImageDraw.Draw(sides)
    pen.polygon([(0, 0), (f, f), (f, h - f), (0, h)], fill=255)
    pen.polygon([(w, 0), (w - f, f), (w - f, h - f), (w, h)], fill=255)
    upright = Image.new("RGB", size)
    upright.paste(post, (0, 0))
    upright.paste(post, (w - f, 0))
    body.paste(upright, (0, 0), sides)
    light = ImageDraw.Draw(body, "RGBA")
    light.polygon([(0, 0), (w, 0), (w - f, f), (f, f)], fill=(255, 255, 255, 40))
    light.polygon([(0, 0), (f, f), (f, h - f), (0, h)], fill=(255, 255, 255, 18))
    light.polygon([(w, 0), (w, h), (w - f, h - f), (w - f, f)], fill=(0, 0, 0, 44))
    light.polygon([(0, h), (f, h - f), (w - f, h - f), (w, h)], fill=(0, 0, 0, 64))
    light.line([(0, 0), (w, 0)], fill=(255, 255, 255, 70))
    for corner, inner in (((0, 0), (f, f)), ((w, 0), (w - f, f)), ((0, h), (f, h - f)), ((w, h), (w - f, h - f))):
        light.line([corner, inner], fill=(0, 0, 0, 70))
    return body


def _bevel(body: Image.Image, box: tuple[int, int, int, int], b: int) -> None:
    """The cut edge of the mat's window: dark above, bright below."""
    x0, y0, x1, y1 = box
    pen = ImageDraw.Draw(body, "RGBA")
    for corners, fill in (
        ([(x0 - b, y0 - b), (x1 + b, y0 - b), (x1, y0), (x0, y0)], (120, 110, 95, 150)),
        ([(x0 - b, y0 - b), (x0, y0), (x0, y1), (x0 - b, y1 + b)], (150, 140, 125, 130)),
        ([(x1 + b, y0 - b), (x1 + b, y1 + b), (x1, y1), (x1, y0)], (255, 255, 255, 170)),
        ([(x0 - b, y1 + b), (x1 + b, y1 + b), (x1, y1), (x0, y1)], (255, 255, 255, 200)),
    ):
        pen.polygon(corners, fill=fill)


@lru_cache(maxsize=24)
def _inset_shadow(size: tuple[int, int]) -> Image.Image:
    """What the frame shades of the mat, from above left."""
    w, h = size
    small = Image.new("L", (max(1, w // 4), max(1, h // 4)), 120)
    ImageDraw.Draw(small).rectangle([2, 3, w // 4 + 3, h // 4 + 3], fill=0)
    return small.filter(ImageFilter.GaussianBlur(1.6)).resize(size, Image.Resampling.BILINEAR)


@lru_cache(maxsize=24)
def _glass(size: tuple[int, int]) -> Image.Image:
    """A reflection that falls off smoothly from one corner; a hard edge would read as a scratch."""
    y, x = np.mgrid[0:64, 0:64].astype(np.float32) / 63
    fall = np.clip(1 - (x * 1.1 + y * 0.8), 0, 1) ** 1.6 * 0.1
    return as_mask(fall).resize(size, Image.Resampling.BICUBIC)


def clip_sheet(image: Image.Image, art: Image.Image, place: Place, edge: int) -> None:
    """An unframed sheet with a white margin, held by two clips that bite into the margin only."""
    x, y, w, h = place
    cast_shadow(image, (x, y, x + w, y + h), 8, (5, 7), 0.30)
    cast_shadow(image, (x, y, x + w, y + h), 36, (18, 32), 0.30)
    sheet = Image.new("RGB", (w, h), (252, 250, 245))
    size = (w - 2 * edge, h - 2 * edge)
    sheet.paste(art if art.size == size else cover(art, size), (edge, edge))
    image.paste(sheet, (x, y))
    pen = ImageDraw.Draw(image)
    for cx in (x + round(w * 0.25), x + round(w * 0.75)):
        cast_shadow(image, (cx - 15, y - 26, cx + 15, y + 13), 4, (2, 4), 0.45)
        pen.rounded_rectangle([cx - 15, y - 28, cx + 15, y + 12], 3, fill=(34, 32, 30))
        pen.rounded_rectangle([cx - 15, y - 28, cx + 15, y - 18], 3, fill=(78, 74, 70))


@lru_cache(maxsize=8)
def arch_mask(size: tuple[int, int]) -> Image.Image:
    """A window with a round head, as a mask."""
    w, h = size
    big = Image.new("L", (w * 2, h * 2), 0)
    pen = ImageDraw.Draw(big)
    pen.ellipse([0, 0, w * 2 - 1, w * 2 - 1], fill=255)
    pen.rectangle([0, w, w * 2, h * 2], fill=255)
    return big.reduce(2)


@lru_cache(maxsize=4)
def disc_mask(side: int) -> Image.Image:
    """A disc, as a mask of `side` x `side` pixels."""
    big = Image.new("L", (side * 2, side * 2), 0)
    ImageDraw.Draw(big).ellipse([0, 0, side * 2 - 1, side * 2 - 1], fill=255)
    return big.reduce(2)


def arch(image: Image.Image, art: Image.Image, place: Place, outline: str) -> None:
    """A picture in an arched window, with a fine line around it."""
    x, y, w, h = place
    image.paste(art if art.size == (w, h) else cover(art, (w, h)), (x, y), arch_mask((w, h)))
    gap = 14
    outer, inner = arch_mask((w + 2 * gap, h + 2 * gap)), arch_mask((w + 2 * gap - 4, h + 2 * gap - 4))
    ring = outer.copy()
    ring.paste(0, (2, 2), inner)
    image.paste(rgb(outline), (x - gap, y - gap), ring)
