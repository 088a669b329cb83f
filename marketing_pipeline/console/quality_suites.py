"""Runs of an agent's evaluation suite, set side by side."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from marketing_pipeline.console.desk import Desk

MOST_BESIDE = 4
_RUNS = """
SELECT id, suite, provider, model, prompt_sha256, rubric_sha256, corpus_sha256, cases, failed, score, low, high,
    standing, is_baseline, cost_micros / 1e6 / nullif(cases, 0) AS case_usd, p95_ms / 1000 AS p95_s, started_at
FROM eval_runs
WHERE suite = $1 AND (brand IS NULL OR brand = ANY($2)) AND ($3 = '' OR provider = $3)
QUALIFY provider = first_value(provider) OVER (
    ORDER BY list_position(['anthropic', 'corpus', 'sandbox'], provider), started_at DESC
)
ORDER BY started_at DESC, id LIMIT $4
"""
_CRITERIA = """
SELECT run, criterion, counted, cases, pass_share, planted, rightly_found, "precision", recall
FROM eval_scores_by_run WHERE run = ANY(?) AND split = 'held_out' ORDER BY criterion
"""
_CHANGES = {"prompt_sha256": "prompt", "model": "model", "rubric_sha256": "rubric", "corpus_sha256": "corpus"}


def runs_beside(desk: Desk, suite: str, provider: str) -> list[dict[str, Any]]:
    """The newest runs by one provider, the newest first; unless named, of that which says most about quality."""
    return desk.rows(_RUNS, suite, desk.shown_brands, provider, MOST_BESIDE).mappings()


def criteria_beside(desk: Desk, runs: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any] | None]]:
    """By criterion, what its held-out cases came to in each of the runs, in their order."""
    found = desk.rows(_CRITERIA, tuple(run["id"] for run in runs)).mappings()
    by_place = {(row["run"], row["criterion"]): row for row in found}
    names = dict.fromkeys(row["criterion"] for row in found)
    return {name: [by_place.get((run["id"], name)) for run in runs] for name in names}


def changed_between(runs: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """For each run, what is another than in the run before it; of the oldest shown, nothing is known."""
    changes = [
        tuple(word for column, word in _CHANGES.items() if later[column] != earlier[column])
        for later, earlier in pairwise(runs)
    ]
    return [*changes, *[()] * bool(runs)]
