"""The gate: baselines, a worsened corpus, and what a run leaves behind."""

import shutil
from pathlib import Path

import duckdb
import pytest

from marketing_pipeline.domain.agent_evaluation import Standing
from marketing_pipeline.evals.baseline import compared, read_baseline
from marketing_pipeline.evals.catalogue import SUITES
from marketing_pipeline.evals.corpus import FOLDER, load_corpus
from marketing_pipeline.evals.reliability import by_criterion, by_kind
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import Office

BEFORE = {f"case{number}": 1.0 for number in range(10)}


@pytest.mark.parametrize(
    ("now", "drawn", "standing"),
    [
        (BEFORE, False, Standing.AS_BEFORE),
        (BEFORE, True, Standing.AS_BEFORE),
        ({**BEFORE, "case1": 0.8}, False, Standing.BELOW),
        ({**BEFORE, "case1": 0.8}, True, Standing.AS_BEFORE),
        (dict.fromkeys(BEFORE, 0.7), True, Standing.BELOW),
        ({**BEFORE, "case10": 0.0}, False, Standing.AS_BEFORE),
        ({"case0": 1.0}, True, Standing.BELOW),
    ],
)
def test_a_change_is_one_where_its_interval_says_so(now: dict[str, float], drawn: bool, standing: Standing) -> None:
    seen = compared(now, BEFORE, drawn=drawn)
    assert seen.standing is standing
    assert seen.low is not None and seen.change is not None and seen.high is not None
    assert seen.low <= seen.change <= seen.high


def test_better_none_and_too_few() -> None:
    worse = dict.fromkeys(BEFORE, 0.5)
    assert compared(BEFORE, worse, drawn=True).standing is Standing.BETTER
    assert compared(BEFORE, None, drawn=True).standing is Standing.NO_BASELINE
    few = {"a": 1.0, "b": 1.0}
    assert compared({"a": 0.0, "b": 0.0}, few, drawn=True).standing is Standing.TOO_FEW


@pytest.mark.parametrize("suite", SUITES)
def test_the_stored_baseline_belongs_to_the_corpus(suite: str) -> None:
    baseline = read_baseline(suite)
    assert baseline is not None
    assert set(baseline) == {case.id for case in load_corpus(suite).cases}


def test_the_command_passes_on_the_corpora_as_they_stand(office: Office, run: Run) -> None:
    said = run("eval", "run", "--json")
    assert said.code == 0, said.words
    assert {row["suite"]: row["comparison"]["standing"] for row in said.json} == dict.fromkeys(SUITES, "as_before")
    assert {row["provider"] for row in said.json} == {"corpus"}
    assert all(row["cost_micros"] is None and row["calls"] == 0 for row in said.json)


def test_a_worsened_corpus_fails_the_command_in_one_line(office: Office, run: Run, tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    shutil.copytree(FOLDER, corpora)
    worse = corpora / "copywriter.yaml"
    # The good answer that several cases begin from now names a price that is on no list.
    worse.write_text(worse.read_text().replace("holds 350 ml and costs £28.", "holds 350 ml and costs £28, was £61."))
    said = run("eval", "run", "--suite", "copywriter", "--corpora", str(corpora))
    assert said.code == 1
    assert "below" in said.out
    assert said.err.startswith("error: Below the baseline: copywriter 0.9")
    assert "Traceback" not in said.err
    held = run("eval", "run", "--suite", "composer", "--corpora", str(corpora))
    assert held.code == 0
    [fallen] = office.work.evals.below_baseline()
    assert fallen.startswith("copywriter")


def test_a_fall_that_is_meant_is_adopted(office: Office, run: Run, tmp_path: Path) -> None:
    corpora, baselines = tmp_path / "corpora", tmp_path / "baselines"
    shutil.copytree(FOLDER, corpora)
    baselines.mkdir()
    where = ("--corpora", str(corpora), "--baselines", str(baselines), "--suite", "analyst")
    assert "no baseline" in run("eval", "run", *where, "--baseline", "write").words
    worse = (FOLDER / "analyst.yaml").read_text().replace("They are probably easy", "They are easy")
    (corpora / "analyst.yaml").write_text(worse)
    assert run("eval", "run", *where).code == 1
    assert run("eval", "run", *where, "--baseline", "write").code == 0
    assert run("eval", "run", *where).code == 0
    assert run("eval", "run", "--baseline", "erase").code == 2


def test_what_a_run_leaves_in_the_control_plane_and_the_warehouse(office: Office, run: Run) -> None:
    [result] = office.work.evals.over_corpora("copywriter")
    kept = office.work.evals.runs
    assert kept.get(result.run.id) == result.run
    assert kept.cases(result.run.id) == result.cases
    assert set(kept.scores(result.run.id)) == set(result.scores)
    office.work.refresh_warehouse()
    with duckdb.connect(office.work.home.warehouse / "current.duckdb", read_only=True) as snapshot:
        rows = snapshot.execute(
            'SELECT criterion, planted, found, "precision", recall, is_quality FROM eval_scores_by_run WHERE run = ?',
            [result.run.id],
        ).fetchall()
    told = {row.name: row for row in by_criterion(result.scores)}
    assert {row[0]: row[1:] for row in rows} == {
        name: (item.planted, item.found, item.precision, item.recall, False) for name, item in told.items()
    }
    kinds = {row.name: row for row in by_kind(result.cases, result.scores)}
    assert kinds["wrong_price"].recall == 1 and kinds["same_idea_in_new_words"].recall == 0
    shown = run("eval", "show", result.run.id)
    assert "same_idea_in_new_words" in shown.words and "precision" in shown.words
    assert result.run.id in run("eval", "list").words
    assert run("eval", "show", "ev-none").code == 1


def test_prompts_without_a_run_are_named(office: Office) -> None:
    office.work.evals.over_corpora("copywriter")
    # Scoring a corpus asks no prompt and no model.
    assert "copywriter" in office.work.evals.never_evaluated()
