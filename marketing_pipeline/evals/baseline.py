"""Stored baselines of the corpora: what each case scored, what was missed, and how far scorers are to be trusted."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalScore, Split, split_of
from marketing_pipeline.evals.reliability import Reliability, by_criterion, of_split

FOLDER = Path(str(files("marketing_pipeline.evals") / "baselines"))


class Baseline(BaseModel):
    """Scores by case of both halves; `missed` are the criteria that did not come as their labels say.

    `score` is the mean of the held-out half, and `scorers` was measured there.
    """

    model_config = ConfigDict(frozen=True)

    suite: str
    corpus_sha256: str
    score: float
    cases: dict[str, float]
    missed: dict[str, tuple[str, ...]]
    scorers: dict[str, Reliability]

    @property
    def trusted(self) -> frozenset[str]:
        """The criteria whose scorers hold the bar on the held-out half."""
        return frozenset(name for name, found in self.scorers.items() if found.trusted)


def read_baseline(suite: str, folder: Path = FOLDER) -> Baseline | None:
    """The stored baseline of a corpus; None where none was written."""
    path = folder / f"{suite}.json"
    return Baseline.model_validate_json(path.read_bytes()) if path.exists() else None


def write_baseline(
    suite: str, cases: Sequence[EvalCaseResult], scores: Sequence[EvalScore], corpus_sha256: str, folder: Path = FOLDER
) -> Path:
    """Store a run over a corpus as what later ones are held against. Raises OSError where it cannot be written."""
    path = folder / f"{suite}.json"
    held_out = [case.score for case in cases if split_of(case.case) is Split.HELD_OUT]
    kept = Baseline(
        suite=suite,
        corpus_sha256=corpus_sha256,
        score=round(sum(held_out) / len(held_out), 4),
        cases={case.case: round(case.score, 4) for case in sorted(cases, key=lambda case: case.case)},
        missed=missed(scores),
        scorers={row.name: row for row in by_criterion(of_split(scores, Split.HELD_OUT))},
    )
    path.write_text(kept.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def missed(scores: Sequence[EvalScore]) -> dict[str, tuple[str, ...]]:
    """By case, the criteria that did not come as expected; cases without any are left out."""
    wrong = sorted((score.case, score.criterion) for score in scores if score.passed != score.expected)
    return {case: tuple(name for of, name in wrong if of == case) for case in dict.fromkeys(case for case, _ in wrong)}
