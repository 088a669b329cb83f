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
        return (self.row.number, self.row.fault, self.row.kind, *counts, f"{self.took.total_seconds():.0f}")


class Kept:
    """Outcomes by row, seed and tries. A row that did not hold is not kept: it is run again."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, row: FaultRow, seed: int, tries: int) -> Outcome | None:
        """The kept outcome with the most tries, where those are at least as many as asked for."""
        name = _name(row, seed)
        done = [int(key.removeprefix(name)) for key in self._read() if key.startswith(name)]
        most = max(done, default=0)
        if most < tries:
            return None
        found = self._read()[f"{name}{most}"]
        return Outcome(row, Figure(**found["figure"]), timedelta(seconds=found["seconds"]))

    def put(self, outcome: Outcome, seed: int, tries: int) -> None:
        """Keep one that holds."""
        if not outcome.figure.holds:
            return
        kept = self._read()
        kept[f"{_name(outcome.row, seed)}{tries}"] = {
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


def _name(row: FaultRow, seed: int) -> str:
    return f"{row.number} | {row.fault} | {row.kind} | seed {seed} | "
