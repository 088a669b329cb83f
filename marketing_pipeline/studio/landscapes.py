"""Landscapes: layered dunes under a sun, and a sea with a low horizon."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from marketing_pipeline.studio.colour import by_luminance, contrast_ratio, mix, rgb, vividness
from marketing_pipeline.studio.noise import Field, as_mask, clouds, enlarged


def _sun_and_tones(colours: Sequence[str]) -> tuple[str, list[str]]:
    """The most vivid colour that is neither lightest nor darkest, and the others from light to dark."""
    tones = by_luminance(colours)
    sun = max(tones[1:-1], key=vividness)
    rest = [tone for tone in tones if tone != sun]
    return sun, rest if len(rest) >= 3 else tones


def _gradient(width: int, height: int, stops: Sequence[str]) -> Image.Image:
    """A vertical gradient through equally spaced stops."""
    channels = np.array([rgb(stop) for stop in stops], np.float32)
    places = np.linspace(0, 1, len(stops))
    rows = np.linspace(0, 1, height)
    column = np.stack([np.interp(rows, places, channels[:, channel]) for channel in range(3)], axis=1)
    return Image.fromarray(column.round().astype(np.uint8)[:, None, :]).resize((width, height))


def _disc(width: int, height: int, centre: tuple[float, float], radius: float) -> Image.Image:
    """A smooth-edged disc as a mask."""
    x = np.arange(width, dtype=np.float32)[None, :] - centre[0]
    y = np.arange(height, dtype=np.float32)[:, None] - centre[1]
    return as_mask((radius + 0.5 - np.sqrt(x * x + y * y)).astype(np.float32))


def _ridge(width: int, unit: float, swing: float, random: np.random.Generator) -> Field:
    """The crest line of one hill as an offset in pixels; `unit` is the length of one broad wave."""
    x = np.arange(width, dtype=np.float32) / unit
    phase, cycles = random.random() * 6.283, 0.7 + random.random()
    crest = np.sin(6.283 * cycles * x + phase) + 0.4 * np.sin(13.2 * cycles * x + phase * 1.7)
    return (swing * crest).astype(np.float32)


def _hill(image: Image.Image, ridge: Field, colour: str, foot: str, depth: float) -> None:
    """Fill everything below the ridge, its colour passing to `foot` over `depth` pixels."""
    top = max(0, int(ridge.min()) - 1)
    rows = np.arange(top, image.height, dtype=np.float32)[:, None]
    below = rows - ridge[None, :]
    body = Image.composite(
        Image.new("RGB", (image.width, image.height - top), rgb(foot)),
        Image.new("RGB", (image.width, image.height - top), rgb(colour)),
        as_mask(below / depth),
    )
    image.paste(body, (0, top), as_mask(below + 0.5))


def _hill_tones(tones: Sequence[str], sky: str) -> list[str]:
    """Four or five hill colours from far to near: the dark tones, with hazy steps where there are too few."""
    hills = [tone for tone in tones[1:] if contrast_ratio(tone, sky) > 1.15] or list(tones[-1:])
    while len(hills) < 4:
        hills.insert(0, mix(hills[0], sky, 0.5))
    return hills[-5:]


def dunes(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """Hills in haze, far ones lighter, under one large sun."""
    random = np.random.default_rng(seed)
    sun, tones = _sun_and_tones(colours)
    sky_low = mix(tones[0], sun, 0.28)
    unit = min(width, height * 0.8)
    first = max(0.47, min(calm + 0.22, 0.88))
    free = (first - calm) * height if calm else height
    image = _gradient(width, height, (tones[0], mix(tones[0], sky_low, 0.35), sky_low, sky_low))
    radius = min(unit * random.uniform(0.12, 0.24), free * 0.85)
    lowest = max(0.30, calm) * height + radius * (1.0 if calm > 0.1 else 0.25)
    centre = (width * random.uniform(0.24, 0.76), lowest + 0.07 * height * random.random())
    image.paste(rgb(sun), (0, 0), _disc(width, height, centre, radius))
    hills = _hill_tones(tones, sky_low)
    for index, tone in enumerate(hills):
        share = first + (max(0.93, first + 0.08) - first) * index / (len(hills) - 1)
        swing = min((0.04 + 0.03 * random.random()) * min(height, width * 1.3) * (1 - calm * 0.5), free * 0.3)
        ridge = share * height + _ridge(width, unit, swing, random)
        foot = mix(tone, hills[min(index + 1, len(hills) - 1)], 0.5)
        _hill(image, ridge, tone, foot, height * 0.3)
    return image


def _glitter(image: Image.Image, sun: str, centre: float, radius: float, sea: int, random: np.random.Generator) -> None:
    """The sun's path on the water: lens-shaped strokes that spread and thin out towards the viewer."""
    depth = image.height - sea
    rows = np.arange(depth, dtype=np.float32)[:, None]
    x = np.arange(image.width, dtype=np.float32)[None, :]
    total = np.zeros((depth, image.width), np.float32)
    place = radius * 0.10
    while place < depth * 0.82:
        half = radius * (0.95 - 0.55 * place / depth) * random.uniform(0.45, 1.1)
        thick = max(2.0, radius * (0.028 + 0.05 * place / depth))
        middle = centre + radius * 0.22 * random.normal() * (0.4 + place / depth)
        across = np.clip(1 - ((x - middle) / half) ** 2, 0, 1)
        total = np.maximum(total, np.clip(thick * across - np.abs(rows - place) + 0.5, 0, 1) * (across > 0))
        place += thick * random.uniform(2.2, 3.4)
    image.paste(rgb(sun), (0, sea), as_mask(total))


