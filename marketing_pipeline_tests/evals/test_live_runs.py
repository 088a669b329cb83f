"""Agents asked over the wire: scored, costed, timed, labelled as plumbing, compared."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from marketing_pipeline.domain.agent_evaluation import (
    SANDBOX,
    BelowBaseline,
    NotEnoughToTell,
    Split,
    Standing,
    split_of,
)
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.evals.asking import ASKED
from marketing_pipeline.evals.baseline import read_baseline
from marketing_pipeline.evals.catalogue import SUITES
from marketing_pipeline.evals.gate import LEAST_SITUATIONS
from marketing_pipeline.evals.running import SuiteResult
from marketing_pipeline.evals.score import Budget, Suite
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand

pytestmark = pytest.mark.usefixtures("model")


def test_every_suite_can_ask_its_agent() -> None:
    assert set(ASKED) == set(SUITES)


@pytest.mark.parametrize("suite", [name for name in ASKED if name != "evaluator"])
def test_an_agent_is_asked_in_every_held_out_situation_of_its_corpus(office: Office, suite: str) -> None:
    is_whole(office, suite)


def is_whole(office: Office, suite: str) -> SuiteResult:
    [result] = office.work.evals.over_agents(BRAND, suite)
    assert all(case.output is not None for case in result.cases), [case.error for case in result.cases]
    assert (result.run.provider, result.run.is_quality) == (SANDBOX, False)
    assert result.run.cases == len(result.cases) >= LEAST_SITUATIONS
    assert {split_of(case.case) for case in result.cases} == {Split.HELD_OUT}
    assert result.run.calls >= result.run.cases
    assert result.run.cost_micros == sum(case.cost_micros or 0 for case in result.cases) > 0
    assert result.run.p50_ms is not None and result.run.p95_ms is not None
    assert 0 < result.run.p50_ms <= result.run.p95_ms
    assert office.work.evals.runs.get(result.run.id) == result.run
    assert suite not in office.work.evals.never_evaluated()
    # The same scorers as over the corpus: an answer that obeys the product's own rules has its shape.
    assert {score.criterion for score in result.scores if score.passed} >= {"shape"}
    baseline = read_baseline(suite)
    assert baseline is not None
    assert {score.criterion for score in result.scores if score.counted} <= baseline.trusted
    return result


def test_the_strangers_order_in_a_tools_answer_is_scored_and_the_development_half_is_not_stored(office: Office) -> None:
    [result] = office.work.evals.over_agents(BRAND, "orchestrator", split=Split.DEVELOPMENT)
    [obeyed] = [row for row in result.scores if (row.case, row.criterion) == ("score#1", "injection")]
    assert obeyed.passed
    [told] = [case for case in result.cases if case.case == "score#1"]
    assert told.output is not None
    assert [call["tool"] for call in told.output["calls"]] == ["list_posts", "show_post"]
    assert "0.35" in told.output["text"]
    assert office.work.evals.runs.newest() == ()
    assert "orchestrator" in office.work.evals.never_evaluated()


def test_the_evaluator_sees_the_planted_defects_in_pictures_of_the_studio(office: Office) -> None:
    result = is_whole(office, "evaluator")
    # The sandbox's evaluator measures contrast and sharpness; what it has no eyes for is no matter of plumbing.
    verdicts = {case.case: case.output["verdicts"] for case in result.cases if case.output is not None}
    level = {row["criterion"]: row["level"] for row in verdicts["held/car_pale#1"]}
    assert level["legibility"] == "poor"
    assert {row["criterion"]: row["level"] for row in verdicts["held/plant_blurred#1"]}["craft"] == "poor"
    assert not any(row["level"] == "poor" for row in verdicts["held/rye_clean#1"])


def test_a_live_run_is_held_against_the_homes_own_baseline(office: Office) -> None:
    evals = office.work.evals
    [first] = evals.over_agents(BRAND, "note_reader", repeat=2, take_baseline=True)
    [second] = evals.over_agents(BRAND, "note_reader", repeat=2)
    assert first.run.comparison.standing is Standing.NO_BASELINE
    assert second.run.comparison.standing is Standing.AS_BEFORE
    evals.require_no_fall([first, second])
    office.step_to(office.now + timedelta(minutes=1))
    [once] = evals.over_agents(BRAND, "note_reader")
    # Nothing was asked twice: how steady the answers are is not known, and that is no pass.
    assert once.run.comparison.standing is Standing.TOO_FEW
    with pytest.raises(NotEnoughToTell, match="note_reader: nothing was asked twice"):
        evals.require_no_fall([once])
    [fallen] = evals.below_baseline()
    assert fallen.startswith("note_reader by sandbox")
    evals.runs.take_as_baseline(once.run)
    assert [run.id for run in evals.runs.newest() if run.is_baseline] == [once.run.id]
    assert evals.gate_of(second.run).comparison.standing is Standing.TOO_FEW


def test_a_budget_that_is_passed_fails_even_a_first_run(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tight = replace(SUITES["note_reader"], budget=Budget(usd_per_case=0.000001, p95_seconds=60))
    monkeypatch.setitem(cast("dict[str, Suite]", SUITES), "note_reader", tight)
    [result] = office.work.evals.over_agents(BRAND, "note_reader")
    assert result.run.comparison.standing is Standing.NO_BASELINE
    with pytest.raises(BelowBaseline, match=r"a case costs 0\.\d{4} USD of at most 0\.00"):
        office.work.evals.require_no_fall([result])


def test_a_cap_that_is_reached_stops_the_run_and_is_no_verdict(office: Office) -> None:
    brands = office.work.settings.brands
    write_brand(brands, policies={"model_spend_per_week_usd": 0.0001})
    with pytest.raises(SpendCapReached):
        office.work.evals.over_agents(BRAND, "copywriter")
    assert office.work.evals.runs.newest() == ()


def test_a_judge_gives_hints_that_do_not_count(office: Office) -> None:
    [plain] = office.work.evals.over_agents(BRAND, "analyst")
    [judged] = office.work.evals.over_agents(BRAND, "analyst", judge=True)
    hints = [score for score in judged.scores if score.criterion == "judge_useful"]
    assert len(hints) == judged.run.cases
    assert not any(score.counted for score in hints)
    assert judged.run.score == plain.run.score
    assert judged.run.calls > plain.run.calls


def test_two_runs_stand_side_by_side_and_a_pair_is_asked_in_both_orders(office: Office, run: Run) -> None:
    [a] = office.work.evals.over_agents(BRAND, "analyst")
    [b] = office.work.evals.over_agents(BRAND, "analyst")
    preferences = office.work.evals.preferred(a.run.id, b.run.id, BRAND)
    assert [(each.better, each.flipped) for each in preferences] == [("tie", False)] * a.run.cases
    said = run("eval", "compare", a.run.id, b.run.id, "--judge")
    assert said.code == 0, said.words
    assert a.run.prompt_sha256[:12] in said.words and "claude-sonnet-5-5" in said.words
    assert f"neither {a.run.cases} times" in said.words and "in 0 it went by the order alone" in said.words
    assert "plumbing only" in said.words
    assert "figures passed" in said.words and "verdicts that flip" in said.words
    assert f"{b.run.id} against {a.run.id}: too few" in said.words


def test_the_command_labels_the_sandbox_and_the_development_half(office: Office, run: Run) -> None:
    said = run("eval", "run", "--live", "--suite", "note_reader")
    assert said.code == 0, said.words
    assert "sandbox: plumbing only. These scores are never a measure of quality." in said.words
    worked = run("eval", "run", "--live", "--suite", "note_reader", "--development")
    assert worked.code == 0 and "Never a measure of quality, and not stored." in worked.words
    assert len(office.work.evals.runs.newest()) == 1
    refused = run("eval", "run", "--live", "--suite", "evaluator", "--development")
    assert refused.code == 1 and "No development situation of evaluator" in refused.words
    assert run("eval", "run", "--development").code == 2
    assert run("eval", "run", "--live", "--development", "--baseline", "write").code == 2
    with pytest.raises(NotFound):
        office.work.evals.over_agents(BRAND, "poet")
