"""What a row came to, and the file that keeps it, so that a campaign that was stopped goes on."""

import json
from dataclasses import asdict, astuple, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from marketing_pipeline_tests.faults.row import FaultRow, Figure


@dataclass(frozen=True)
class Outcome:
    """A row with what it showed."""

    row: FaultRow
    figure: Figure
    took: timedelta

    def cells(self) -> tuple[str, ...]:
        """As a line of the table."""
        counts = (f"{count:,}" for count in astuple(self.figure)[:7])
        return (self.row.number, self.row.fault, *counts, f"{self.took.total_seconds():.0f}")


class Kept:
    """Outcomes by row, seed and tries. A row that did not hold is not kept: it is run again."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, row: FaultRow, seed: int, tries: int) -> Outcome | None:
        """The kept outcome of exactly this run."""
        found = self._read().get(_key(row, seed, tries))
        if found is None:
            return None
        return Outcome(row, Figure(**found["figure"]), timedelta(seconds=found["seconds"]))

    def put(self, outcome: Outcome, seed: int, tries: int) -> None:
        """Keep one that holds."""
        if not outcome.figure.holds:
            return
        kept = self._read()
        kept[_key(outcome.row, seed, tries)] = {
            "figure": asdict(outcome.figure),
            "seconds": outcome.took.total_seconds(),
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        written.replace(self._file)

    def forget(self) -> None:
        """Begin anew."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, dict[str, Any]]:
        return json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}


def _key(row: FaultRow, seed: int, tries: int) -> str:
    return f"{row.number} | {row.fault} | {row.kind} | seed {seed} | {tries}"
