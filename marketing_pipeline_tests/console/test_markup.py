"""What a model says becomes HTML that can do nothing but lead to our own pages."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.console.markup import own_path, rendered

TAGS = {"p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "br", "hr", "h1", "h2", "h3", "h4"}


def test_a_little_markdown() -> None:
    shown = rendered("**Two** wait:\n\n- one\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<strong>Two</strong>" in shown
    assert "<li><code>two</code></li>" in shown and "<table>" in shown and shown.count("<li>") == 2


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("See /posts/tea_room-2026-11-16-01.", "/posts/tea_room-2026-11-16-01"),
        ("(/approvals/x-a1)", "/approvals/x-a1"),
        ("[the cost](/cost?brand=tea_room)", "/cost?brand=tea_room"),
        ("at /calendar?brand=a&week=2026-11-16, there", "/calendar?brand=a&amp;week=2026-11-16"),
        ("[Today](/)", "/"),
        ("/performance", "/performance"),
    ],
)
def test_own_paths_become_links(words: str, path: str) -> None:
    assert f'<a href="{path}">' in rendered(words)


@pytest.mark.parametrize(
    "words",
    [
        "[x](https://evil.example)",
        "[x](//evil.example)",
        "[x](/\\evil.example)",
        "[x](/posts//evil.example)",
        "[x](</\t/evil.example>)",
        "[x](javascript:alert(1))",
        "[x](/posts/%0a//evil.example)",
        "[x](/postscript)",
        "[x](/posts/../logout)",
        "[x](/logout)",
        "<https://evil.example>",
        "https://evil.example/posts/1",
        "evil.example/posts/1",
        "user@/posts/1",
        "`/posts/1`",
        "[x]: https://evil.example\n\n[x]",
    ],
)
def test_nothing_else_does(words: str) -> None:
    assert "<a" not in rendered(words)


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<b>x</b>",
        "a <!-- b",
        "&lt;b&gt;",
        '/posts/"><b>',
    ],
)
def test_html_is_shown_as_the_text_it_is(words: str) -> None:
    shown = rendered(words)
    assert not [tag for tag in ("<script", "<img", "<b>", "<!--") if tag in shown]


@given(st.text(alphabet="/[]()<>*`_\"'\\ \t\nabpostsc:#?&=.-%1"))
def test_whatever_is_said_only_leads_to_our_own_pages(words: str) -> None:
    shown = rendered(words)
    assert all(own_path(path.replace("&amp;", "&")) for path in re.findall(r'href="([^"]*)"', shown))
    tags = set(re.findall(r"<(\w+)", shown))
    assert tags <= {
        "p",
        "a",
        "em",
        "strong",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
    }


def test_a_long_path_takes_no_time() -> None:
    started = time.perf_counter()
    rendered("/posts/" + "a-" * 50_000 + "/ " + "/posts" * 5_000)
    assert time.perf_counter() - started < 2
