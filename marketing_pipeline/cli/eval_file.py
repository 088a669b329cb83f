"""Results of evaluation runs in a file: one line a suite, half and criterion."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.errors import MarketingError

if TYPE_CHECKING:
    from marketing_pipeline.evals.running import SuiteResult

Row = dict[str, Any]


class EvalFileUnwritable(MarketingError):
    """Results cannot be written where they were asked for."""


class EvalFile:
    """A file to write, whose ending says in which form. Raises EvalFileUnwritable for an ending that is not known."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        if self.path.suffix not in _FORMS:
            known = ", ".join(_FORMS)
            raise EvalFileUnwritable(f"{path} has no known ending.", f"Name a file that ends in one of: {known}.")


def write_results(file: EvalFile, done: "Sequence[SuiteResult]") -> None:
    """Write every criterion of the runs. Raises EvalFileUnwritable."""
    rows = [row for result in done for row in _rows(result)]
    try:
        file.path.write_text(_FORMS[file.path.suffix](rows), encoding="utf-8")
    except OSError as error:
        raise EvalFileUnwritable(f"{file.path} cannot be written: {error}.", "Name a folder that is there.") from None


def _rows(result: "SuiteResult") -> list[Row]:
    from marketing_pipeline.domain.agent_evaluation import CORPUS, Split
    from marketing_pipeline.evals.reliability import by_criterion, of_split

    run, is_corpus = result.run, result.run.provider == CORPUS
    return [
        {
            "suite": run.suite,
            "provider": run.provider,
            "model": run.model,
            "prompt": run.prompt_sha256[:12],
            "half": split.value,
            "criterion": row.name,
            "answers": row.planted + row.good,
            "planted": row.planted if is_corpus else None,
            "found": row.found,
            "precision": _rounded(row.precision) if is_corpus else None,
            "precision_95": _span(row.precision_interval) if is_corpus else None,
            "recall": _rounded(row.recall),
            "recall_95": _span(row.recall_interval),
            "run": run.id,
        }
        for split in Split
        for row in by_criterion(of_split(result.scores, split))
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _span(ends: tuple[float, float] | None) -> str | None:
    return None if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}"


def _csv(rows: Sequence[Row]) -> str:
    told = io.StringIO()
    writer = csv.DictWriter(told, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return told.getvalue()


def _json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, indent=2) + "\n"


def _markdown(rows: Sequence[Row]) -> str:
    lines = [tuple(rows[0]), tuple("---" for _ in rows[0])]
    lines += [tuple("" if value is None else str(value) for value in row.values()) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_FORMS = {".csv": _csv, ".json": _json, ".md": _markdown}
