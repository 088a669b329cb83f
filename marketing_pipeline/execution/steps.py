"""Names for the moments between durable steps, so that a fault harness can end the process at each of them."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """Moments in the order in which a post or an ad change meets them.

    Only `ATTEMPT_OPENED` and `ANSWERED` leave the outcome open.
    """

    CLAIMED = "claimed"
    CHECKED = "checked"
    CHILD_MADE = "child_made"
    CHILD_STORED = "child_stored"
    CONTAINER_MADE = "container_made"
    CONTAINER_STORED = "container_stored"
    CONTAINER_READY = "container_ready"
    BASELINE_READ = "baseline_read"
    ATTEMPT_OPENED = "attempt_opened"
    ANSWERED = "answered"
    RECORDED = "recorded"
    PERMALINK_READ = "permalink_read"
    PERMALINK_STORED = "permalink_stored"
    READ_BACK_CLAIMED = "read_back_claimed"
    READ_BACK_DONE = "read_back_done"
    READ_BACK_STORED = "read_back_stored"


# Told of each step that has just been taken; returns, or ends the process.
OnStep = Callable[[Step], None]


def go_on(step: Step) -> None:
    """The shipped choice: nothing happens between steps."""
