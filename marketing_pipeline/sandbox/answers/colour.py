"""Colours as a looker knows them: luminance, contrast, distance and a plain name."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])
_NAMES = {
    "black": "#0B0B0B", "charcoal": "#2B2A29", "grey": "#808080", "pale grey": "#C9C9C7", "white": "#FFFFFF",
    "cream": "#F5F0E6", "sand": "#DCCBAE", "beige": "#D8CDB8", "stone": "#A59C8C", "brown": "#6B4A2F",
    "walnut": "#4A3527", "terracotta": "#B9472A", "rust": "#8E3B1F", "red": "#D0242B", "pink": "#F08FB0",
    "hot pink": "#FF3DA5", "blush": "#E8B9A0", "orange": "#E8862E", "mustard": "#D9A441", "yellow": "#F6E04A",
    "lime green": "#7CFF00", "olive": "#7C7A3A", "sage": "#A9B79A", "green": "#2E8B4A", "forest green": "#1F3B34",
    "teal": "#2F5D62", "turquoise": "#2CC4BE",
    "ice blue": "#BFE3F0", "sky blue": "#00C8FF", "dusty blue": "#A9BFC4", "blue": "#2456C8", "navy": "#1B2A4A",
    "slate": "#54616B", "violet": "#5A2BE2", "purple": "#6F2C7F", "lavender": "#C3B4E0", "plum": "#4B2540",
}  # fmt: skip


def rgb(colour: str) -> NDArray[np.uint8]:
    """'#RRGGBB' as three numbers."""
    return np.frombuffer(bytes.fromhex(colour.removeprefix("#")), np.uint8)


def linear(pixels: NDArray[np.generic]) -> Floats:
    """sRGB 0..255 to linear light 0..1. IEC 61966-2-1."""
    values = np.asarray(pixels, np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminances(pixels: NDArray[np.generic]) -> Floats:
    """WCAG relative luminance of sRGB colours in the last axis."""
    return linear(pixels) @ np.array([0.2126, 0.7152, 0.0722])


def luminance(colour: str) -> float:
    """WCAG relative luminance of one colour, 0 to 1."""
    return float(luminances(rgb(colour)))


def contrast(first: float, second: float) -> float:
    """WCAG 2 contrast ratio of two luminances, 1 to 21."""
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def lab(pixels: NDArray[np.generic]) -> Floats:
    """sRGB 0..255, shape (n, 3), to CIE Lab under D65."""
    xyz = linear(pixels) @ _TO_XYZ.T / _D65
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = cube[:, 0], cube[:, 1], cube[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def distances(first: Floats, second: Floats) -> Floats:
    """How different colours look: CIE94 (graphic arts) of each Lab colour in `first` to each in `second`.

    CIE 116-1995; it stays close to CIEDE2000 outside saturated blue and is a tenth of the arithmetic.
    """
    delta = first[:, None, :] - second[None, :, :]
    chroma_1 = np.hypot(first[:, None, 1], first[:, None, 2])
    chroma_2 = np.hypot(second[None, :, 1], second[None, :, 2])
    light, chroma = delta[..., 0], chroma_1 - chroma_2
    hue = np.maximum(delta[..., 1] ** 2 + delta[..., 2] ** 2 - chroma**2, 0)
    mean = np.sqrt(chroma_1 * chroma_2)
    return np.sqrt(light**2 + (chroma / (1 + 0.045 * mean)) ** 2 + hue / (1 + 0.015 * mean) ** 2)


def name_of(pixel: Sequence[float] | NDArray[np.generic]) -> str:
    """The plain name that comes nearest."""
    named = lab(np.stack([rgb(code) for code in _NAMES.values()]))
    nearest = int(distances(lab(np.asarray([pixel])), named)[0].argmin())
    return list(_NAMES)[nearest]
