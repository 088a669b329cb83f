"""A model's words as HTML: a small part of Markdown, everything escaped, and links to pages of the console alone."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from marketing_pipeline.console.navigation import ENTRIES
from marketing_pipeline.domain.hidden_text import shown

_ROOTS = "|".join(sorted({entry.path[1:] for entry in ENTRIES if entry.path != "/"} | {"posts"}))
_PATH = rf"/(?:{_ROOTS})(?![\w-])(?:[/?#=&%.:~][\w-]++)*+(?!/)"
OWN_PATH = re.compile(_PATH)
"""A page of the console: one of its own first words, then nothing that could lead to another site."""
_IN_TEXT = re.compile(rf"(?<![\w/.:@\\-]){_PATH}")


def rendered(text: str) -> Markup:
    """The text as HTML. HTML in it is shown as text, and hidden characters are written out.

    Pictures, and links to anywhere else, stay the text they are.
    """
    return Markup(_markdown().render(shown(text)))


def own_path(path: str) -> bool:
    """Whether an address leads to a page of this console, and cannot lead anywhere else."""
    return path == "/" or OWN_PATH.fullmatch(path) is not None


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    made.disable(["image", "html_block", "html_inline", "autolink", "entity", "lheading", "reference"])
    made.validateLink = own_path  # pyright: ignore[reportAttributeAccessIssue] - the documented way to set it
    made.core.ruler.push("own_paths", _link_own_paths)
    return made


def _link_own_paths(state: StateCore) -> None:
    """Bare addresses of our own become links; within a link or code they stay as they are."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _linked(block.children)


def _linked(tokens: list[Token]) -> list[Token]:
    made: list[Token] = []
    inside = 0
    for token in tokens:
        inside += (token.type == "link_open") - (token.type == "link_close")
        made += [token] if inside or token.type != "text" else _split(token)
    return made


def _split(token: Token) -> list[Token]:
    parts: list[Token] = []
    at = 0
    for found in _IN_TEXT.finditer(token.content):
        parts += [_text(token.content[at : found.start()]), *_link(found[0])]
        at = found.end()
    return [*parts, _text(token.content[at:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(path: str) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": path}), _text(path), Token("link_close", "a", -1)]
