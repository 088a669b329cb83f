"""What one edit shows, and what it does not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.edit_lesson import lessons_of, merged, problem_in
from marketing_pipeline.domain.proposal import ExampleKind
from marketing_pipeline.domain.rule_check import LongestCaption, MostHashtags
from marketing_pipeline_tests.domain.brands import make_brand

BRAND = make_brand()
LONG = "Good leaf takes its time, and so does good water. " * 8
WORDS = st.sampled_from(
    [
        "good",
        "leaf",
        "cheap",
        "Cheap",
        "lovely",
        "water!",
        "time,",
        "affordable",
        "😀",
        "it’s",
        "nice",
        "assam",
        "£12.50",
        "tea",
        "link",
        "in",
        "bio.",
        "Why?",
        "look",
    ]
)
TEXT = st.lists(WORDS, max_size=14).map(" ".join)
TAGS = st.lists(st.sampled_from(["#tearoom", "#leaf", "#Leaf", "#cup", "#slow"]), max_size=6).map(" ".join)
FIELD = st.sampled_from(["caption", "alt_text", "hashtags", "creative", "post"])


def keys(before: str, after: str, field: str = "caption", kind: ExampleKind = ExampleKind.EDIT) -> list[str]:
    return [lesson.key for lesson in lessons_of(kind, field, before, after, "a note", BRAND)]


@pytest.mark.parametrize(
    ("field", "before", "after", "shown"),
    [
        ("caption", "A lovely cup for you.", "A cup for you.", ["removes_word:lovely"]),
        (
            "caption",
            "A lovely cup for you.",
            "A plain cup for you.",
            ["replaces_word:lovely->plain", "removes_word:lovely"],
        ),
        ("alt_text", "A lovely cup on a cloth.", "A cup on a cloth.", ["removes_word:lovely"]),
        (
            "caption",
            "Look no further, here is a warm cup of leaf for you.",
            "Here is a warm cup of leaf for you.",
            ["removes_phrase:look no further", "removes_word:look", "removes_word:further"],
        ),
        ("caption", "A warm cup 😀 for you.", "A warm cup for you.", ["removes_emoji"]),
        ("caption", "A warm cup for you!", "A warm cup for you.", ["removes_exclamation"]),
        ("caption", LONG, LONG[:200], ["shortens"]),
        ("caption", "Is it warm?\n\nIt is a cup.", "It is warm.\n\nIt is a cup.", ["removes_question_hook"]),
        ("caption", "A warm cup for you.", "A warm cup for you. Link in the bio.", ["adds_link_phrase"]),
        ("hashtags", "#tearoom #leaf #cup", "#tearoom #cup #slow", ["removes_hashtag:#leaf"]),
        ("hashtags", "#tearoom #leaf #cup", "#tearoom #cup", ["removes_hashtag:#leaf", "fewer_hashtags"]),
    ],
)
def test_an_edit_shows_what_it_changes(field: str, before: str, after: str, shown: list[str]) -> None:
    assert keys(before, after, field) == shown


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        ("case", "Good Leaf takes time.", "good leaf takes time."),
        ("punctuation", "Good leaf; it takes time.", "Good leaf: it takes time"),
        ("an apostrophe", "It's good leaf.", "It’s good leaf."),
        ("a price", "Leaf for £12.50 today, in a tin.", "Leaf for £9 today, in a tin."),
        ("a product", "Our Assam is warm and dark.", "Our Sencha is warm and dark."),
        ("an offer", "Take £5 off until Sunday with FROST5 on leaf.", "Take leaf."),
        ("an occasion", "A cup for winter and for you.", "A cup for you."),
        ("a word of a pillar", "A cup about brewing for you.", "A cup for you."),
        ("a date", "A cup on Monday for you.", "A cup for you."),
        ("a small word", "A cup for the guests.", "A cup for guests."),
        ("a form of the same word", "A warm cup of tea.", "A warmer cup of tea."),
        ("a word that stands elsewhere", "A warm cup, a warm pot.", "A warm cup, a pot."),
        ("a word that stays in a compound", "A tin of leaf and leaf-tea.", "A tin of leaf-tea."),
        ("a word with letters of two scripts", "A lоvely cup for you.", "A cup for you."),
        ("another text", "Good leaf takes its time to open.", "Nothing beats an early walk through fog."),
    ],
)
def test_what_is_no_lesson(why: str, before: str, after: str) -> None:
    assert keys(before, after) == [], why


@pytest.mark.parametrize("kind", [kind for kind in ExampleKind if kind is not ExampleKind.EDIT])
def test_only_words_of_their_own_teach_by_code(kind: ExampleKind) -> None:
    assert keys("A lovely cup!", "A cup.", kind=kind) == []


def test_a_tag_of_every_post_teaches_nothing() -> None:
    assert keys("#tearoom #leaf", "#leaf #cup", "hashtags") == []


@given(text=TEXT, field=FIELD, kind=st.sampled_from(ExampleKind))
def test_an_unchanged_text_teaches_nothing(text: str, field: str, kind: ExampleKind) -> None:
    assert lessons_of(kind, field, text, text, "a note", BRAND) == ()


@given(before=TEXT, after=TEXT, field=st.sampled_from(["caption", "alt_text"]))
def test_a_check_fails_on_what_stood_and_passes_on_what_was_put(before: str, after: str, field: str) -> None:
    _require_shown(before, after, field)


@given(before=TAGS, after=TAGS)
def test_a_check_of_hashtags_fails_before_and_passes_after(before: str, after: str) -> None:
    _require_shown(before, after, "hashtags")


@given(words=st.lists(WORDS, min_size=1, max_size=12), gone=st.integers(0, 11))
def test_one_word_less_teaches_at_most_that_word(words: list[str], gone: int) -> None:
    after = words[: gone % len(words)] + words[gone % len(words) + 1 :]
    word = words[gone % len(words)].casefold().strip("!,.?")
    banned = [key for key in keys(" ".join(words), " ".join(after)) if key.startswith("removes_word")]
    assert banned in ([], [f"removes_word:{word}"])


def _require_shown(before: str, after: str, field: str) -> None:
    lessons = lessons_of(ExampleKind.EDIT, field, before, after, "", BRAND)
    assert len({lesson.key for lesson in lessons}) == len(lessons)
    for lesson in lessons:
        assert len(lesson.key) <= 96
        if lesson.check is not None:
            assert problem_in(lesson.check, field, before)
            assert not problem_in(lesson.check, field, after)


def test_of_limits_the_one_that_each_example_keeps_is_the_rule() -> None:
    shown = [
        next(lesson for lesson in lessons_of(ExampleKind.EDIT, field, before, after, "", BRAND) if lesson.key == key)
        for key, field, before, after in (
            ("shortens", "caption", LONG, LONG[:200]),
            ("shortens", "caption", LONG, LONG[:90]),
            ("fewer_hashtags", "hashtags", "#tearoom #a1 #a2 #a3", "#tearoom"),
            ("fewer_hashtags", "hashtags", "#tearoom #a1 #a2 #a3", "#tearoom #a1"),
        )
    ]
    assert merged(shown[:2]).check == LongestCaption(characters=200)
    hashtags = merged(shown[2:])
    assert (hashtags.check, hashtags.statement) == (MostHashtags(most=2), "At most 2 hashtags under a post.")


def test_a_long_key_fits_its_column() -> None:
    word = "unputdownable" * 6
    [key] = keys(f"A {word} cup of leaf for you.", "A cup of leaf for you.")
    assert key.startswith("removes_word:unputdownable")
    assert len(key) <= 96
