"""A painter for the sandbox's image service: still lifes and landscapes from a prompt and a seed, never lettering."""

import math
import random
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Plane = NDArray[np.float32]
Colour = tuple[int, int, int]

_PALETTES: Final[tuple[tuple[Colour, ...], ...]] = (
    ((246, 222, 190), (232, 154, 110), (196, 84, 62), (120, 62, 66), (54, 44, 62)),
    ((224, 232, 226), (150, 184, 186), (84, 134, 142), (46, 86, 98), (26, 48, 60)),
    ((240, 236, 214), (196, 202, 150), (134, 156, 96), (80, 108, 72), (40, 60, 48)),
    ((244, 226, 228), (222, 160, 170), (174, 98, 122), (104, 62, 96), (50, 38, 66)),
    ((250, 238, 204), (238, 196, 110), (206, 140, 62), (132, 86, 52), (66, 50, 44)),
    ((228, 226, 240), (170, 168, 206), (112, 112, 164), (70, 72, 118), (36, 38, 70)),
)
_COLOUR_WORDS: Final[dict[str, int]] = {
    "sunset": 0, "warm": 0, "terracotta": 0, "red": 0, "sea": 1, "blue": 1, "teal": 1, "winter": 1, "green": 2,
    "olive": 2, "forest": 2, "botanical": 2, "pink": 3, "rose": 3, "blush": 3, "gold": 4, "autumn": 4, "ochre": 4,
    "violet": 5, "dusk": 5, "night": 5,
}  # fmt: skip
_STILL_LIFE_WORDS: Final = (
    "still life",
    "vase",
    "table",
    "fruit",
    "flower",
    "bread",
    "cup",
    "product",
    "interior",
    "desk",
)

_LANDSCAPE_WORDS: Final = ("landscape", "dune", "hill", "mountain", "sea", "coast", "horizon", "field", "forest", "sky")


def paint(prompt: str, width: int, height: int, seed: int) -> Image.Image:
    """An RGB picture of `width` x `height`. The prompt chooses scene and colours where it names them, else the seed."""
    chance = random.Random(seed)
    words = prompt.casefold()
    named = [index for word, index in _COLOUR_WORDS.items() if word in words]
    palette = _PALETTES[named[0] if named else chance.randrange(len(_PALETTES))]
    scene: Callable[[int, int, tuple[Colour, ...], random.Random], Image.Image]
    wants_objects = any(word in words for word in _STILL_LIFE_WORDS)
    wants_land = any(word in words for word in _LANDSCAPE_WORDS)
    scene = _still_life if wants_objects or (not wants_land and chance.random() < 0.5) else _landscape
    return _brushwork(scene(width, height, palette, chance), chance)


