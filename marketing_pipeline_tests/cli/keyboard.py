"""A person at the keyboard, for commands that ask."""

import io
from collections.abc import Callable


class Keyboard(io.StringIO):
    """Standard input of somebody who answers once; `meanwhile` happens while they make up their mind."""

    def __init__(self, answer: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._answer = answer
        self._meanwhile = meanwhile

    def isatty(self) -> bool:
        """Somebody is there."""
        return True

    def readline(self, size: int = -1, /) -> str:
        """Their answer."""
        self._meanwhile()
        return f"{self._answer}\n"
