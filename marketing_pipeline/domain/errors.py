"""Errors that a person can mend: one line of what is wrong, one line of how to put it right."""


class MarketingError(Exception):
    """Base of every expected failure. `mend` tells the reader what to do about it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}"


class RefusedTransition(MarketingError):
    """A state change that states.md does not draw."""


class NotFound(MarketingError):
    """An id that names nothing."""
