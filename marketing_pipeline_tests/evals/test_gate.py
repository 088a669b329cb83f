"""The corpora at the gate: baselines, a worsened corpus, and what a run leaves behind."""

import shutil
from pathlib import Path

import duckdb
import pytest

from marketing_pipeline.cli.eval_file import EvalFile, EvalFileUnwritable, write_results
from marketing_pipeline.domain.agent_evaluation import Split
from marketing_pipeline.evals.baseline import read_baseline
from marketing_pipeline.evals.catalogue import SUITES
from marketing_pipeline.evals.corpus import FOLDER, load_corpus
from marketing_pipeline.evals.reliability import by_criterion, by_kind, of_split
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import Office


@pytest.mark.parametrize("suite", SUITES)
def test_the_stored_baseline_belongs_to_the_corpus(suite: str) -> None:
    baseline, corpus = read_baseline(suite), load_corpus(suite)
    assert baseline is not None
    assert set(baseline.cases) == {case.id for case in corpus.cases}
    assert baseline.corpus_sha256 == corpus.sha256


def test_the_command_passes_on_the_corpora_as_they_stand(office: Office, run: Run) -> None:
    said = run("eval", "run", "--json")
    assert said.code == 0, said.words
    assert {row["suite"]: row["comparison"]["standing"] for row in said.json} == dict.fromkeys(SUITES, "as_before")
    assert {row["provider"] for row in said.json} == {"corpus"}
    assert all(row["cost_micros"] is None and row["calls"] == 0 for row in said.json)


def test_results_are_written_where_they_are_asked_for_and_to_the_warehouse(
    office: Office, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "told.csv"
    assert run("eval", "run", "--suite", "note_reader", "--to", str(file)).code == 0
    assert file.read_text().startswith("suite,provider")
    with duckdb.connect(office.work.home.warehouse / "current.duckdb", read_only=True) as snapshot:
        assert snapshot.execute("SELECT suite, provider FROM eval_runs").fetchall() == [("note_reader", "corpus")]
    said = run("eval", "run", "--to", str(tmp_path / "told.xls"))
    assert said.code == 1 and "has no known ending" in said.words and "Traceback" not in said.err
    done = office.work.evals.over_corpora("note_reader")
    for ending, begins in (("csv", "suite,provider"), ("json", "[\n"), ("md", "| suite |")):
        write_results(EvalFile(str(tmp_path / f"all.{ending}")), done)
        told = (tmp_path / f"all.{ending}").read_text()
        assert told.startswith(begins)
        assert told.count("held_out") == told.count("development") == len(SUITES["note_reader"].criteria)
    with pytest.raises(EvalFileUnwritable, match="cannot be written"):
        write_results(EvalFile(str(tmp_path / "none" / "told.csv")), done)


def test_a_worsened_corpus_fails_the_command_in_one_line(office: Office, run: Run, tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    shutil.copytree(FOLDER, corpora)
    worse = corpora / "copywriter.yaml"
    # The good answer that several cases begin from now names a price that is on no list.
    worse.write_text(worse.read_text().replace("holds 350 ml and costs £28.", "holds 350 ml and costs £28, was £61."))
    said = run("eval", "run", "--suite", "copywriter", "--corpora", str(corpora))
    assert said.code == 1
    assert "below" in said.out and "mug_rim: facts no longer as labelled" in said.words
    assert said.err.startswith("error: Below the baseline: copywriter by corpus 0.9")
    assert "Traceback" not in said.err
    held = run("eval", "run", "--suite", "composer", "--corpora", str(corpora))
    assert held.code == 0
    [fallen] = office.work.evals.below_baseline()
    assert fallen.startswith("copywriter")
    [newest] = [each for each in office.work.evals.runs.newest() if each.suite == "copywriter"]
    assert "copywriter fails: mug_rim" in run("eval", "show", newest.id).words


def test_a_fall_that_is_meant_is_adopted(office: Office, run: Run, tmp_path: Path) -> None:
    corpora, baselines = tmp_path / "corpora", tmp_path / "baselines"
    shutil.copytree(FOLDER, corpora)
    baselines.mkdir()
    where = ("--corpora", str(corpora), "--baselines", str(baselines), "--suite", "analyst")
    assert "no baseline" in run("eval", "run", *where, "--baseline", "write").words
    theirs = corpora / "held_out" / "analyst.yaml"
    theirs.write_text(theirs.read_text().replace("Perhaps a name keeps people", "A name keeps people"))
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
            'SELECT split, criterion, planted, found, "precision", recall, is_quality FROM eval_scores_by_run '
            "WHERE run = ?",
            [result.run.id],
        ).fetchall()
    assert {row[:2]: row[2:] for row in rows} == {
        (split, item.name): (item.planted, item.found, item.precision, item.recall, False)
        for split in Split
        for item in by_criterion(of_split(result.scores, split))
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
