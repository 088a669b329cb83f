"""Phrases of a brand put into sentences: each form of topic in the places that fit it."""

import pytest

from marketing_pipeline.sandbox.answers.phrases import filled
from marketing_pipeline.sandbox.answers.prompt import Problem
from marketing_pipeline.sandbox.answers.wishes import wishes_of
from marketing_pipeline.sandbox.answers.wording import (
    Form,
    Subject,
    inside,
    joined,
    proper_names,
    rotated,
    sentence,
    shortened,
    turn_of,
    unpriced,
)


@pytest.mark.parametrize(
    ("topic", "form", "about", "how_to"),
    [
        ("Paper weights explained", Form.NOUN, "paper weights explained", None),
        ("Hanging height for people who sit down", Form.NOUN, "hanging height for people who sit down", None),
        ("Measuring a wall", Form.GERUND, "measuring a wall", "How to measure a wall"),
        ("Patching a tube", Form.GERUND, "patching a tube", "How to go about patching a tube"),
        ("How to hang a frame", Form.CLAUSE, "how to hang a frame", "How to hang a frame"),
        ("Choose a frame", Form.CLAUSE, "how to choose a frame", "How to choose a frame"),
        ("Why the crust is dark", Form.CLAUSE, "why the crust is dark", "How to find out why the crust is dark"),
        ("Two nails: or one", Form.QUOTED, "“Two nails: or one”", None),
        ("Matt or gloss?", Form.QUOTED, "“Matt or gloss”", None),
    ],
)
def test_a_topic_is_recognised_by_its_form(topic: str, form: Form, about: str, how_to: str | None) -> None:
    subject = Subject(topic)
    assert (subject.form, subject.about, subject.how_to()) == (form, about, how_to)


def test_one_thing_and_a_matter_in_general_are_told_apart() -> None:
    assert (Subject("The Tuesday market").scene, Subject("The Tuesday market").noun_phrase) == (
        "the Tuesday market",
        "",
    )
    assert (Subject("Old wheat").scene, Subject("Old wheat").noun_phrase) == ("", "old wheat")


def test_names_keep_their_capital_inside_a_sentence() -> None:
    names = proper_names(["Cut by Mara in one line. Paper from Leeds."])
    assert names == {"Mara", "Leeds"}
    assert inside("Mara cuts dunes.", names) == "Mara cuts dunes"
    assert inside("Paper that lasts.", names) == "paper that lasts"
    assert inside("UV-safe glass") == "UV-safe glass"


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("A present for a new home under £60", "A present for a new home"),
        ("From £1,200.50 upwards", "upwards"),
        ("A finished look for under £150", "A finished look"),
        ("Nothing to take out", "Nothing to take out"),
    ],
)
def test_prices_are_taken_out_of_free_phrases(text: str, without: str) -> None:
    assert unpriced(text) == without


def test_sentences_and_lists_end_as_they_should() -> None:
    assert [sentence(text) for text in ("a loaf", "Really?", "", "soft;")] == ["A loaf.", "Really?", "", "Soft."]
    assert [joined(list("abc")[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert shortened("One big picture or five small ones over a bed", 41) == "One big picture or five small ones"


def test_a_rotation_uses_every_option_before_one_comes_back() -> None:
    options = list(range(7))
    assert sorted(rotated(options, turn, "salt")[0] for turn in range(14)) == sorted(options * 2)
    assert sorted(rotated(options, 3, "salt")) == options
    assert rotated([], 3, "salt") == []


def test_neighbouring_posts_have_neighbouring_turns() -> None:
    turns = [turn_of(f"shop-{day}-{position:02d}") for day in ("2026-12-28", "2027-01-04") for position in (1, 2)]
    assert [turn - turns[0] for turn in turns] == [0, 1, 7, 8]


def test_a_sentence_with_an_empty_place_is_not_used() -> None:
    assert filled("{name} is {price}.", {"name": "Loaf", "price": "£4"}) == "Loaf is £4."
    assert filled("{name} is {price}.", {"name": "Loaf", "price": ""}) is None
    assert filled("{name} is {price}.", {"name": "Loaf"}) is None


def test_words_that_a_repair_turn_quotes_are_unwanted_and_banned_words_always_are() -> None:
    problem = Problem(where="variations[1].caption", problem="'Hurry' is on the brand's list of banned words")
    assert wishes_of("", [problem], ["Cheap"]).avoid == {"hurry", "cheap"}
    assert wishes_of("", [Problem(where="hashtags", problem="9 hashtags; at most 5")], ()).fewer_tags


@pytest.mark.parametrize(
    ("note", "include", "avoid"),
    [
        ("Add 'by hand'.", ("by hand",), set[str]()),
        ("Please don't write 'by hand'.", (), {"by hand"}),
        ("Without “by hand”, but with “in Leeds”.", ("in Leeds",), {"by hand"}),
        ("It's fine, don't worry.", (), set[str]()),
    ],
)
def test_quoted_words_of_a_note_are_wanted_or_unwanted(note: str, include: tuple[str, ...], avoid: set[str]) -> None:
    wishes = wishes_of(note, (), ())
    assert (wishes.include, wishes.avoid) == (include, avoid)
