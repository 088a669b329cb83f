"""No two posts of a brand say the same, whatever is done to case and spacing."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.said_captions import SaidCaptions

FIRST, SECOND = PostId("tea_room-2026-11-16-01"), PostId("tea_room-2026-11-16-02")
CAPTION = "How long should Assam steep?\n\nFour minutes."
SPACES = st.text(" \t\n\u00a0\u2003", max_size=3)
CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title, str.swapcase, str.casefold)


def rules(caption: str, said: SaidCaptions, post: PostId = SECOND) -> list[str]:
    return [broken.rule for broken in said.taken(caption, post)]


def test_a_caption_of_another_post_is_refused_and_the_post_is_named() -> None:
    [broken] = SaidCaptions([(FIRST, CAPTION)]).taken(CAPTION, SECOND)
    assert (broken.rule, broken.where) == ("new_caption", "caption")
    assert broken.problem == f"it is word for word that of the post {FIRST}; write another"


def test_a_post_may_keep_its_own_caption() -> None:
    assert rules(CAPTION, SaidCaptions([(FIRST, CAPTION)]), FIRST) == []


@pytest.mark.parametrize("other", [f"{CAPTION} Or five.", "How long should Assam steep? Four minutes!"])
def test_other_words_are_not_refused(other: str) -> None:
    assert rules(other, SaidCaptions([(FIRST, CAPTION)])) == []


def test_of_posts_that_are_written_at_once_the_first_has_the_caption() -> None:
    said = SaidCaptions()
    assert rules(CAPTION, said, FIRST) == []
    assert rules(CAPTION, said) == ["new_caption"]
    assert rules(CAPTION, said, FIRST) == []


@given(letters=st.lists(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), data=st.data())
@example(letters=list("ıſ ß İ ŉ ǆ ﬁ Å"), data=None)
def test_neither_case_nor_spacing_makes_it_another(letters: list[str], data: st.DataObject | None) -> None:
    caption = "".join(letters)
    said = SaidCaptions([(FIRST, caption)])
    for case in CASES:
        assert rules(case(caption), said) == ["new_caption"], case
    if data is not None:
        spaced = "".join(letter + data.draw(SPACES) for letter in letters)
        assert rules(spaced, said) == ["new_caption"]
