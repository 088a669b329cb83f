"""What one run of the command line came to."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Everything it said, on one line."""
        return " ".join((self.out + self.err).split())


Run = Callable[..., Ran]


def row(said: Ran, name: str) -> dict[str, Any]:
    """The doctor's row of that name."""
    [found] = [row for row in said.json["rows"] if row["name"] == name]
    return found
