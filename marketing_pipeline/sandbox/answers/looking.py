"""What there is to see on one picture: type, sharpness, colours, empty areas. Measured from its pixels alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marketing_pipeline.domain.look import Palette
from marketing_pipeline.sandbox.answers.colour import distances, lab, name_of, rgb
from marketing_pipeline.sandbox.answers.text_lines import TextLine, text_lines

_THUMB = 108
_CELL = 20
_STILL = 2.5
"""Standard deviation of grey levels below which a cell of the picture shows nothing."""
_CLOSE = 14.0
_BLOCK = 8
_SURE_LETTERS = 6
_PATCH = 60
_PATCH_RANGES = (60, 30)
_LEAST_PATCHES = 8


@dataclass(frozen=True)
class SeenColour:
    """One of the colours that fill the picture. Strangeness is its distance to the brand's nearest."""

    name: str
    share: float
    strangeness: float
    chroma: float
    hue: float


@dataclass(frozen=True)
class Look:
    """One picture as it was seen. `type_lines` is writing, not texture that happens to look like it."""

    number: int
    width: int
    height: int
    type_lines: tuple[TextLine, ...]
    sharpness: float
    blocks: float
    spread: float
    empty: float
    colours: tuple[SeenColour, ...]


def look_at(picture: Image.Image, number: int, palettes: Sequence[Palette]) -> Look:
    """Look at one picture, number from 1."""
    pixels = np.asarray(picture)
    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    lines = text_lines(picture)
    sharpness = _sharpness(grey, lines)
    return Look(
        number=number,
        width=picture.width,
        height=picture.height,
        type_lines=tuple(line for line in lines if _is_writing(line, sharpness)),
        sharpness=sharpness,
        blocks=_blocks(grey),
        spread=float(np.percentile(grey, 99.97) - np.percentile(grey, 0.03)),
        empty=_empty(grey),
        colours=_colours(picture, palettes),
    )


def _sharpness(grey: NDArray[np.float32], lines: Sequence[TextLine]) -> float:
    """The sharpest writing, or the steepest steps of patches against their own range; near 1 is sharp."""
    written = [line.acuity for line in lines if line.contrast >= 1.15]
    rows, columns = grey.shape[0] // _PATCH, grey.shape[1] // _PATCH
    patches = grey[: rows * _PATCH, : columns * _PATCH].reshape(rows, _PATCH, columns, _PATCH).swapaxes(1, 2)
    steps = np.abs(np.diff(patches, axis=3)).max(axis=(2, 3))
    ranges = np.ptp(patches, axis=(2, 3))
    strong = ranges >= next((least for least in _PATCH_RANGES if (ranges >= least).sum() >= _LEAST_PATCHES), 8)
    shares = steps[strong] / ranges[strong]
    return max([float(np.percentile(shares, 95)) if len(shares) else 0.0, *written])


def _is_writing(line: TextLine, sharpness: float) -> bool:
    """Writing is as sharp as the picture gets; a few marks alone are believed only on one even ground."""
    if line.letters < _SURE_LETTERS:
        return line.acuity >= 0.85 * sharpness and line.unrest < 0.035
    return line.acuity >= 0.78 * sharpness and (line.unrest < 0.05 or line.letters >= 9)


def _blocks(grey: NDArray[np.float32]) -> float:
    """Steps on the JPEG grid against the others, the lesser of both directions; above 1 means that blocks show."""
    return min(_grid_steps(grey), _grid_steps(grey.T))


def _grid_steps(grey: NDArray[np.float32]) -> float:
    """The median over all rows keeps a few long edges that happen to lie on the grid from counting."""
    step = np.abs(np.diff(grey, axis=1))
    columns: NDArray[np.int64] = np.arange(int(step.shape[1]))
    on_grid = columns % _BLOCK == _BLOCK - 1
    on, off = step[:, on_grid].mean(axis=1), step[:, ~on_grid].mean(axis=1)
    return float(np.median((on + 0.05) / (off + 0.05)))


def _empty(grey: NDArray[np.float32]) -> float:
    """Share of the picture's cells in which nothing is to be seen."""
    rows, columns = grey.shape[0] // _CELL, grey.shape[1] // _CELL
    cells = grey[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    return float((cells.std(axis=(1, 3)) < _STILL).mean())


def _colours(picture: Image.Image, palettes: Sequence[Palette]) -> tuple[SeenColour, ...]:
    """The colours of the picture in groups, the largest first."""
    size = (_THUMB, max(1, round(picture.height * _THUMB / picture.width)))
    small = picture.resize(size, Image.Resampling.BOX).quantize(24, Image.Quantize.MEDIANCUT, kmeans=2)
    flat = small.getpalette() or []
    found = [(count, index) for count, index in small.getcolors() or [] if isinstance(index, int)]
    centres = np.array([flat[3 * index : 3 * index + 3] for _, index in found], np.uint8)
    shares = np.array([count for count, _ in found]) / (size[0] * size[1])
    seen = lab(centres)
    strangeness = distances(seen, _brand_colours(palettes)).min(axis=1) if palettes else np.zeros(len(seen))
    merged: list[SeenColour] = []
    left = list(np.argsort(-shares, kind="stable"))
    while left:
        first = left[0]
        near = [index for index in left if distances(seen[[first]], seen[[index]])[0, 0] < _CLOSE]
        left = [index for index in left if index not in near]
        merged.append(
            SeenColour(
                name=name_of(centres[first]),
                share=float(shares[near].sum()),
                strangeness=float(np.average(strangeness[near], weights=shares[near])),
                chroma=float(np.hypot(seen[first, 1], seen[first, 2])),
                hue=float(np.degrees(np.arctan2(seen[first, 2], seen[first, 1])) % 360),
            )
        )
    return tuple(sorted(merged, key=lambda colour: -colour.share))


def _brand_colours(palettes: Sequence[Palette]) -> NDArray[np.float64]:
    """The palettes' colours, and each mixed with the ground: what shade and light make of them."""
    codes = {
        code
        for palette in palettes
        for code in (
            palette.ground,
            palette.ink,
            palette.accent,
            palette.deep,
            palette.on_deep,
            palette.mute,
            *palette.artwork,
        )
    }
    own = np.stack([rgb(code) for code in sorted(codes)]).astype(np.float64)
    grounds = np.stack([rgb(palette.ground) for palette in palettes]).astype(np.float64)
    mixed = (own[:, None, :] + grounds[None, :, :]) / 2
    shaded = own * 0.8
    return lab(np.concatenate([own, mixed.reshape(-1, 3), shaded]))
