"""Metadata that a person looks at rather than queries: tables in Markdown."""

from collections.abc import Iterable, Sequence

import dagster as dg


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; an empty one says so. Cells are escaped, so that text from outside stays text."""
    lines = [_line(cells) for cells in rows]
    if not lines:
        return dg.MetadataValue.md("*Nothing yet.*")
    return dg.MetadataValue.md("\n".join([_line(headings), _line(["---"] * len(headings)), *lines]))


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(_escaped(str(cell)) for cell in cells)} |"


def _escaped(text: str) -> str:
    plain = text.replace("\n", " ").replace("\\", "\\\\")
    for sign in "|<>`[]!":
        plain = plain.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return plain
