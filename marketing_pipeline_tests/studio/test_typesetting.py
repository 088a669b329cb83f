"""Typesetting: even lines, nothing lost, and the size that fits."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.look import Fonts
from marketing_pipeline.studio.faces import VENDORED, code_points, faces_of, missing_glyphs, sized_font
from marketing_pipeline.studio.typesetting import TextOverflow, TypeStyle, balanced_lines, fit, line_mask

FACES = faces_of(Fonts(), Path("/nowhere"))
STYLE = TypeStyle("display", 90, 40, leading=1.06, tracking=-0.018)
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=14)


@given(WORDS, st.integers(60, 400))
def test_lines_keep_every_word_in_order_within_the_limit(words: list[str], limit: int) -> None:
    widths = [10.0 * len(word) for word in words]
    lines = balanced_lines(words, widths, 5, limit)
    if lines is None:
        assert max(widths) > limit
        return
    assert " ".join(lines).split() == words
    for line in lines:
        parts = line.split()
        assert 10 * sum(map(len, parts)) + 5 * (len(parts) - 1) <= limit


def test_lines_are_even_and_no_word_is_left_alone() -> None:
    words = ["one", "two", "three", "four", "five", "six"]
    lines = balanced_lines(words, [10.0 * len(word) for word in words], 5, 235)
    assert lines == ("one two three", "four five six")


def test_a_lone_last_word_costs_more_than_uneven_lines() -> None:
    words = ["four", "four", "sixsix", "sixsix", "eighteen", "eighteen"]
    lines = balanced_lines(words, [10.0 * len(word) for word in words], 5, 208)
    assert lines == ("four four", "sixsix sixsix", "eighteen eighteen")


@given(st.integers(200, 1000), st.integers(80, 600), st.floats(0.6, 1.4))
def test_what_fits_stays_inside_its_place(width: int, height: int, scale: float) -> None:
    try:
        setting = fit("Good bread needs time, not secrets.", STYLE, FACES, width, height, scale)
    except TextOverflow:
        return
    assert setting.width <= width and setting.height <= height
    assert min(40, round(90 * scale)) <= setting.size <= round(90 * scale)
    for line in setting.lines:
        mask, left, _, advance = line_mask(line, setting)
        box = mask.getbbox()
        assert box is not None and left + box[2] <= advance + setting.size * 0.2


def test_what_does_not_fit_is_refused_with_its_text() -> None:
    with pytest.raises(TextOverflow, match="Good bread needs time"):
        fit("Good bread needs time", STYLE, FACES, 200, 60)


def test_more_room_never_means_smaller_type() -> None:
    sizes = [fit("Good bread needs time", STYLE, FACES, width, 300).size for width in (300, 450, 600, 900)]
    assert sizes == sorted(sizes)


def test_capitals_are_set_as_capitals() -> None:
    style = TypeStyle("text", 28, 22, capitals=True)
    assert fit("harvest  week", style, FACES, 600, 100).lines == ("HARVEST WEEK",)


def test_one_font_object_for_each_size_and_weight() -> None:
    file = FACES.text.file
    assert sized_font(file, 30, 400) is sized_font(file, 30, 400)
    light, heavy = sized_font(file, 30, 300), sized_font(file, 30, 800)
    assert light.getlength("Bread") < heavy.getlength("Bread")


def test_the_optical_size_follows_the_size() -> None:
    """Without it a headline is set in the text cut, whose hairlines are coarse and whose letters are wide."""
    file = FACES.display.file
    small, large = sized_font(file, 12, 400), sized_font(file, 120, 400)
    assert large.getlength("Bread") / 120 < small.getlength("Bread") / 12 * 0.97


@pytest.mark.parametrize("file", sorted(VENDORED.glob("*.ttf")), ids=lambda file: file.stem)
def test_each_vendored_face_covers_prices_and_carries_its_licence(file: Path) -> None:
    assert not missing_glyphs(file, "Crème brûlée £48.50 €12 $9 50 × 70 cm – “quote” & 20 %")
    assert 0x41 in code_points(file)
    assert "SIL Open Font License" in file.with_name(f"{file.stem}.OFL.txt").read_text()


def test_missing_glyphs_are_named_once() -> None:
    assert missing_glyphs(FACES.text.file, "a パ b パ \N{BREAD}") == "パ\N{BREAD}"
