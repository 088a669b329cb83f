"""Artworks: sized as asked, the same for a seed, in the brand's colours, quiet where text will stand."""

import numpy as np
import pytest
from PIL import Image, ImageChops

from marketing_pipeline.domain.creative import ArtworkStyle
from marketing_pipeline.studio.artwork import paint
from marketing_pipeline.studio.colour import colour_distances, lab, rgb
from marketing_pipeline_tests.studio.bakery import CRUST, RYE

STYLES = list(ArtworkStyle)
QUIET = [ArtworkStyle.DUNES, ArtworkStyle.HORIZON, ArtworkStyle.PEBBLES, ArtworkStyle.BOTANICAL]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(300, 380), (700, 300), (180, 520), (2160, 300)])
def test_artwork_has_the_size_asked_for(style: ArtworkStyle, size: tuple[int, int]) -> None:
    image = paint(style, size, 5, CRUST.artwork)
    assert (image.mode, image.size) == ("RGB", size)


@pytest.mark.parametrize("style", STYLES)
def test_a_seed_names_one_picture(style: ArtworkStyle) -> None:
    first, again, other = (paint(style, (300, 380), seed, CRUST.artwork) for seed in (4, 4, 5))
    assert ImageChops.difference(first, again).getbbox() is None
    assert ImageChops.difference(first, other).getbbox() is not None


@pytest.mark.parametrize("colours", [CRUST.artwork, RYE.artwork, CRUST.artwork[:4], ("#808080",) * 4])
@pytest.mark.parametrize("style", STYLES)
def test_artwork_stays_in_the_brands_colours(style: ArtworkStyle, colours: tuple[str, ...]) -> None:
    image = paint(style, (240, 300), 2, colours).reduce(4)
    pixels = lab(np.asarray(image).reshape(-1, 3))
    brand = lab(np.array([rgb(colour) for colour in colours]))
    distances = colour_distances(pixels, brand).min(axis=1)
    assert float(np.median(distances)) < 9


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("calm", [0.4, 0.75])
@pytest.mark.parametrize("style", QUIET)
def test_the_quiet_part_is_quiet(style: ArtworkStyle, calm: float, seed: int) -> None:
    image = paint(style, (540, 675), seed, CRUST.artwork, calm).convert("L")
    top = np.asarray(image.crop((0, 0, 540, round(675 * calm) - 6)).resize((54, 40), Image.Resampling.BOX), np.float64)
    assert top.max() - top.min() < 60
    below = np.asarray(image.crop((0, round(675 * calm), 540, 675)), np.float64)
    assert below.max() - below.min() > 60
