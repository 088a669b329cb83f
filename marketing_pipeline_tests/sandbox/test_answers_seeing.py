"""How the sandbox's evaluator tells type from texture, and where its levels begin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.sandbox.answers.colour import contrast, luminance, name_of, rgb
from marketing_pipeline.sandbox.answers.looking import Look, SeenColour
from marketing_pipeline.sandbox.answers.seeing import Expected, Sight, brand_fit, composition, legibility
from marketing_pipeline.sandbox.answers.strokes import marks_of
from marketing_pipeline.sandbox.answers.text_lines import TextLine

LINE = TextLine(80, 200, 700, 260, letters=20, height=50, contrast=8, acuity=0.9, unrest=0.01)
CREAM = SeenColour("cream", share=0.7, strangeness=1, chroma=6, hue=80)
LOOK = Look(1, 1080, 1350, (LINE,), sharpness=0.9, blocks=1.1, spread=200, empty=0.5, colours=(CREAM,))
EXPECTED = Expected("Pictures for a quiet room", letters=21, most_lines=6)


def sight(*lines: TextLine, **changes: Any) -> Sight:
    return Sight(replace(LOOK, type_lines=lines or (LINE,), **changes), EXPECTED)


@pytest.mark.parametrize(
    ("height", "ratio", "level"),
    [
        (50, 2.3, Level.POOR),
        (50, 2.5, Level.ACCEPTABLE),
        (50, 3.2, Level.GOOD),
        (20, 2.5, Level.POOR),
        (20, 2.7, Level.ACCEPTABLE),
        (20, 3.9, Level.GOOD),
    ],
)
def test_small_type_needs_more_contrast_than_large_type(height: float, ratio: float, level: Level) -> None:
    assert legibility(sight(replace(LINE, height=height, contrast=ratio))).level is level


def test_letters_that_do_not_stand_out_are_missed() -> None:
    assert legibility(sight(replace(LINE, letters=9))).defect == "low_contrast"
    assert legibility(sight(replace(LINE, letters=14, unrest=0.2))).defect == "busy_ground"
    assert legibility(sight(replace(LINE, letters=14))).level is Level.GOOD


@pytest.mark.parametrize(
    ("left", "level", "defect"),
    [(1, Level.POOR, "cut_off"), (12, Level.ACCEPTABLE, "tight_margin"), (40, Level.GOOD, "")],
)
def test_type_keeps_its_distance_from_the_border(left: int, level: Level, defect: str) -> None:
    found = composition(sight(replace(LINE, left=left)))
    assert (found.level, found.defect) == (level, defect)


def test_more_pieces_of_type_than_briefed_are_clutter() -> None:
    assert composition(sight(*[LINE] * 7)).defect == "clutter"


@pytest.mark.parametrize(
    ("share", "chroma", "level"), [(0.2, 70, Level.POOR), (0.03, 70, Level.ACCEPTABLE), (0.2, 10, Level.GOOD)]
)
def test_a_foreign_colour_counts_by_its_area_and_strength(share: float, chroma: float, level: Level) -> None:
    pink = SeenColour("hot pink", share=share, strangeness=35, chroma=chroma, hue=340)
    assert brand_fit(sight(colours=(CREAM, pink)), "paper").level is level


def test_colours_have_plain_names_and_contrast_is_that_of_wcag() -> None:
    assert [name_of(rgb(code)) for code in ("#F5F0E6", "#1F3B34", "#FF3DA5", "#000000")] == [
        "cream", "forest green", "hot pink", "black",
    ]  # fmt: skip
    assert contrast(luminance("#FFFFFF"), luminance("#000000")) == pytest.approx(21)
    assert contrast(luminance("#777777"), luminance("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


def grown(mask: np.ndarray[Any, np.dtype[np.bool_]], row: int, column: int) -> set[tuple[int, int]]:
    """All pixels that hang together with one, the plain way."""
    seen, open_ends = {(row, column)}, [(row, column)]
    while open_ends:
        y, x = open_ends.pop()
        for near in ((y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
            inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
            if inside and mask[near] and near not in seen:
                seen.add(near)
                open_ends.append(near)
    return seen


def test_marks_are_the_connected_groups_of_a_mask() -> None:
    dice = np.random.default_rng(0)
    for _ in range(60):
        mask = dice.random((int(dice.integers(1, 12)), int(dice.integers(1, 12)))) < 0.4
        groups = {frozenset(grown(mask, int(row), int(column))) for row, column in np.argwhere(mask)}
        wanted = sorted(
            (min(x for _, x in group), min(y for y, _ in group), max(x for _, x in group) + 1, len(group))
            for group in groups
        )
        marks = marks_of(mask)
        found = zip(marks.left.tolist(), marks.top.tolist(), marks.right.tolist(), marks.area.tolist(), strict=True)
        assert sorted(found) == wanted
