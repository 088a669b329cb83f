"""Log lines about what a transaction changes: written once it is committed, never about what was rolled back."""

import logging

from sqlalchemy import Connection

_log = logging.getLogger(__name__)
_WAITING = "lines to log"


def log_after_commit(connection: Connection, line: str) -> None:
    """Keep a line until the transaction is committed."""
    if _log.isEnabledFor(logging.INFO):
        connection.info.setdefault(_WAITING, []).append(line)


def take_lines(connection: Connection) -> list[str]:
    """The lines that wait; afterwards none do. Of a transaction that was rolled back they are thrown away."""
    return connection.info.pop(_WAITING, [])


def write_lines(lines: list[str]) -> None:
    """Log them."""
    for line in lines:
        _log.info("%s", line)
