"""Two wordings side by side."""

from marketing_pipeline.console.differences import marked

BEFORE = "Good leaf takes its time,\n\nand so does good water. See you at the counter."


def test_what_is_new_is_marked_and_nothing_is_lost() -> None:
    after = BEFORE.replace("good water", "cold <water>")
    runs = marked(after, BEFORE)
    assert "".join(text for text, _ in runs) == after
    assert "".join(text for text, new in runs if new) == "cold <water>."


def test_texts_that_are_simply_different_or_the_same_carry_no_marks() -> None:
    assert marked("Three things to know about pots", BEFORE) == (("Three things to know about pots", False),)
    assert marked(BEFORE, BEFORE) == ((BEFORE, False),)
    assert marked("", BEFORE) == (("", False),)
