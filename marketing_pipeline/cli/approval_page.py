"""A request as people read it in a terminal before they decide."""

from collections.abc import Sequence

from marketing_pipeline.cli.screen import console, facts, table
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.workplace.asked import Asked

_HEADINGS = ("when", "decision", "who", "by way of", "note")


def show_asked(asked: Asked) -> None:
    """Print what a decision is about, and who decided what, when, from where and why."""
    screen = console()
    screen.print(facts(asked.title, asked.facts))
    said = [
        (moment(row.decided_at, asked.profile), row.decision, row.actor, row.source, row.note) for row in asked.rows
    ]
    screen.print(without_empty_columns("\nDecisions", _HEADINGS, said))


def without_empty_columns(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> object:
    """A table of the columns in which a row says something."""
    told = [place for place in range(len(headings)) if any(row[place] not in (None, "") for row in rows)]
    return table(title, [headings[place] for place in told], [[row[place] for place in told] for row in rows])
