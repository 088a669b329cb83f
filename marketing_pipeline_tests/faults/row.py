"""A row of the fault table: what is injected, how often, and what the sandbox's journal says afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What one row showed. Effects are counted in the journal of the fake platform, the only judge.

    `tries` approved items went through injected faults. `effects` of them are in the journal, `double` more than once,
    `lost` should be there and are not, nor in a state with a reason and an owner. `parked` wait for a person;
    `unprovable` counts injected outcomes that no read-back can prove. A row without effects counts refusals in
    `tries`, and `broken` those that were not refused.
    """

    tries: int
    effects: int = 0
    lost: int = 0
    double: int = 0
    parked: int = 0
    unprovable: int = 0
    broken: int = 0
    note: str = ""

    def __add__(self, other: "Figure") -> "Figure":
        """Both together."""
        counts = ("tries", "effects", "lost", "double", "parked", "unprovable", "broken")
        return Figure(
            **{name: getattr(self, name) + getattr(other, name) for name in counts},
            note="; ".join(part for part in dict.fromkeys((self.note, other.note)) if part),
        )

    @property
    def holds(self) -> bool:
        """Whether the promise was kept: nothing lost, double or let through, nothing parked that could be proved."""
        return not (self.lost or self.double or self.broken) and self.parked <= self.unprovable


@dataclass(frozen=True)
class FaultRow:
    """One row of the acceptance list. `run(tries, seed, folder)` injects about `tries` faults and returns the figure.

    `kind` says what a try is: a publish, an ad change, or something else that is counted apart. `fast` tries are run
    by the test suite, `full` by the campaign.
    """

    number: str
    fault: str
    kind: str
    fast: int
    full: int
    run: Callable[[int, int, Path], Figure]
