"""Metadata that a person looks at rather than queries: tables and words in Markdown."""

from collections.abc import Iterable, Sequence

import dagster as dg

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]!|~#"})


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; an empty one says so. Cells are escaped, so that text from outside stays text."""
    lines = [_line([escaped(str(cell)) for cell in cells]) for cells in rows]
    if not lines:
        return dg.MetadataValue.md("*Nothing yet.*")
    return dg.MetadataValue.md("\n".join([_line(headings), _line(["---"] * len(headings)), *lines]))


def escaped(text: str) -> str:
    """Any text as one line of Markdown that shows exactly these words: no markup, no link, no picture in it counts."""
    return " ".join(text.split()).translate(_ENTITIES | _SIGNS)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
