"""Colours: hex strings, mixing, WCAG contrast and CIEDE2000 distance."""

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]
Floats = NDArray[np.float64]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def rgb(colour: str) -> RGB:
    """'#RRGGBB' as three integers 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """`first` with `share` (0 to 1) of `second` in it, channel by channel."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def shade(colour: str, factor: float) -> RGB:
    """The colour with every channel multiplied by `factor` and cut at 255."""
    red, green, blue = (min(255, round(channel * factor)) for channel in rgb(colour))
    return red, green, blue


def _linear_levels() -> Floats:
    """Linear light of each 8-bit level. IEC 61966-2-1."""
    values = np.arange(256) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


_LINEAR = _linear_levels()


def linear(pixels: NDArray[np.integer]) -> Floats:
    """Whole sRGB levels 0..255 to linear light 0..1, any shape."""
    return _LINEAR[pixels]


def luminances(pixels: NDArray[np.integer]) -> Floats:
    """WCAG relative luminance, 0 to 1, of sRGB 0..255 in the last axis."""
    return linear(pixels) @ np.array([0.2126, 0.7152, 0.0722])


def luminance(colour: str) -> float:
    """WCAG relative luminance of one colour, 0 to 1."""
    return float(luminances(np.array(rgb(colour))))


def contrast_ratio(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def by_luminance(colours: Iterable[str]) -> list[str]:
    """Lightest first."""
    return sorted(colours, key=luminance, reverse=True)


def vividness(colour: str) -> float:
    """Chroma in CIE Lab: 0 for a grey, above 60 for a strong colour."""
    _, a, b = lab(np.array([rgb(colour)]))[0]
    return float(np.hypot(a, b))


def first_readable(candidates: Sequence[str], ground: str, fallback: str, ratio: float = 4.5) -> str:
    """The first candidate that reaches the contrast ratio on `ground`, else `fallback`."""
    return next((colour for colour in candidates if contrast_ratio(colour, ground) >= ratio), fallback)


def lab(pixels: NDArray[np.integer]) -> Floats:
    """sRGB 0..255, shape (n, 3), to CIE Lab under D65."""
    xyz = linear(pixels) @ _TO_XYZ.T / _D65
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = cube[:, 0], cube[:, 1], cube[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def colour_distances(first: Floats, second: Floats) -> Floats:
    """CIEDE2000 of every Lab colour in `first` (n, 3) to every one in `second` (m, 3): shape (n, m).

    Sharma, Wu, Dalal: The CIEDE2000 colour-difference formula, 2005.
    """
    l1, a1, b1 = np.moveaxis(first[:, None, :], -1, 0)
    l2, a2, b2 = np.moveaxis(second[None, :, :], -1, 0)
    seventh = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(seventh / (seventh + 25.0**7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360, np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    d_l, d_c, d_h = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    l_mean, c_mean = (l1 + l2) / 2, (c1 + c2) / 2
    h_mean = cast("Floats", np.where(grey, h1 + h2, np.mod(h1 + turn / 2, 360)))
    t = (
        1
        - 0.17 * np.cos(np.radians(h_mean - 30))
        + 0.24 * np.cos(np.radians(2 * h_mean))
        + 0.32 * np.cos(np.radians(3 * h_mean + 6))
        - 0.20 * np.cos(np.radians(4 * h_mean - 63))
    )
    s_l = 1 + 0.015 * (l_mean - 50) ** 2 / np.sqrt(20 + (l_mean - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t
    swing = 30 * np.exp(-(((h_mean - 275) / 25) ** 2))
    rotate = -2 * np.sqrt(c_mean**7 / (c_mean**7 + 25.0**7)) * np.sin(np.radians(2 * swing))
    x, y, z = d_l / s_l, d_c / s_c, d_h / s_h
    return np.sqrt(np.maximum(x * x + y * y + z * z + rotate * y * z, 0))
