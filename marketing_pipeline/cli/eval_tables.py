"""Evaluation runs as tables: what each column says, and which of them are no measure of quality."""

from typing import TYPE_CHECKING, Any

from marketing_pipeline.cli.screen import console, say, table
from marketing_pipeline.domain.agent_evaluation import CORPUS, SANDBOX, EvalRun, Split
from marketing_pipeline.domain.money import MICROS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from marketing_pipeline.evals.reliability import Reliability
    from marketing_pipeline.evals.running import SuiteResult

_HEADINGS = (
    "suite", "provider", "cases", "failed", "score", "95 %", "baseline", "change", "cost (USD)", "p50 (ms)", "p95 (ms)",
    "standing", "id",
)  # fmt: skip
MEANS = {
    CORPUS: "corpus: no model was asked; the score says how well the scorers agree with the labels.",
    SANDBOX: "sandbox: plumbing only. These scores are never a measure of quality.",
}
_SCORERS = ("planted", "good", "found", "precision", "95 %", "recall", "95 %")


def print_runs(title: str, runs: "Sequence[EvalRun]") -> None:
    """Runs, one a line, and under them what their providers say and do not say."""
    console().print(table(title, _HEADINGS, [_row(each) for each in runs]))
    for provider in dict.fromkeys(each.provider for each in runs):
        if provider in MEANS:
            say(MEANS[provider])


def print_reliability(title: str, found: "Iterable[Reliability]") -> None:
    """How far scorers can be trusted, one criterion or kind of defect a line."""
    console().print(table(title, ("name", *_SCORERS), [(row.name, *reliability_cells(row)) for row in found]))


def print_scorers(done: "Sequence[SuiteResult]") -> None:
    """How far the scorers of corpora can be trusted, the half that they were made with apart from the held-out one."""
    from marketing_pipeline.evals.reliability import by_criterion, of_split

    for split in Split:
        rows = [
            (result.run.suite, row.name, *reliability_cells(row), _counts(row, split))
            for result in done
            for row in by_criterion(of_split(result.scores, split))
        ]
        headings = ("suite", "criterion", *_SCORERS, "counts")
        console().print(table(f"scorers, {split.replace('_', ' ')} half", headings, rows))


def reliability_cells(row: "Reliability") -> tuple[object, ...]:
    """Counts, and both shares with their intervals."""
    return (
        row.planted,
        row.good,
        row.found,
        share(row.precision),
        _span(row.precision_interval),
        share(row.recall),
        _span(row.recall_interval),
    )


def _counts(row: "Reliability", split: Split) -> str | None:
    """Whether the criterion counts in what agents are judged by: the held-out half decides."""
    if split is Split.DEVELOPMENT:
        return None
    return "yes" if row.trusted else "no"


def print_gate(run: EvalRun, failures: "Sequence[str]", too_few: "Sequence[str]") -> None:
    """What the gate found wrong with a run, and what it could not tell."""
    for told, reasons in (("fails", failures), ("cannot be told", too_few)):
        for reason in reasons:
            say(f"{run.suite} {told}: {reason}")


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
        ("cost a case (USD)", "none" if run.cost_micros is None else f"{run.cost_micros / MICROS / run.cases:.4f}"),
        ("p95 (ms)", "none" if run.p95_ms is None else round(run.p95_ms)),
    ]


def _usd(run: EvalRun) -> str | None:
    return None if run.cost_micros is None else f"{run.cost_micros / MICROS:.4f}"


def share(value: float | None) -> str | None:
    """A share, or nothing where there is none."""
    return None if value is None else f"{value:.2f}"


def _span(ends: tuple[float, float] | None) -> str | None:
    return None if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}"
