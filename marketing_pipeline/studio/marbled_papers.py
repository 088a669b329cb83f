"""Marbled paper: thin bands that follow folded noise, like cut agate."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from marketing_pipeline.studio.colour import by_luminance, rgb, vividness
from marketing_pipeline.studio.noise import Field, clouds, enlarged

_SCALE = 2


def _between(field: Field, x: Field, y: Field) -> Field:
    """The field read at fractional places; whole ones would leave steps in the bands."""
    height, width = field.shape
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    across, down = x - left, y - top
    upper = field[top, left] * (1 - across) + field[top, left + 1] * across
    lower = field[top + 1, left] * (1 - across) + field[top + 1, left + 1] * across
    return (upper * (1 - down) + lower * down).astype(np.float32)


def _folded(width: int, height: int, seed: int) -> Field:
    """Noise looked up through two other noises, spread evenly over 0..1."""
    cells = max(2, round(2 * width / min(width, height)))
    shift_x, shift_y = clouds(width, height, seed, cells, 2), clouds(width, height, seed + 9, cells, 2)
    base = clouds(width, height, seed + 3, cells, 3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = min(width, height) * 0.62
    values = _between(base, x + (shift_x - 0.5) * reach, y + (shift_y - 0.5) * reach) + 0.18 * shift_x
    low, high = np.percentile(values, [1, 99])
    return ((values - low) / (high - low)).astype(np.float32)


def marble(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """Bands of ink with a fine vein here and there. It covers all: `calm` is not heeded."""
    del calm
    random = np.random.default_rng(seed)
    field = enlarged(_folded(width // 4, height // 4, seed), width * _SCALE, height * _SCALE)
    vein = max(colours, key=vividness)
    order = [tone for tone in by_luminance(colours) if tone != vein] or [vein]
    random.shuffle(order)
    bands = [order[index % len(order)] for index in range(8)]
    bands.insert(int(random.integers(2, 7)), vein)
    edges = np.linspace(0, 1, len(bands) + 1)[1:-1] + random.uniform(-0.035, 0.035, len(bands) - 1)
    table = np.array([rgb(bands[int(band)]) for band in np.searchsorted(edges, np.linspace(0, 1, 1024))], np.uint8)
    pixels = table[(np.clip(field, 0, 1) * 1023).astype(np.uint16)]
    return Image.fromarray(pixels).reduce(_SCALE)
