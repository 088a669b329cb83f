"""Two runs of one suite set beside each other before one prompt or model takes the other's place."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.agent_evaluation import CORPUS, EvalRun, Split
from marketing_pipeline.evals.gate import Evidence, Gate, flip_rate, live_gate
from marketing_pipeline.evals.reliability import by_criterion, of_split
from marketing_pipeline.evals.score import Suite


@dataclass(frozen=True)
class SideBySide:
    """Runs A and B with all that belongs to them. `gate` holds B against A, as though A were its baseline."""

    a: EvalRun
    b: EvalRun
    of_a: Evidence
    of_b: Evidence
    gate: Gate

    def rows(self) -> list[Sequence[object]]:
        """How often each held-out criterion passed in either run, and how many verdicts flipped from try to try."""
        sides = [
            {row.name: row for row in by_criterion(of_split(run.scores, Split.HELD_OUT))}
            for run in (self.of_a, self.of_b)
        ]
        rows: list[Sequence[object]] = []
        for name in dict.fromkeys([*sides[0], *sides[1]]):
            both = [side.get(name) for side in sides]
            shares = [None if row is None else f"{1 - row.found / (row.planted + row.good):.0%}" for row in both]
            rows.append((f"{name} passed", *shares))
        flips = [flip_rate(run) for run in (self.of_a, self.of_b)]
        rows.append(("verdicts that flip", *("not known" if flip is None else f"{flip:.0%}" for flip in flips)))
        return rows


def side_by_side(suite: Suite, a: EvalRun, of_a: Evidence, b: EvalRun, of_b: Evidence) -> SideBySide:
    """Hold B against A. Runs over a corpus asked nobody, so that there is no gate between them."""
    gate = Gate(b.comparison) if a.provider == CORPUS else live_gate(suite, of_b, of_a)
    return SideBySide(a, b, of_a, of_b, gate)
