"""Words that stand on pages."""

import pytest

from marketing_pipeline.console.words import commands


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Start it: `marketing up`.", "Start it: <code>marketing up</code>."),
        ("`a` or `b`", "<code>a</code> or <code>b</code>"),
        ("<b> `<i>`", "&lt;b&gt; <code>&lt;i&gt;</code>"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_what_is_to_be_typed_is_set_apart_and_nothing_becomes_markup(text: str, html: str) -> None:
    assert str(commands(text)) == html
