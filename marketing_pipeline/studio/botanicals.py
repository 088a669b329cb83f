"""Botanical prints: leafy stems in flat colour before a pale sun."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from marketing_pipeline.studio.colour import RGB, by_luminance, contrast_ratio, mix, rgb, vividness

_SCALE = 2
Points = list[tuple[float, float]]


def leaf(x: float, y: float, angle: float, length: float, width: float) -> Points:
    """Outline of a lens-shaped leaf that starts at (x, y); `angle` in radians."""
    t = np.linspace(0, 1, 18)
    belly = np.sin(np.pi * t**0.8) * width
    along, across = np.concatenate([t, t[::-1]]) * length, np.concatenate([belly, -belly[::-1]])
    xs = x + along * np.cos(angle) - across * np.sin(angle)
    ys = y + along * np.sin(angle) + across * np.cos(angle)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _stem(
    root: tuple[float, float], tip: tuple[float, float], bend: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A quadratic curve from root to tip, bent sideways by `bend` pixels."""
    t = np.linspace(0, 1, 80)
    middle = ((root[0] + tip[0]) / 2 + bend, (root[1] + tip[1]) / 2)
    x = (1 - t) ** 2 * root[0] + 2 * t * (1 - t) * middle[0] + t * t * tip[0]
    y = (1 - t) ** 2 * root[1] + 2 * t * (1 - t) * middle[1] + t * t * tip[1]
    return x, y


def _branch(
    draw: ImageDraw.ImageDraw,
    curve: tuple[NDArray[np.float64], NDArray[np.float64]],
    leaf_length: float,
    slender: float,
    tones: tuple[RGB, RGB],
) -> None:
    """A stem with opposite leaves that shorten towards the tip; upper leaves in one tone, lower ones in the other."""
    x, y = curve
    draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=tones[0], width=max(3, int(leaf_length * 0.045)))
    length_of_stem = float(np.hypot(np.diff(x), np.diff(y)).sum())
    pairs = max(4, int(length_of_stem / (leaf_length * (0.42 + slender))))
    for place in np.linspace(0.22, 0.97, pairs):
        i = min(78, int(place * 79))
        along = float(np.arctan2(y[i + 1] - y[i], x[i + 1] - x[i]))
        size = leaf_length * (1.1 - 0.62 * place)
        for side, tone in ((1, tones[0]), (-1, tones[1])):
            draw.polygon(leaf(x[i], y[i], along + side * 0.78, size, size * slender), fill=tone)
    end = float(np.arctan2(y[-1] - y[-2], x[-1] - x[-2]))
    draw.polygon(leaf(x[-1], y[-1], end, leaf_length * 0.5, leaf_length * 0.5 * slender), fill=tones[1])


def botanical(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """Three to five stems rise from the lower edge; a disc of the vivid colour hangs behind them."""
    random = np.random.default_rng(seed)
    tones = by_luminance(colours)
    ground = tones[0]
    sun = max(tones[1:-1], key=vividness)
    greens = [tone for tone in tones[1:] if tone != sun and contrast_ratio(tone, ground) > 1.8] or [tones[-1]]
    w, h = width * _SCALE, height * _SCALE
    room = (1 - calm) * h
    unit = min(w, room)
    image = Image.new("RGB", (w, h), rgb(ground))
    draw = ImageDraw.Draw(image)
    radius = unit * random.uniform(0.26, 0.34)
    cx, cy = w * random.uniform(0.38, 0.62), calm * h + room * random.uniform(0.40, 0.5)
    cy = max(cy, calm * h + radius * 1.05) if calm else cy
    draw.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], fill=rgb(mix(sun, ground, 0.12)))
    count = max(3, round(3.6 * w / (unit * 1.05)))
    order = random.permutation(count)
    for position in order:
        share = (position + 0.5) / count
        tall = random.uniform(0.66, 0.92) * (1 - 0.35 * abs(share - 0.5))
        root = (w * (0.5 + (share - 0.5) * 0.8), h * 1.02)
        tip = (w * (0.5 + (share - 0.5) * 1.12) + unit * 0.05 * random.normal(), h - room * tall)
        slender = (0.15, 0.24, 0.34)[int(random.integers(0, 3))]
        tone = greens[int(position) % len(greens)]
        curve = _stem(root, tip, unit * 0.1 * random.normal())
        _branch(draw, curve, unit * random.uniform(0.17, 0.23), slender, (rgb(tone), rgb(mix(tone, ground, 0.16))))
    return image.reduce(_SCALE)
