"""Evaluation runs as tables: what each column says, and which of them are no measure of quality."""

from typing import TYPE_CHECKING, Any

from marketing_pipeline.cli.screen import console, say, table
from marketing_pipeline.domain.agent_evaluation import CORPUS, SANDBOX, EvalRun
from marketing_pipeline.domain.money import MICROS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketing_pipeline.evals.reliability import Reliability

_HEADINGS = (
    "suite", "provider", "cases", "failed", "score", "95 %", "baseline", "change", "cost (USD)", "p50 (ms)", "p95 (ms)",
    "standing", "id",
)  # fmt: skip
MEANS = {
    CORPUS: "corpus: no model was asked; the score says how well the scorers agree with the labels.",
    SANDBOX: "sandbox: plumbing only. These scores are never a measure of quality.",
}


def print_runs(title: str, runs: "Sequence[EvalRun]") -> None:
    """Runs, one a line, and under them what their providers say and do not say."""
    console().print(table(title, _HEADINGS, [_row(each) for each in runs]))
    for provider in dict.fromkeys(each.provider for each in runs):
        if provider in MEANS:
            say(MEANS[provider])


def print_reliability(title: str, found: "Iterable[Reliability]") -> None:
    """How far scorers can be trusted, one criterion or kind of defect a line."""
    rows = [(row.name, row.planted, row.found, share(row.precision), share(row.recall)) for row in found]
    console().print(table(title, ("name", "planted", "found", "precision", "recall"), rows))


def _row(run: EvalRun) -> tuple[object, ...]:
    seen = run.comparison
    return (
        run.suite,
        run.provider,
        run.cases,
        run.failed,
        f"{run.score:.3f}",
        f"{run.low:.3f} to {run.high:.3f}",
        None if seen.before is None else f"{seen.before:.3f}",
        None if seen.change is None else f"{seen.change:+.3f}",
        _usd(run),
        None if run.p50_ms is None else round(run.p50_ms),
        None if run.p95_ms is None else round(run.p95_ms),
        seen.standing.replace("_", " "),
        run.id,
    )


def run_facts(run: EvalRun) -> list[tuple[str, Any]]:
    """What two runs are compared by: the same names in the same order for each."""
    return [
        ("suite", run.suite),
        ("provider", run.provider),
        ("model", run.model or "none"),
        ("prompt", run.prompt_sha256[:12]),
        ("rubric", run.rubric_sha256[:12]),
        ("corpus", run.corpus_sha256[:12]),
        ("cases", run.cases),
        ("failed", run.failed),
        ("score", f"{run.score:.3f} ({run.low:.3f} to {run.high:.3f})"),
        ("standing", run.comparison.standing.replace("_", " ")),
        ("cost (USD)", _usd(run) or "none"),
        ("p95 (ms)", "none" if run.p95_ms is None else round(run.p95_ms)),
    ]


def _usd(run: EvalRun) -> str | None:
    return None if run.cost_micros is None else f"{run.cost_micros / MICROS:.4f}"


def share(value: float | None) -> str | None:
    """A share, or nothing where there is none."""
    return None if value is None else f"{value:.2f}"
