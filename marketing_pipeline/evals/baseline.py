"""The gate: a suite's scores, case by case, against those of its baseline."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from marketing_pipeline.domain.agent_evaluation import Comparison, Standing
from marketing_pipeline.evals.bootstrap import mean_interval

FOLDER = Path(str(files("marketing_pipeline.evals") / "baselines"))
LEAST_CASES = 8
"""Cases of answers that models gave anew from which a fall can be told from chance at all."""


def compared(now: Mapping[str, float], before: Mapping[str, float] | None, *, drawn: bool) -> Comparison:
    """Scores of cases against those of the baseline; a case that has gone counts as 0, a new one not at all.

    `drawn`: the answers are a model's, another run would give others, and only a change whose 95 % bootstrap interval
    excludes zero is one. Over a corpus nothing is drawn: the same answers are scored again, and every change is one.
    """
    if not before:
        return Comparison()
    changes = [now.get(case, 0.0) - score for case, score in before.items()]
    change, start = sum(changes) / len(changes), sum(before.values()) / len(before)
    low, high = mean_interval(changes) if drawn else (change, change)
    return Comparison(
        standing=_standing(low, high, too_few=drawn and len(changes) < LEAST_CASES),
        before=start,
        change=change,
        low=low,
        high=high,
    )


def read_baseline(suite: str, folder: Path = FOLDER) -> dict[str, float] | None:
    """Scores by case of the stored baseline of a corpus; None where none was written."""
    path = folder / f"{suite}.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"] if path.exists() else None


def write_baseline(suite: str, scores: Mapping[str, float], corpus_sha256: str, folder: Path = FOLDER) -> Path:
    """Store the scores of a corpus as what later runs are held against. Raises OSError where it cannot be written."""
    path = folder / f"{suite}.json"
    content = {
        "suite": suite,
        "corpus_sha256": corpus_sha256,
        "score": round(sum(scores.values()) / len(scores), 4),
        "cases": {case: round(score, 4) for case, score in sorted(scores.items())},
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _standing(low: float, high: float, *, too_few: bool) -> Standing:
    if too_few:
        return Standing.TOO_FEW
    if high < -_ROUNDED:
        return Standing.BELOW
    return Standing.BETTER if low > _ROUNDED else Standing.AS_BEFORE


_ROUNDED = 1e-4
"""Baselines are kept to four places."""
