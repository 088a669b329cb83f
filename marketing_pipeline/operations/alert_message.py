"""What people are sent: plain text without markup and mentions, that links to nowhere but the console."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.alert import Alert, Severity
from marketing_pipeline.domain.hidden_text import shown

LISTED = 10
LONGEST = 600
_RISING = list(Severity)
# Endings of our own files are names of no network.
_ADDRESS = re.compile(r"\w+://\S*|(?:[\w\-]+\.)+(?!(?:yaml|json|txt|sqlite|duckdb)\b)[^\W\d_]{2,}[^\s`]*")


@dataclass(frozen=True)
class AlertMessage:
    """One message about one or several alerts."""

    title: str
    body: str
    severity: Severity


def alert_message(alerts: Sequence[Alert], console_url: str) -> AlertMessage:
    """One message for all of them, most urgent first. `console_url` empty: commands are named instead.

    Words of alerts may come from a channel or a model, so each is made plain first.
    """
    ranked = sorted(alerts, key=lambda alert: -_RISING.index(alert.severity))
    worst = ranked[0].severity
    title = plain(ranked[0].title) if len(ranked) == 1 else f"{len(ranked)} alerts, first: {plain(ranked[0].title)}"
    parts = [_told(alert) for alert in ranked[:LISTED]]
    if len(ranked) > LISTED:
        parts.append(f"and {len(ranked) - LISTED} more")
    parts.append(f"See {console_url}" if console_url else "See `marketing alerts list`")
    return AlertMessage(f"[{worst}] {title}", "\n\n".join(parts), worst)


def plain(text: str) -> str:
    """One line in which nothing hides, mentions anybody or leads anywhere, cut where it is very long."""
    harmless = _ADDRESS.sub(_taken_apart, unicodedata.normalize("NFKC", shown(" ".join(text.split())))).replace(
        "@", "(at)"
    )
    return harmless if len(harmless) <= LONGEST else f"{harmless[: LONGEST - 1]}…"


def _taken_apart(address: re.Match[str]) -> str:
    """Services make a link of whatever looks like an address; a name with a gap in it leads nowhere."""
    return address.group().replace("://", " : //").replace(".", ". ")


def _told(alert: Alert) -> str:
    again = ", told again since nobody has taken it on" if alert.escalated_at else ""
    since = f"{alert.severity}{again}; since {alert.first_at:%Y-%m-%d %H:%M} UTC; alert {alert.id}"
    lines = (plain(alert.title), plain(alert.detail), f"What to do: {plain(alert.mend)}" if alert.mend else "", since)
    return "\n".join(line for line in lines if line)
