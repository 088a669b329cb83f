"""Flat shapes as if cut from coloured paper: a tile grid and pebbles."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.studio.colour import RGB, by_luminance, rgb
from marketing_pipeline.studio.noise import as_mask, clouds, enlarged

_SCALE = 2
_SHARES = (0.26, 0.18, 0.18, 0.14, 0.14, 0.10)
_PLACES = (
    ((0.28, 0.34, 0.46), (0.77, 0.22, 0.32), (0.61, 0.74, 0.44), (0.12, 0.87, 0.30), (0.95, 0.62, 0.24)),
    ((0.66, 0.30, 0.50), (0.20, 0.22, 0.28), (0.30, 0.66, 0.40), (0.82, 0.80, 0.34), (0.03, 0.95, 0.22)),
    ((0.50, 0.20, 0.34), (0.22, 0.50, 0.38), (0.74, 0.56, 0.46), (0.38, 0.88, 0.36), (0.98, 0.96, 0.24)),
)


def _tile(size: tuple[int, int], figure: RGB, ground: RGB, shape: int, turn: int) -> Image.Image:
    """One cell. `shape` 0 quarter disc, 1 quarter ring, 2 half disc, 3 disc, 4 triangle, 5 stripes; `turn` 0 to 3."""
    w, h = size
    cell = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(cell)
    corners = ((0, 0), (w, 0), (w, h), (0, h))
    cx, cy = corners[turn]
    sides = ((w / 2, 0), (w, h / 2), (w / 2, h), (0, h / 2))
    match shape:
        case 0 | 1:
            pen.ellipse([cx - w, cy - h, cx + w, cy + h], fill=figure)
            if shape == 1:
                pen.ellipse([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], fill=ground)
        case 2:
            mx, my = sides[turn]
            pen.ellipse([mx - w / 2, my - h / 2, mx + w / 2, my + h / 2], fill=figure)
        case 3:
            pen.ellipse([w * 0.16, h * 0.16, w * 0.84, h * 0.84], fill=figure)
        case 4:
            pen.polygon([corner for index, corner in enumerate(corners) if index != turn], fill=figure)
        case _:
            for stripe in range(4):
                pen.rectangle([w * stripe / 4, 0, w * (stripe + 0.5) / 4, h], fill=figure)
    return cell


def tiles(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """A grid of quarter discs, rings, discs, halves and stripes. It covers all: `calm` is not heeded."""
    del calm
    random = np.random.default_rng(seed)
    w, h = width * _SCALE, height * _SCALE
    columns = max(2, round(4 * width / min(width, height * 0.8)))
    rows = max(2, round(columns * height / width))
    xs = [round(w * column / columns) for column in range(columns + 1)]
    ys = [round(h * row / rows) for row in range(rows + 1)]
    image = Image.new("RGB", (w, h), rgb(colours[0]))
    for left, right in pairwise(xs):
        for top, bottom in pairwise(ys):
            ground, figure = (rgb(colours[int(index)]) for index in random.choice(len(colours), 2, replace=False))
            shape, turn = int(random.choice(6, p=_SHARES)), int(random.integers(0, 4))
            image.paste(_tile((right - left, bottom - top), figure, ground, shape, turn), (left, top))
    return image.reduce(_SCALE)


def _outline(centre: tuple[float, float], radius: float, random: np.random.Generator) -> list[tuple[float, float]]:
    """A pebble: a circle with low, slow wobble. More lobes than this read as childish."""
    angle = np.linspace(0, 2 * np.pi, 240)
    wobble = 1 + 0.13 * np.sin(2 * angle + random.random() * 6) + 0.07 * np.sin(3 * angle + random.random() * 6)
    x = centre[0] + radius * wobble * np.cos(angle) * 1.1
    y = centre[1] + radius * wobble * np.sin(angle)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def pebbles(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """Large cut-paper pebbles with the faint shadow of layered sheets."""
    random = np.random.default_rng(seed)
    tones = by_luminance(colours)
    ground, rest = tones[0], tones[1:]
    random.shuffle(rest)
    w, h = width * _SCALE, height * _SCALE
    field_top, field_height = calm * h, (1 - calm) * h
    image = Image.new("RGB", (w, h), rgb(ground))
    places = _PLACES[int(random.integers(0, len(_PLACES)))]
    mirrored = random.random() < 0.5
    reach = min(max(w, field_height * 0.7), field_height * 1.25)
    spread = max(1, round(w / (field_height * 1.5)))
    for repeat in range(spread):
        for index, (cx, cy, size) in enumerate(places):
            share = ((1 - cx if mirrored else cx) + 0.03 * random.normal() + repeat) / spread
            centre = (share * w, field_top + (cy + 0.02 * random.normal()) * field_height * (1 - 0.1 * (calm > 0)))
            radius = size * min(w / spread, reach, field_height) * 0.60
            if calm > 0:
                centre = (centre[0], max(centre[1], field_top + radius * 1.15))
            _lay(image, _outline(centre, radius, random), rgb(rest[(index + repeat) % len(rest)]))
    flat = image.reduce(_SCALE)
    fibre = enlarged(clouds(width // 2, height // 2, 5, 60, 3), width, height)
    return Image.composite(Image.new("RGB", flat.size, (255, 250, 240)), flat, as_mask((fibre - 0.5) * 0.16))


def _lay(image: Image.Image, outline: list[tuple[float, float]], colour: RGB) -> None:
    """Lay one paper shape down: a tight shadow, then the shape."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    pad, k = 16 * _SCALE, 4
    left, top = int(min(xs)) - pad, int(min(ys)) - pad
    size = (int(max(xs)) + pad - left, int(max(ys)) + pad - top)
    small = Image.new("L", (size[0] // k, size[1] // k), 0)
    ImageDraw.Draw(small).polygon([((x - left) / k, (y - top) / k) for x, y in outline], fill=70)
    cast = small.filter(ImageFilter.GaussianBlur(5 * _SCALE / k)).resize(size, Image.Resampling.BILINEAR)
    image.paste((40, 28, 16), (left + 3 * _SCALE, top + 5 * _SCALE), cast)
    ImageDraw.Draw(image).polygon(outline, fill=colour)