def _noise(width: int, height: int, chance: random.Random, cells: int, octaves: int = 4) -> Plane:
    """Fractal value noise, 0 to 1, shape (height, width)."""
    numbers = np.random.default_rng(chance.randrange(2**32))
    out = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        columns = cells * 2**octave
        grid = numbers.random((max(2, columns * height // width) + 2, columns + 2)).astype(np.float32)
        layer = np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC), np.float32)
        out += layer * np.float32(0.5 ** (octave + 1))
    return np.clip(out / np.float32(1 - 0.5**octaves), 0, 1)


def _gradient(width: int, height: int, top: Colour, bottom: Colour) -> Plane:
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    both = np.array(top, np.float32) * (1 - share) + np.array(bottom, np.float32) * share
    return np.repeat(both.astype(np.float32), width, axis=1)


def _image(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _landscape(width: int, height: int, palette: tuple[Colour, ...], chance: random.Random) -> Image.Image:
    """Sky with clouds, a low sun, and ridges that darken towards the viewer."""
    pixels = _gradient(width, height, palette[1], palette[0])
    clouds = np.clip(_noise(width, height, chance, 3) * 2.2 - 0.9, 0, 1)[..., None]
    pixels = pixels * (1 - 0.45 * clouds) + np.array((255, 250, 240), np.float32) * 0.45 * clouds
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    sun_x, sun_y, radius = width * chance.uniform(0.2, 0.8), height * chance.uniform(0.2, 0.4), width * 0.07
    distance = np.hypot(columns - sun_x, rows - sun_y)
    glow = np.exp(-distance / (radius * 3.5))[..., None] * 0.6 + np.clip(radius - distance, 0, 1)[..., None] * 0.4
    pixels = pixels * (1 - glow) + np.array((255, 244, 214), np.float32) * glow
    ridges = chance.randint(4, 6)
    for ridge in range(ridges):
        depth = (ridge + 1) / ridges
        line = _noise(width, 8, chance, 2 + ridge, 5)[4] - 0.5
        edge = height * (0.42 + 0.42 * depth + (0.34 - 0.2 * depth) * line)
        mask = np.clip(rows - edge[None, :], 0, 1)[..., None]
        near, far = np.array(palette[4], np.float32), np.array(palette[2], np.float32)
        texture = 1 + 0.35 * (_noise(width, height, chance, 9) - 0.5)[..., None]
        pixels = pixels * (1 - mask) + (far * (1 - depth) + near * depth) * texture * mask
    return _image(pixels)


def _still_life(width: int, height: int, palette: tuple[Colour, ...], chance: random.Random) -> Image.Image:
    """A vase with stems and some fruit on a table before a softly lit wall."""
    wall = _gradient(width, height, palette[0], palette[1])
    wall *= 0.86 + 0.2 * _noise(width, height, chance, 3)[..., None]
    table = int(height * chance.uniform(0.66, 0.74))
    wall[table:] = np.array(palette[3], np.float32) * (0.8 + 0.4 * _noise(width, height - table, chance, 12)[..., None])
    image = _image(wall)
    vase_x, vase_w, vase_h = width * chance.uniform(0.35, 0.6), width * 0.11, height * chance.uniform(0.2, 0.28)
    base = table + height * 0.08
    _stems(ImageDraw.Draw(image), vase_x, base - vase_h, height, palette, chance)
    _solid(image, (vase_x - vase_w, base - vase_h, vase_x + vase_w, base), palette[4], chance)
    for _ in range(chance.randint(3, 6)):
        radius = width * chance.uniform(0.035, 0.065)
        x, y = chance.uniform(0.12, 0.88) * width, table + height * chance.uniform(0.07, 0.2)
        _solid(image, (x - radius, y - radius * 2, x + radius, y), palette[chance.choice((1, 2))], chance)
    return image


def _stems(
    pen: ImageDraw.ImageDraw, x: float, y: float, height: int, palette: tuple[Colour, ...], chance: random.Random
) -> None:
    for _ in range(chance.randint(7, 11)):
        lean, length = chance.uniform(-0.16, 0.16) * height, height * chance.uniform(0.16, 0.34)
        points = [(x + lean * (t / 15) ** 2, y + 20 - length * t / 15) for t in range(16)]
        pen.line(points, fill=palette[3], width=max(3, height // 260), joint="curve")
        size = height * chance.uniform(0.018, 0.04)
        tip = points[-1]
        for leaf in range(chance.randint(3, 6)):
            at = points[4 + 2 * leaf]
            side = size * (1 if leaf % 2 else -1)
            pen.ellipse(_ordered(at[0], at[1] - size * 0.4, at[0] + side * 1.6, at[1] + size * 0.3), fill=palette[3])
        for petal in range(6):
            angle = petal * math.pi / 3
            centre = (tip[0] + math.cos(angle) * size * 0.7, tip[1] + math.sin(angle) * size * 0.7)
            pen.circle(centre, size * 0.6, fill=palette[petal % 2 + 1])
        pen.circle(tip, size * 0.4, fill=palette[0])


def _ordered(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _solid(image: Image.Image, box: tuple[float, float, float, float], colour: Colour, chance: random.Random) -> None:
    """A round body lit from the upper left, with its shadow on the table."""
    left, top, right, bottom = (int(side) for side in box)
    w, h = right - left, bottom - top
    shadow = Image.new("L", image.size, 0)
    ImageDraw.Draw(shadow).ellipse((left + w * 0.1, bottom - h * 0.1, right + w * 0.7, bottom + h * 0.08), fill=130)
    image.paste((20, 16, 18), (0, 0), shadow.filter(ImageFilter.GaussianBlur(w * 0.08)))
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    across, down = (x - w / 2) / (w / 2), (y - h / 2) / (h / 2)
    light = np.clip(1.1 - 0.55 * np.hypot(across + 0.4, down + 0.45), 0.25, 1.2)
    light += 0.5 * np.exp(-((across + 0.38) ** 2 + (down + 0.45) ** 2) / 0.03)
    body = _image(np.array(colour, np.float32) * light[..., None] * chance.uniform(0.95, 1.1))
    mask = Image.new("L", (w * 3, h * 3), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, w * 3 - 1, h * 3 - 1), fill=255)
    image.paste(body, (left, top), mask.resize((w, h), Image.Resampling.LANCZOS))


def _brushwork(image: Image.Image, chance: random.Random) -> Image.Image:
    """Daubs of even colour, then the weave of a canvas."""
    width, height = image.size
    small = image.resize((width // 2, height // 2), Image.Resampling.BILINEAR)
    daubs = small.filter(ImageFilter.MedianFilter(5)).resize(image.size, Image.Resampling.LANCZOS)
    mixed = Image.blend(image, daubs, 0.7).filter(ImageFilter.UnsharpMask(2, 90, 2))
    pixels = np.asarray(mixed).astype(np.float32)
    strokes = _noise(width, height, chance, 40, 3) - 0.5
    slanted = np.roll(strokes, 5, axis=1) - strokes
    weave = np.random.default_rng(chance.randrange(2**32)).normal(0, 3.0, (height, width)).astype(np.float32)
    return _image(pixels + slanted[..., None] * 60 + weave[..., None])
