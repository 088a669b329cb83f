"""Colour measures against published values."""

import numpy as np
import pytest

from marketing_pipeline.domain.creative import TextTone
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.studio.colour import colour_distances, contrast_ratio, lab, mix, vividness
from marketing_pipeline.studio.surfaces import deep, other_surface, paper, surface_of
from marketing_pipeline_tests.studio.bakery import CRUST, RYE

# Sharma, Wu, Dalal 2005, table 1: pairs 1, 4, 7, 13, 17, 20, 24, 25 and 34.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0000),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_colour_distance_agrees_with_the_published_pairs(
    first: tuple[float, float, float], second: tuple[float, float, float], expected: float
) -> None:
    for one, two in ((first, second), (second, first)):
        value = float(colour_distances(np.array([one], float), np.array([two], float))[0, 0])
        assert value == pytest.approx(expected, abs=0.0002)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#767676", "#FFFFFF", 4.54),
        ("#B9472A", "#F5F0E6", 4.6),
        ("#123456", "#123456", 1),
    ],
)
def test_contrast_ratio(first: str, second: str, ratio: float) -> None:
    assert contrast_ratio(first, second) == pytest.approx(ratio, abs=0.05)
    assert contrast_ratio(first, second) == contrast_ratio(second, first)


def test_lab_of_known_colours() -> None:
    values = lab(np.array([[255, 255, 255], [255, 0, 0], [0, 0, 0]]))
    assert values == pytest.approx(np.array([[100, 0, 0], [53.24, 80.09, 67.2], [0, 0, 0]]), abs=0.05)


def test_mixing_and_vividness() -> None:
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert mix("#123456", "#FFFFFF", 0) == "#123456"
    assert vividness("#808080") < 1 < vividness("#FF0000")


@pytest.mark.parametrize("palette", [CRUST, RYE])
def test_every_ink_of_a_surface_is_readable_on_its_ground(palette: Palette) -> None:
    for surface in (paper(palette), deep(palette)):
        for ink in (surface.ink, surface.soft, surface.accent):
            assert contrast_ratio(ink, surface.ground) >= 4.5


def test_a_tone_picks_a_surface_and_leaves_the_other() -> None:
    assert surface_of(CRUST, TextTone.DARK) == paper(CRUST) == other_surface(CRUST, TextTone.LIGHT)
    assert surface_of(CRUST, TextTone.LIGHT) == deep(CRUST) == other_surface(CRUST, TextTone.DARK)


def test_an_accent_too_pale_for_its_ground_gives_way() -> None:
    pale = CRUST.model_copy(update={"accent": "#F0C48A", "mute": "#C9B79C"})
    assert paper(pale).accent == CRUST.deep
    assert paper(pale).soft == CRUST.ink
