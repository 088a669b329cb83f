"""Rows of many brands worked on one by one: a damaged one is told of and left where it is, the others go on."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition

_log = logging.getLogger(__name__)


class DamagedRow(MarketingError):
    """A row that breaks its model."""


DAMAGE = (DamagedRow, Unauthorized, ValueError, TypeError, LookupError, NotFound, RefusedTransition)
"""What a row raises that breaks its model, was forged, or has lost the row that it belongs to.

A database that cannot be read or written at all is not meant: that stops everything, and says so.
"""


@contextmanager
def set_apart(what: str) -> Generator[None]:
    """Log what goes wrong with one row, and let the loop that it stands in go on."""
    try:
        yield
    except DAMAGE as damage:
        _log.error("%s is left as it is: its rows are damaged", what, exc_info=damage)
