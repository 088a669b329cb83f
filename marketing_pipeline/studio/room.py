"""A room: a plastered wall, light through a window, wooden boards."""

from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.studio.colour import mix, rgb, shade
from marketing_pipeline.studio.noise import Field, as_mask, clouds, enlarged
from marketing_pipeline.studio.shadows import cast_shadow

FLAT: Final = 0.14  # depth of a plane that carries text: alive, yet an ink at 4.6:1 stays above 4.5 in its corners
_SUNLIGHT = "#FFF0D4"


@lru_cache(maxsize=24)
def _plaster_light(width: int, height: int, seed: int, centre: tuple[float, float]) -> Image.Image:
    """How bright each point of a softly lit plain surface is, as a mask. Built at a quarter: it holds no detail."""
    w, h = max(2, width // 4), max(2, height // 4)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    light = 1 - 0.62 * np.hypot(x / w - centre[0], (y / h - centre[1]) * 0.9)
    light += 0.10 * (clouds(w, h, seed, 4, 5) - 0.5)
    fibre = clouds(w, h, seed + 1, max(8, w // 5), 2) - 0.5
    return as_mask(enlarged((light + 0.05 * fibre).astype(np.float32), width, height))


def plaster(
    size: tuple[int, int], colour: str, seed: int = 3, centre: tuple[float, float] = (0.25, 0.12), depth: float = 1.0
) -> Image.Image:
    """A painted plane, brightest around `centre` (shares of the size). depth: 1 for a wall, less for a flatter one."""
    mask = _plaster_light(*size, seed, centre)
    bright = Image.new("RGB", size, shade(colour, 1 + 0.05 * depth))
    dark = Image.new("RGB", size, shade(colour, 1 - 0.2 * depth))
    return Image.composite(bright, dark, mask)


@lru_cache(maxsize=8)
def _window(width: int, height: int, lean: float, mirrored: bool) -> Image.Image:
    w, h = width // 4, height // 4
    mask = Image.new("L", (w, h), 0)
    pen = ImageDraw.Draw(mask)
    pane_w, pane_h, bar = w * 0.25, w * 0.25, w * 0.022
    for column in range(2):
        for row in range(3):
            x = -w * 0.10 + column * (pane_w + bar) + row * (pane_h + bar) * lean
            y = -h * 0.02 + row * (pane_h + bar) + column * w * 0.05
            slope = pane_w * 0.20
            corners = [
                (x, y),
                (x + pane_w, y + slope),
                (x + pane_w + pane_h * lean, y + pane_h + slope),
                (x + pane_h * lean, y + pane_h),
            ]
            if mirrored:
                corners = [(w - px, py) for px, py in corners]
            pen.polygon(corners, fill=int(255 * (1 - 0.17 * row)))
    return mask.filter(ImageFilter.GaussianBlur(w * 0.012)).resize((width, height), Image.Resampling.BILINEAR)


def window_light(
    image: Image.Image, wall: str, strength: float = 0.34, *, lean: float = 0.34, mirrored: bool = False
) -> None:
    """Sun through a window of six panes, cast as slanted fields on a wall of the given colour."""
    sunlight = mix(_SUNLIGHT, mix(wall, "#FFFFFF", 0.72), 0.5)
    mask = _window(image.width, image.height, lean, mirrored).point([round(value * strength) for value in range(256)])
    image.paste(rgb(sunlight), (0, 0), mask)


@lru_cache(maxsize=32)
def _grain_lines(width: int, height: int, seed: int) -> Field:
    """Noise stretched along the board and gently bent, 0..1."""
    rows = np.random.default_rng(seed).random((max(4, height // 3), max(3, width // 160)), np.float32)
    streaks = enlarged(rows, width, height)
    bend = (clouds(width, height, seed + 2, 3, 2) - 0.5) * 14
    index = np.clip(np.arange(height, dtype=np.float32)[:, None] + bend, 0, height - 1).astype(np.intp)
    lines = np.take_along_axis(streaks, index, axis=0)
    lines.setflags(write=False)
    return lines


def wood(size: tuple[int, int], colour: str, seed: int, strength: float = 0.34) -> Image.Image:
    """A board with its grain along the longer side."""
    width, height = size
    lines = _grain_lines(width, height, seed) if width >= height else _grain_lines(height, width, seed).T
    bright, dark = shade(colour, 1 + strength / 2), shade(colour, 1 - strength / 2)
    return Image.composite(Image.new("RGB", size, bright), Image.new("RGB", size, dark), as_mask(lines))


def ledge(image: Image.Image, top: int, thickness: int, left: int = -40, right: int | None = None) -> None:
    """A wooden board seen from the front, its upper edge lit, with the shadow that it throws below.

    Without `left` and `right` it runs on beyond both edges of the picture.
    """
    end = image.width + 40 if right is None else right
    cast_shadow(image, (left + 6, top + 4, end - 4, top + thickness + 8), 9, (6, 12), 0.5)
    image.paste(wood((end - left, thickness), "#96683F", 8), (left, top))
    pen = ImageDraw.Draw(image)
    pen.line([(left, top), (end, top)], fill=rgb("#C39A6C"), width=2)
    pen.line([(left, top + thickness - 1), (end, top + thickness - 1)], fill=rgb("#5E3F24"), width=2)
