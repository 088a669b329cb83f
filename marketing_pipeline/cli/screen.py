"""What people and programs are shown: tables with the brand's own times, or JSON."""

import os
import sys
from collections.abc import Iterable, Sequence

import typer
from pydantic_core import to_json
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from marketing_pipeline.domain.hidden_text import in_json, shown

# Into a file or a pipe there is no width to keep to: long ids stay on one line.
_PIPED_WIDTH = 200
COLOURS = {
    "published": "green",
    "succeeded": "green",
    "approved": "green",
    "needs_human": "yellow",
    "awaiting_approval": "yellow",
    "pending": "yellow",
    "unknown": "yellow",
    "missed": "red",
    "failed": "red",
    "parked": "red",
    "rejected": "red",
    "revoked": "red",
}


def console() -> Console:
    """The screen, or whatever standard output leads to."""
    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=_PIPED_WIDTH if wide else None, highlight=False)


def plain(value: object) -> Text:
    """A value as text in which nothing is markup, controls the terminal or hides; states in their colour."""
    words = "–" if value is None else str(value)
    return Text(shown(words), COLOURS.get(words, ""))


def say(text: str, *, err: bool = False) -> None:
    """Print a line whose words may come from anywhere: none of them controls the terminal."""
    typer.echo(shown(text), err=err)


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Group:
    """Rows under headings."""
    told = [tuple(row) for row in rows]
    made = Table(show_edge=False, pad_edge=False)
    for place, heading in enumerate(headings):
        # An id is copied into the next command: it stays in one piece where that leaves half of the screen.
        whole = heading == "id" and 2 * max((len(str(row[place])) for row in told), default=0) <= console().width
        made.add_column(heading, overflow="fold", no_wrap=whole)
    for row in told:
        made.add_row(*(plain(value) for value in row))
    return _titled(title, made)


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> Group:
    """Names and values, one pair a line; pairs without a value are left out."""
    made = Table(show_header=False, show_edge=False, pad_edge=False, box=None)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            made.add_row(name, plain(value))
    return _titled(title, made)


def _titled(title: str, made: Table) -> Group:
    # Not the table's own title, which would be folded to the width of a narrow table.
    return Group(Text(shown(title), "bold"), made) if title else Group(made)


def show_json(content: object) -> None:
    """Print as JSON: times in ISO 8601, figures that are none as null, what JSON has no word for as text."""
    typer.echo(in_json(to_json(content, indent=2, inf_nan_mode="null", fallback=str).decode()))
