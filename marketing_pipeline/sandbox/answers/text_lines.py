"""Lines of type in a picture, found by their shape: marks of like height on one baseline, unevenly spaced."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marketing_pipeline.sandbox.answers.colour import contrast, luminances
from marketing_pipeline.sandbox.answers.strokes import Ints, Marks, connected, dark_strokes, light_strokes, marks_of

_WORK_WIDTH = 540
_REACH = 15
"""Strokes up to this thickness are seen, at half size: 28 px on the picture, the stem of very large type."""
_FAINTEST = 9
_MOST_MARKS = 1500
_LEAST_LETTERS = 4
_SOLID = 0.85
_SLENDER = 4.0


@dataclass(frozen=True)
class TextLine:
    """One line of type, in pixels of the picture. Contrast is WCAG, the weakest fifth of its letters."""

    left: int
    top: int
    right: int
    bottom: int
    letters: int
    height: float
    contrast: float
    acuity: float
    unrest: float

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


def text_lines(picture: Image.Image) -> list[TextLine]:
    """Every line of type of at least four letters, light or dark, from the top."""
    scale = _WORK_WIDTH / picture.width
    size = (_WORK_WIDTH, max(1, round(picture.height * scale)))
    grey = np.asarray(picture.convert("L").resize(size, Image.Resampling.BOX))
    full = np.asarray(picture)
    found: list[TextLine] = []
    for light, strokes in ((True, light_strokes(grey, _REACH)), (False, dark_strokes(grey, _REACH))):
        marks = _letter_like(marks_of(strokes > _threshold(strokes)))
        for members in _lines(marks):
            line = _measured(full, marks.taken(members), 1 / scale, light)
            if line is not None:
                found.append(line)
    return sorted(_strongest(found), key=lambda line: line.top)


def _threshold(strokes: NDArray[np.uint8]) -> float:
    """Above the grain of the picture: four times the median stroke, at least what an eye can just see."""
    return max(_FAINTEST, 4 * float(np.median(strokes)))


def _letter_like(marks: Marks) -> Marks:
    """Marks of the size and fullness of letters."""
    height, width = marks.height, marks.width
    fullness = marks.area / np.maximum(1, height * width)
    kept = (height >= 5) & (height <= 110) & (width >= 2) & (width <= 130) & (width <= 4 * height) & (marks.area >= 8)
    kept &= (fullness > 0.12) | (height < 12)
    numbers = np.flatnonzero(kept)
    if len(numbers) > _MOST_MARKS:
        numbers = np.sort(numbers[np.argsort(-marks.area[numbers], kind="stable")[:_MOST_MARKS]])
    return marks.taken(numbers)


def _lines(marks: Marks) -> list[Ints]:
    """Groups of marks that stand side by side like letters, and look like type as a group."""
    if len(marks) < _LEAST_LETTERS:
        return []
    height = marks.height
    tall = np.maximum(height[:, None], height[None, :])
    low = np.minimum(height[:, None], height[None, :])
    overlap = np.minimum(marks.bottom[:, None], marks.bottom[None, :]) - np.maximum(
        marks.top[:, None], marks.top[None, :]
    )
    gap = marks.left[None, :] - marks.right[:, None]
    near = (gap > -0.4 * low) & (gap < 0.75 * tall) & (overlap > 0.55 * low) & (tall < 2.6 * low)
    near &= np.abs(marks.bottom[:, None] - marks.bottom[None, :]) < 0.45 * tall
    near &= marks.left[None, :] >= marks.left[:, None]
    np.fill_diagonal(near, False)
    first, second = np.nonzero(near)
    group = connected(len(marks), first, second)
    return [
        members for number in range(int(group.max()) + 1) if _is_type(marks, members := np.flatnonzero(group == number))
    ]


def _is_type(marks: Marks, members: Ints) -> bool:
    """Enough letters, one baseline, uneven steps, open shapes: a fence or a row of tiles is no writing."""
    if len(members) < _LEAST_LETTERS:
        return False
    order = members[np.argsort(marks.left[members], kind="stable")]
    height, width = marks.height[order].astype(float), marks.width[order].astype(float)
    middle = float(np.median(height))
    baseline = np.abs(marks.bottom[order] - np.median(marks.bottom[order]))
    span = float(marks.right[order].max() - marks.left[order].min())
    pitch = np.diff(marks.left[order]).astype(float)
    uneven = sum(float(sizes.std() / max(1.0, sizes.mean())) for sizes in (width, height, pitch))
    fullness = float(np.median(marks.area[order] / (width * height)))
    return bool(
        span > 2.2 * middle
        and float((baseline <= 0.18 * middle + 1).mean()) >= 0.6
        and uneven > 0.2
        and fullness < _SOLID
        and float(np.median(height / width)) < _SLENDER
        and float(np.median(width)) < 1.5 * middle
    )


def _measured(full: NDArray[np.uint8], marks: Marks, scale: float, light: bool) -> TextLine | None:
    """The line in full resolution: colour of its ink, of the ground beside each letter, and how sharp it is."""
    left, right = int(marks.left.min() * scale), int(marks.right.max() * scale)
    top, bottom = int(marks.top.min() * scale), int(marks.bottom.max() * scale)
    crop = full[top:bottom, left:right]
    if crop.shape[0] < 6 or crop.shape[1] < 12:
        return None
    ratios, grounds = _letter_contrasts(full, marks, scale, light)
    return TextLine(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        letters=len(marks),
        height=float(np.median(marks.height) * scale),
        contrast=float(np.percentile(ratios, 20)),
        acuity=_acuity(crop),
        unrest=float(np.std(grounds)),
    )


def _letter_contrasts(
    full: NDArray[np.uint8], marks: Marks, scale: float, light: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each letter the contrast of its ink with the ground about it, and that ground's luminance."""
    ratios: list[float] = []
    grounds: list[float] = []
    pad = 3
    for left, top, right, bottom in zip(marks.left, marks.top, marks.right, marks.bottom, strict=True):
        y, x = max(0, int(top * scale) - pad), max(0, int(left * scale) - pad)
        bright = np.sort(luminances(full[y : int(bottom * scale) + pad, x : int(right * scale) + pad]), axis=None)
        edge = max(1, len(bright) // 25)
        ink = float(bright[-edge:].mean() if light else bright[:edge].mean())
        ground = float(np.median(bright[: len(bright) // 2] if light else bright[len(bright) // 2 :]))
        ratios.append(contrast(ink, ground))
        grounds.append(ground)
    return np.array(ratios), np.array(grounds)


def _acuity(crop: NDArray[np.uint8]) -> float:
    """Steepest step between neighbours as a share of the range in the line: near 1 is sharp, blur lowers it."""
    grey = crop.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    spread = float(np.percentile(grey, 99.5) - np.percentile(grey, 0.5))
    return float(np.percentile(np.abs(np.diff(grey, axis=1)), 99.5)) / spread if spread >= 12 else 0.0


def _strongest(lines: list[TextLine]) -> list[TextLine]:
    """Of two findings in the same place (the letters, and the gaps between them) the one with more letters."""
    kept: list[TextLine] = []
    for line in sorted(lines, key=lambda item: (-item.letters * item.contrast, item.top)):
        if all(_shared(line, other) < 0.35 * min(line.area, other.area) for other in kept):
            kept.append(line)
    return kept


def _shared(first: TextLine, second: TextLine) -> int:
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    return max(0, width) * max(0, height)
