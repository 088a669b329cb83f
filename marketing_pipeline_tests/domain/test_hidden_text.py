"""What cannot be seen is found and written out; what emoji and scripts need is left alone."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.hidden_text import hidden_in, in_json, look_alikes_in, shown

DRAWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def test_every_control_and_format_character_counts_as_hidden() -> None:
    kinds = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    numbers = (number for number in range(sys.maxunicode + 1) if unicodedata.category(chr(number)) in kinds)
    assert [hex(number) for number in numbers if not hidden_in(chr(number)) and number not in DRAWN] == ["0x9", "0xa"]


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Zs"), max_codepoint=0x33F)))
def test_plain_text_is_shown_as_it_is_unless_it_mixes_scripts(text: str) -> None:
    assert hidden_in(text.replace("\xad", "")) == ()


@given(st.text())
def test_what_is_shown_hides_nothing_and_json_keeps_its_content(text: str) -> None:
    assert hidden_in(shown(text)) == ()
    assert look_alikes_in(shown(text)) == ()
    content = json.dumps([text], ensure_ascii=False)
    assert json.loads(in_json(content)) == [text]
    assert hidden_in(in_json(content)) == ()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u200bb", "a[U+200B]b"),
        ("\u202eevil", "[U+202E]evil"),
        ("t\u0435a.example", "t[U+0435]a.example"),
        ("a\x1b[31mb", "a[U+001B][31mb"),
        ("\u2764\ufe0f\ufe0f", "\u2764\ufe0f[U+FE0F]"),
        ("\U0001f3f4\U000e0078\U000e007f", "\U0001f3f4[U+E0078][U+E007F]"),
        ("a\u200db", "a[U+200D]b"),
        ("\u03b2-carotene and \u0447\u0430\u0439", "\u03b2-carotene and \u0447\u0430\u0439"),
        ("line\n\ttwo", "line\n\ttwo"),
    ],
)
def test_how_it_is_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_every_letter_that_looks_like_a_latin_one_is_looked_at() -> None:
    scripts = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
    letters = (chr(code) for code in range(0x80, sys.maxunicode + 1))
    alike = [each for each in letters if unicodedata.name(each, "").startswith(scripts) and each.isalnum()]
    assert len(alike) > 900 and all(shown(f"a{each}") != f"a{each}" for each in alike)
