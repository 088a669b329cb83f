"""Things that stand in a room: a stoneware vase with dried branches, books with a bowl."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.studio.botanicals import leaf
from marketing_pipeline.studio.colour import by_luminance, mix, rgb, shade
from marketing_pipeline.studio.noise import clouds
from marketing_pipeline.studio.shadows import cast_shadow

_K = 2


@lru_cache(maxsize=4)
def _vase(colour: str) -> Image.Image:
    """A vase, 140 x 170 pixels, its outline one smooth curve."""
    width, height, k = 140, 170, 4
    t = np.linspace(0, 1, 500)
    profile = np.interp(t, [0, 0.06, 0.3, 0.62, 0.85, 0.93, 1], [31, 44, 63, 50, 15, 15, 25])
    kernel = np.hanning(181)
    profile = np.convolve(np.pad(profile, 90, "edge"), kernel / kernel.sum(), "valid")
    body, centre = height - 12, width / 2
    mask = Image.new("L", (width * k, height * k), 0)
    y = (body * (1 - t) + 6) * k
    left, right = (centre - profile) * k, (centre + profile) * k
    pen = ImageDraw.Draw(mask)
    outline = [*zip(left.tolist(), y.tolist(), strict=True), *zip(right[::-1].tolist(), y[::-1].tolist(), strict=True)]
    pen.polygon(outline, fill=255)
    foot, rim = float(profile[0]) * k, float(profile[-1]) * k
    pen.ellipse([centre * k - foot, y[0] - 4 * k, centre * k + foot, y[0] + 4 * k], fill=255)
    pen.ellipse([centre * k - rim, y[-1] - 4 * k, centre * k + rim, y[-1] + 4 * k], fill=255)
    x = np.linspace(-1, 1, width)[None, :] * np.ones((height, 1))
    light = np.clip(1.04 - 0.42 * (x + 0.35) ** 2 - 0.22 * (x > 0) * x, 0, 1.1)
    light += 0.05 * (clouds(width, height, 2, 30, 3) - 0.5)
    clay = Image.fromarray(np.clip(np.array(rgb(colour)) * light[..., None], 0, 255).astype(np.uint8))
    mouth = Image.new("L", (width * k, height * k), 0)
    hole = rim - 3 * k
    ImageDraw.Draw(mouth).ellipse([centre * k - hole, y[-1] - 2.4 * k, centre * k + hole, y[-1] + 2.4 * k], fill=235)
    clay.paste((74, 62, 48), (0, 0), mouth.reduce(k).filter(ImageFilter.GaussianBlur(0.6)))
    clay.putalpha(mask.reduce(k))
    return clay


@lru_cache(maxsize=8)
def _branches(seed: int) -> Image.Image:
    """Dried olive branches, 300 x 330 pixels: thin stems, leaves on alternate sides, varied size and tone."""
    random = np.random.default_rng(seed)
    tones = ("#9C8A5C", "#B39B66", "#8A7A52", "#A68F63")
    layer = Image.new("RGBA", (300 * _K, 330 * _K), (156, 138, 92, 0))
    draw = ImageDraw.Draw(layer)
    ox, oy = layer.width / 2, layer.height - 4 * _K
    for reach, rise in ((-74, 196), (-26, 272), (30, 236), (78, 160)):
        t = np.linspace(0, 1, 60)
        x = ox + (reach + 10 * random.normal()) * _K * t**1.7
        y = oy - (rise + 12 * random.normal()) * _K * t
        stem = list(zip(x.tolist(), y.tolist(), strict=True))
        draw.line(stem, fill=rgb("#6B5638"), width=round(1.8 * _K), joint="curve")
        side = 1
        for place in np.arange(0.34, 1.0, 0.058):
            i = min(58, int(place * 59))
            angle = float(np.arctan2(y[i + 1] - y[i], x[i + 1] - x[i])) + side * random.uniform(0.45, 0.85)
            length = _K * random.uniform(20, 29) * (1.12 - 0.5 * place)
            fill = rgb(tones[int(random.integers(0, 4))])
            draw.polygon(leaf(x[i], y[i], angle, length, length * random.uniform(0.13, 0.18)), fill=fill)
            side = -side
        tip = float(np.arctan2(y[-1] - y[-2], x[-1] - x[-2]))
        draw.polygon(leaf(x[-1], y[-1], tip, _K * 15, _K * 2.4), fill=rgb(tones[1]))
    return layer.reduce(_K)


def _resized(layer: Image.Image, scale: float) -> Image.Image:
    if scale == 1:
        return layer
    return layer.resize((round(layer.width * scale), round(layer.height * scale)), Image.Resampling.LANCZOS)


def stand_vase(image: Image.Image, x: int, floor: int, seed: int, scale: float = 1.0) -> None:
    """A vase with branches, its middle at x and its foot on `floor`. About 300 wide and 460 high at scale 1."""
    clay, twigs = _resized(_vase("#E9DFCD"), scale), _resized(_branches(seed % 5), scale)
    cast_shadow(
        image,
        (x - 30 * scale, floor - 7 * scale, x + 66 * scale, floor + 7 * scale),
        8 * scale,
        (10 * scale, -3),
        0.5,
        ellipse=True,
    )
    top = floor - clay.height + round(4 * scale)
    corner = (x - twigs.width // 2, top + round(10 * scale) - twigs.height)
    cast = twigs.getchannel("A").filter(ImageFilter.GaussianBlur(5 * scale))
    image.paste((60, 46, 30), (corner[0] + 20, corner[1] + 16), cast.point([round(v * 0.28) for v in range(256)]))
    image.paste(clay, (x - clay.width // 2, top), clay)
    image.paste(twigs, corner, twigs)


def stack_books(image: Image.Image, x: int, floor: int, colours: Sequence[str], scale: float = 1.0) -> None:
    """Three books lying flat in brand colours, with a small bowl on top. About 230 wide and 170 high at scale 1."""
    tones = by_luminance(colours)
    spines = (tones[-1], tones[len(tones) // 2], mix(tones[0], "#E9DFCD", 0.5))
    cast_shadow(image, (x - 110 * scale, floor - 8, x + 125 * scale, floor + 6), 9 * scale, (10, -2), 0.5)
    pen = ImageDraw.Draw(image)
    level = float(floor)
    for index, spine in enumerate(spines):
        half, thick = (112 - 13 * index) * scale, (34 - 5 * index) * scale
        left, right = x - half + 7 * scale * index, x + half
        pen.rounded_rectangle([left, level - thick, right, level - 1], 3, fill=rgb(spine))
        pen.rectangle([left + 3, level - thick, right - 3, level - thick + 2], fill=shade(spine, 1.16))
        pen.rectangle([left + 2, level - 4, right - 2, level - 1], fill=shade(spine, 0.72))
        band = left + (right - left) * 0.14
        for offset in (0, 10 * scale):
            pen.rectangle([band + offset, level - thick + 3, band + offset + 2, level - 4], fill=shade(spine, 0.82))
        level -= thick
    bowl = _resized(_bowl(), scale)
    image.paste(bowl, (round(x + 12 * scale - bowl.width / 2), round(level - bowl.height + 1)), bowl)


@lru_cache(maxsize=1)
def _bowl() -> Image.Image:
    """A shallow stoneware bowl, 120 x 52 pixels."""
    width, height, k = 120, 52, 4
    mask = Image.new("L", (width * k, height * k), 0)
    pen = ImageDraw.Draw(mask)
    pen.pieslice([0, -height * k, width * k, (height - 5) * k], 0, 180, fill=255)
    pen.rectangle([42 * k, (height - 9) * k, 78 * k, height * k], fill=255)
    x = np.linspace(-1, 1, width)[None, :] * np.ones((height, 1))
    light = np.clip(1.02 - 0.30 * (x + 0.35) ** 2 - 0.2 * (x > 0) * x, 0, 1.1)
    light *= np.linspace(1.05, 0.82, height)[:, None]
    clay = Image.fromarray(np.clip(np.array(rgb("#DDD0BA")) * light[..., None], 0, 255).astype(np.uint8))
    clay.putalpha(mask.reduce(k))
    return clay
