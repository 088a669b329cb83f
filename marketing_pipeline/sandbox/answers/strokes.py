"""Thin strokes of a picture, put together to marks: what could be a letter, found without knowing where it stands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Marks:
    """Connected groups of stroke pixels, one row each; right and bottom are exclusive."""

    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    area: Ints

    @property
    def width(self) -> Ints:
        """Widths in pixels."""
        return self.right - self.left

    @property
    def height(self) -> Ints:
        """Heights in pixels."""
        return self.bottom - self.top

    def __len__(self) -> int:
        return len(self.left)

    def taken(self, chosen: Mask | Ints) -> "Marks":
        """Some of them."""
        return Marks(self.left[chosen], self.top[chosen], self.right[chosen], self.bottom[chosen], self.area[chosen])


def light_strokes(grey: Grey, reach: int) -> Grey:
    """How much lighter each pixel is than what lies around it, where that lightness is thinner than `reach`."""
    return grey - np.minimum(grey, _largest(_smallest(grey, reach), reach))


def dark_strokes(grey: Grey, reach: int) -> Grey:
    """The same for dark strokes."""
    return light_strokes(255 - grey, reach)


def _largest(grey: Grey, reach: int) -> Grey:
    return 255 - _smallest(255 - grey, reach)


def _smallest(grey: Grey, reach: int) -> Grey:
    """The smallest value in a window of `reach` pixels (odd), by doubling steps, along both axes."""
    half = reach // 2
    padded = np.pad(grey, half, mode="edge")
    for axis in (0, 1):
        have = 1
        while have < reach:
            step = min(have, reach - have)
            front = padded[:-step] if axis == 0 else padded[:, :-step]
            back = padded[step:] if axis == 0 else padded[:, step:]
            padded = np.minimum(front, back)
            have += step
    return padded


def marks_of(mask: Mask) -> Marks:
    """Connected groups of a mask (eight neighbours), by joining runs of neighbouring rows."""
    height, width = mask.shape
    span = width + 2
    flat = np.zeros((height, span), np.int8)
    flat[:, 1:-1] = mask
    steps = np.diff(flat.ravel(), prepend=0)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not len(starts):
        none = np.zeros(0, np.int64)
        return Marks(none, none, none, none, none)
    group = _joined_runs(starts, ends, span)
    count = int(group.max()) + 1
    rows = starts // span
    left, top = np.full(count, width), np.full(count, height)
    right, bottom, area = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.minimum.at(left, group, starts % span - 1)
    np.maximum.at(right, group, ends % span - 1)
    np.minimum.at(top, group, rows)
    np.maximum.at(bottom, group, rows + 1)
    np.add.at(area, group, ends - starts)
    return Marks(left, top, right, bottom, area)


def _joined_runs(starts: Ints, ends: Ints, span: int) -> Ints:
    """A group number for each run: runs that touch in the next row, also at a corner, are of one group."""
    low = np.searchsorted(ends, starts + span - 1, side="right")
    high = np.searchsorted(starts, ends + span, side="right")
    counts = np.maximum(0, high - low)
    upper = np.repeat(np.arange(len(starts)), counts)
    lower: Ints = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    return connected(len(starts), upper, lower)


def connected(count: int, first: Ints, second: Ints) -> Ints:
    """Numbers from 0 for the groups that the pairs (first, second) join `count` things into."""
    label = np.arange(count)
    while True:
        least = np.minimum(label[first], label[second])
        new = label.copy()
        np.minimum.at(new, label[first], least)
        np.minimum.at(new, label[second], least)
        new = new[new]
        if (new == label).all():
            return np.unique(label, return_inverse=True)[1]
        label = new
