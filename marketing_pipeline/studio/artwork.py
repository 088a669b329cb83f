"""Procedural artworks: the same style, size, seed and colours give the same picture."""

from collections.abc import Callable, Sequence

from PIL import Image

from marketing_pipeline.domain.creative import ArtworkStyle
from marketing_pipeline.studio.botanicals import botanical
from marketing_pipeline.studio.cut_papers import pebbles, tiles
from marketing_pipeline.studio.landscapes import dunes, horizon
from marketing_pipeline.studio.marbled_papers import marble
from marketing_pipeline.studio.noise import add_grain

Painter = Callable[[int, int, int, Sequence[str], float], Image.Image]

_PAINTERS: dict[ArtworkStyle, Painter] = {
    ArtworkStyle.DUNES: dunes,
    ArtworkStyle.TILES: tiles,
    ArtworkStyle.PEBBLES: pebbles,
    ArtworkStyle.MARBLE: marble,
    ArtworkStyle.BOTANICAL: botanical,
    ArtworkStyle.HORIZON: horizon,
}


def paint(
    style: ArtworkStyle, size: tuple[int, int], seed: int, colours: Sequence[str], calm: float = 0.0
) -> Image.Image:
    """Paint one artwork.

    size: width and height in pixels. colours: 4 to 8 brand colours in any order. calm: share of the height, from the
    top, that stays quiet where the style can give it (dunes, horizon, pebbles, botanical); tiles and marble cover all.
    """
    width, height = size
    return add_grain(_PAINTERS[style](width, height, seed, colours, calm), seed)
