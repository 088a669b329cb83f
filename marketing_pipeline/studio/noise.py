"""Noise: clouds, grain and fibre, made once and cut to measure."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

Field = NDArray[np.float32]
_PLATE = 1600


@lru_cache(maxsize=32)
def clouds(width: int, height: int, seed: int, cells: int = 3, octaves: int = 4) -> Field:
    """Fractal value noise in 0..1, shape (height, width), read-only. `cells` is the coarsest grid across the width."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    weights = [0.5**octave for octave in range(octaves)]
    for octave, weight in enumerate(weights):
        columns = cells * 2**octave
        rows = max(2, round(columns * height / width) + 2)
        grid = Image.fromarray(random.random((rows, columns + 2), np.float32))
        total += weight * np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))
    total /= sum(weights)
    total.setflags(write=False)
    return total


@lru_cache(maxsize=4)
def _grain_plate(strength: float) -> Image.Image:
    half = np.random.default_rng(7).normal(0, 1, (_PLATE // 2, _PLATE // 2)).astype(np.float32)
    soft = np.asarray(Image.fromarray(half).resize((_PLATE, _PLATE), Image.Resampling.BILINEAR))
    grey = Image.fromarray(np.clip(soft * strength + 128, 0, 255).round().astype(np.uint8))
    return Image.merge("RGB", (grey, grey, grey))


def add_grain(image: Image.Image, seed: int, strength: float = 4.0) -> Image.Image:
    """Soft monochrome grain: flat fills look printed after it, and gradients do not band."""
    plate = _grain_plate(strength)
    left, top = (int(offset) for offset in np.random.default_rng(seed).integers(0, _PLATE, 2))
    patch = Image.new("RGB", image.size)
    for x in range(-left, image.width, _PLATE):
        for y in range(-top, image.height, _PLATE):
            patch.paste(plate, (x, y))
    return ImageChops.add(image, patch, 1.0, -128)


def enlarged(field: Field, width: int, height: int) -> Field:
    """A smooth field drawn small, at the size wanted."""
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC))


def as_mask(field: Field) -> Image.Image:
    """0..1 as an 8-bit mask."""
    return Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
