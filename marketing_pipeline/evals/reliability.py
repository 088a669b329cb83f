"""How far the scorers themselves can be trusted: what they find of the defects that a corpus' author planted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore, Split, split_of
from marketing_pipeline.domain.share_interval import Z95, interval_of_share

LEAST_PLANTED = 5
LEAST_GOOD = 10
LEAST_PRECISION = 0.8
LEAST_RECALL = 0.6
"""What the held-out half must show of a scorer before its criterion counts in what agents are judged by. Our own bar,
set before the held-out half was scored."""


class Reliability(BaseModel):
    """Of one criterion, or of one kind of defect. None where nothing was found, or nothing planted."""

    model_config = ConfigDict(frozen=True)

    name: str
    planted: int
    good: int
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

    @property
    def precision_interval(self) -> tuple[float, float] | None:
        """Its 95 % interval by Wilson's score."""
        return interval_of_share(self.rightly_found, self.found, Z95) if self.found else None

    @property
    def recall_interval(self) -> tuple[float, float] | None:
        """Its 95 % interval by Wilson's score."""
        return interval_of_share(self.rightly_found, self.planted, Z95) if self.planted else None

    @property
    def trusted(self) -> bool:
        """Whether enough was planted and enough good was shown, and both shares hold the bar."""
        return (
            self.planted >= LEAST_PLANTED
            and self.good >= LEAST_GOOD
            and (self.precision or 0) >= LEAST_PRECISION
            and (self.recall or 0) >= LEAST_RECALL
        )


def of_split(scores: Iterable[EvalScore], split: Split) -> tuple[EvalScore, ...]:
    """The scores of one half."""
    return tuple(score for score in scores if split_of(score.case) is split)


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
    planted = sum(not row.expected for row in rows)
    return Reliability(
        name=name,
        planted=planted,
        good=len(rows) - planted,
        found=sum(not row.passed for row in rows),
        rightly_found=sum(not row.passed and not row.expected for row in rows),
    )
