"""Metadata that a person looks at rather than queries: tables, and words in Markdown."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import dagster as dg

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]!|~#"})
SHOWN_AT_ONCE = 1_000
"""Markdown of so many characters Dagster's pages hide behind a link; a table of their own they always show."""
Table: TypeAlias = dg.MarkdownMetadataValue | dg.TableMetadataValue


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table that is seen without a click; an empty one says so. Text from outside stays text in either form."""
    from marketing_pipeline.domain.hidden_text import shown

    cells = [[shown(" ".join(str(cell).split())) for cell in row] for row in rows]
    if not cells:
        return dg.MetadataValue.md("*Nothing yet.*")
    lines = [_line([escaped(cell) for cell in row]) for row in cells]
    markdown = "\n".join([_line(headings), _line(["---"] * len(headings)), *lines])
    if len(markdown) < SHOWN_AT_ONCE:
        return dg.MetadataValue.md(markdown)
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(headings, row, strict=True))) for row in cells],
        dg.TableSchema([dg.TableColumn(heading) for heading in headings]),
    )


def escaped(text: str) -> str:
    """Any text as one line of Markdown that shows exactly these words: no markup, no link, no picture in it counts."""
    from marketing_pipeline.domain.hidden_text import shown

    return shown(" ".join(text.split())).translate(_ENTITIES | _SIGNS)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
