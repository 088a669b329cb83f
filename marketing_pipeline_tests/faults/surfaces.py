"""Every place where people read words that others wrote, as the very text that reaches the screen or the service."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime

from rich.console import Console

from marketing_pipeline.assets.tables_for_people import escaped, table
from marketing_pipeline.cli import screen
from marketing_pipeline.domain.alert import Alert, AlertKind, AlertState, Severity
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline.operations.alert_message import alert_message

WIDE = 100_000


def in_terminal(*parts: object) -> str:
    """What a terminal with colours receives."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="truecolor", width=WIDE, legacy_windows=False)
    console.print(*parts)
    return out.getvalue()


def _said(act: Callable[[], None]) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        act()
    return out.getvalue()


def alert(words: str) -> Alert:
    """An alert whose every word came from outside."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return Alert(
        id=AlertId("a1"),
        kind=AlertKind.POST_BELOW_BAR,
        brand=BrandId("tea_room"),
        severity=Severity.WARNING,
        subject="p1",
        title=words,
        detail=words,
        mend=words,
        state=AlertState.OPEN,
        first_at=now,
        last_at=now,
        occurrences=1,
        notify_attempts=0,
        notified_at=None,
        notify_problem=None,
        escalated_at=None,
        acknowledged_by=None,
        resolved_at=None,
    )


def markdown_table(words: str) -> str:
    """A cell of a table in Dagster's metadata."""
    shown = table(("topic",), [(words,)])
    return str(shown.value) if not hasattr(shown, "records") else str(shown)


def message(words: str) -> str:
    """What a notification service receives."""
    told = alert_message([alert(words)], "")
    return f"{told.title}\n{told.body}"


SURFACES: dict[str, Callable[[str], str]] = {
    "terminal, cell": lambda words: in_terminal(screen.table("", ("a",), [(words,)])),
    "terminal, facts": lambda words: in_terminal(screen.facts("", [("a", words)])),
    "terminal, title": lambda words: in_terminal(screen.table(words, ("a",), [("b",)])),
    "terminal, line": lambda words: _said(lambda: screen.say(words)),
    "terminal, JSON": lambda words: _said(lambda: screen.show_json({"a": words})),
    "Dagster, words": escaped,
    "Dagster, table": markdown_table,
    "notification": message,
}
