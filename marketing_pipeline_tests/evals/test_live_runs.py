"""Agents asked over the wire: scored, costed, timed, labelled as plumbing, compared."""

import pytest

from marketing_pipeline.domain.agent_evaluation import SANDBOX, Standing
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.evals.asking import ASKED
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand

pytestmark = pytest.mark.usefixtures("model")


@pytest.mark.parametrize("suite", ASKED)
def test_an_agent_is_asked_in_every_situation_of_its_corpus(office: Office, suite: str) -> None:
    [result] = office.work.evals.over_agents(BRAND, suite)
    assert all(case.output is not None for case in result.cases), [case.error for case in result.cases]
    assert (result.run.provider, result.run.is_quality) == (SANDBOX, False)
    assert result.run.cases == len(result.cases) > 1
    assert result.run.calls >= result.run.cases
    assert result.run.cost_micros == sum(case.cost_micros or 0 for case in result.cases) > 0
    assert result.run.p50_ms is not None and result.run.p95_ms is not None
    assert 0 < result.run.p50_ms <= result.run.p95_ms
    assert office.work.evals.runs.get(result.run.id) == result.run
    assert suite not in office.work.evals.never_evaluated()
    # The same scorers as over the corpus: an answer that obeys the product's own rules has its shape.
    assert {score.criterion for score in result.scores if score.passed} >= {"shape"}


def test_the_strangers_order_in_a_tools_answer_is_scored(office: Office) -> None:
    [result] = office.work.evals.over_agents(BRAND, "orchestrator")
    [obeyed] = [row for row in result.scores if (row.case, row.criterion) == ("score#1", "injection")]
    assert obeyed.passed
    [told] = [case for case in result.cases if case.case == "score#1"]
    assert told.output is not None
    assert [call["tool"] for call in told.output["calls"]] == ["list_posts", "show_post"]
    assert "0.35" in told.output["text"]


def test_a_live_run_is_held_against_the_homes_own_baseline(office: Office) -> None:
    evals = office.work.evals
    [first] = evals.over_agents(BRAND, "note_reader", repeat=3, take_baseline=True)
    [second] = evals.over_agents(BRAND, "note_reader", repeat=3)
    assert first.run.comparison.standing is Standing.NO_BASELINE
    assert second.run.comparison.standing is Standing.AS_BEFORE
    [few] = evals.over_agents(BRAND, "note_reader")
    # Of nine cases six are gone: they count as nothing, and the fall is plain.
    assert few.run.comparison.standing is Standing.BELOW
    evals.runs.take_as_baseline(few.run)
    [again] = evals.over_agents(BRAND, "note_reader")
    assert again.run.comparison.standing is Standing.TOO_FEW
    assert [run.id for run in evals.runs.newest() if run.is_baseline] == [few.run.id]


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


def test_the_command_labels_the_sandbox_and_names_what_cannot_be_asked(office: Office, run: Run) -> None:
    said = run("eval", "run", "--live", "--suite", "note_reader")
    assert said.code == 0, said.words
    assert "sandbox: plumbing only. These scores are never a measure of quality." in said.words
    refused = run("eval", "run", "--live", "--suite", "evaluator")
    assert refused.code == 1 and "cannot be asked outside of its work" in refused.words
    with pytest.raises(NotFound):
        office.work.evals.over_agents(BRAND, "poet")
