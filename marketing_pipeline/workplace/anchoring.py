"""What is decided is anchored when it is done: the head of the audit log is noted outside the database."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from marketing_pipeline.store.audit_anchor import AnchorDamaged

if TYPE_CHECKING:
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)


@contextmanager
def anchored(place: "Workplace") -> "Generator[None]":
    """Anchor the audit log's head at the end of what is done within, also when it was refused.

    A head that cannot be anchored is logged and undoes nothing: whoever stops the posts shall find them stopped.
    """
    try:
        yield
    finally:
        if problem := anchor_problem(place):
            log.warning("%s", problem)


def anchor_problem(place: "Workplace") -> str:
    """Anchor the head now; what is wrong where it cannot be, else an empty text."""
    try:
        place.anchor_audit()
    except AnchorDamaged as damaged:
        return f"what was decided counts, but its audit row was not anchored. {damaged}"
    except OSError as error:
        return f"what was decided counts, but {place.home.audit_anchor} cannot be written: {error.strerror}."
    return ""