def horizon(width: int, height: int, seed: int, colours: Sequence[str], calm: float) -> Image.Image:
    """Sea and sky: soft bands, a sun half set, its path on the water, one headland."""
    random = np.random.default_rng(seed)
    sun, tones = _sun_and_tones(colours)
    glow = mix(tones[0], sun, 0.42)
    sea = round(height * max(random.uniform(0.48, 0.70), min(calm + 0.16, 0.88)))
    image = Image.new("RGB", (width, height))
    image.paste(_gradient(width, sea, (tones[0], tones[0], mix(tones[0], glow, 0.55), glow)), (0, 0))
    radius = min(width, height) * random.uniform(0.10, 0.25)
    centre = width * random.uniform(0.24, 0.76)
    radius = min(radius, (sea - calm * height) * 0.94) if calm else radius
    sunk = sea - radius * random.uniform(-0.1, 0.7) * (calm == 0)
    image.paste(rgb(sun), (0, 0), _disc(width, sea, (centre, sunk), radius))
    dark = tones[-1]
    mid = tones[len(tones) // 2] if len(tones) > 3 else mix(tones[0], dark, 0.55)
    water = _gradient(width, height - sea, (mix(mid, glow, 0.35), mid, mix(mid, dark, 0.7), dark))
    swell = enlarged(clouds(width // 8, max(8, (height - sea) // 2), seed, 3, 2), width, height - sea)
    water.paste(rgb(dark), (0, 0), as_mask((swell - 0.45) * 0.5))
    image.paste(water, (0, sea))
    _glitter(image, sun, centre, radius, sea, random)
    _headland(image, sea, mix(mid, dark, 0.45), random)
    return image


def _headland(image: Image.Image, sea: int, colour: str, random: np.random.Generator) -> None:
    """Low land that rises from the horizon towards one side."""
    side = 1 if random.random() < 0.5 else -1
    reach = np.clip(np.linspace(-1, 1, image.width, dtype=np.float32) * side - 0.15, 0, 1)
    bumps = 0.85 + 0.15 * np.sin(np.arange(image.width) / image.width * 19 + random.random() * 6)
    crest = sea - reach**1.4 * bumps * min(image.height, image.width) * 0.13
    rows = np.arange(sea, dtype=np.float32)[:, None]
    image.paste(rgb(colour), (0, 0), as_mask(np.where(reach > 0, rows - crest + 0.5, 0)))
