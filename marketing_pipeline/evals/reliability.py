"""How far the scorers themselves can be trusted: what they find of the defects that a corpus' author planted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore


class Reliability(BaseModel):
    """Of one criterion, or of one kind of defect. None where nothing was found, or nothing planted."""

    model_config = ConfigDict(frozen=True)

    name: str
    planted: int
    found: int
    rightly_found: int

    @property
    def precision(self) -> float | None:
        """Of those found, the share that was planted."""
        return self.rightly_found / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Of those planted, the share that was found."""
        return self.rightly_found / self.planted if self.planted else None


def by_criterion(scores: Iterable[EvalScore]) -> tuple[Reliability, ...]:
    """Each criterion over all cases, in the order in which they come up."""
    grouped: defaultdict[str, list[EvalScore]] = defaultdict(list)
    for score in scores:
        grouped[score.criterion].append(score)
    return tuple(_of(name, rows) for name, rows in grouped.items())


def by_kind(cases: Sequence[EvalCaseResult], scores: Iterable[EvalScore]) -> tuple[Reliability, ...]:
    """Each kind of planted defect: how many of its marks were found, and what else was found in the same answers."""
    kinds: Mapping[str, str] = {case.case: case.kind for case in cases}
    grouped: defaultdict[str, list[EvalScore]] = defaultdict(list)
    for score in scores:
        grouped[kinds[score.case]].append(score)
    return tuple(_of(kind, rows) for kind, rows in sorted(grouped.items()) if not all(row.expected for row in rows))


def _of(name: str, rows: Sequence[EvalScore]) -> Reliability:
    return Reliability(
        name=name,
        planted=sum(not row.expected for row in rows),
        found=sum(not row.passed for row in rows),
        rightly_found=sum(not row.passed and not row.expected for row in rows),
    )
