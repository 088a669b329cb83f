"""What the suites come to, as a Dagster asset with checks, and on the console's Quality page."""

from datetime import timedelta

import dagster as dg
import pytest

from marketing_pipeline.assets.agent_quality import (
    agent_quality,
    no_suite_is_below_its_baseline,
    prompts_were_evaluated,
)
from marketing_pipeline.domain.agent_evaluation import Comparison, Standing
from marketing_pipeline.evals.asking import ASKED
from marketing_pipeline.evals.catalogue import SUITES
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.console.browser import site_of


def checks(office: Office) -> tuple[dg.ExecuteInProcessResult, dict[str, dg.AssetCheckEvaluation]]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = dg.materialize(
            [agent_quality, no_suite_is_below_its_baseline, prompts_were_evaluated],
            resources={"workplace": office.work},
            instance=instance,
        )
        return made, {check.check_name: check for check in made.get_asset_check_evaluations()}


@pytest.mark.usefixtures("model")
def test_the_asset_scores_every_corpus_and_its_checks_tell_what_is_missing(office: Office) -> None:
    made, found = checks(office)
    [event] = made.asset_materializations_for_node("agent_quality")
    assert {name for name in event.metadata if name.endswith("(corpus)")} == {f"{name} (corpus)" for name in SUITES}
    assert found["no_suite_is_below_its_baseline"].passed
    unseen = found["prompts_were_evaluated"]
    assert (unseen.passed, unseen.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert unseen.metadata["not evaluated"].value == ", ".join(ASKED)
    office.work.evals.over_agents(BRAND, "note_reader")
    assert office.work.evals.never_evaluated() == tuple(name for name in ASKED if name != "note_reader")


@pytest.mark.usefixtures("model")
def test_another_model_or_prompt_is_one_that_was_not_evaluated(office: Office) -> None:
    [result] = office.work.evals.over_agents(BRAND, "note_reader")
    runs, seen = office.work.evals.runs, result.run
    assert runs.with_prompt("note_reader", seen.provider, seen.model, seen.prompt_sha256)
    assert not runs.with_prompt("note_reader", seen.provider, "claude-opus-5-5", seen.prompt_sha256)
    assert not runs.with_prompt("note_reader", seen.provider, seen.model, "0" * 64)
    assert not runs.with_prompt("note_reader", "anthropic", seen.model, seen.prompt_sha256)


def test_a_fall_fails_the_check(office: Office) -> None:
    [result] = office.work.evals.over_corpora("composer")
    fallen = Comparison(standing=Standing.BELOW, before=1.0, change=-0.2, low=-0.2, high=-0.2)
    later = result.run.model_copy(
        update={"id": "ev-later", "score": 0.8, "comparison": fallen, "provider": "anthropic"}
    )
    office.work.evals.runs.record(later, (), ())
    assert office.work.evals.below_baseline() == ("composer by anthropic 0.800, was 1.000 (change -0.200 to -0.200)",)


@pytest.mark.usefixtures("model")
def test_the_quality_page_shows_suites_and_labels_the_sandbox(office: Office) -> None:
    office.planned()
    office.designed()
    office.work.refresh_warehouse()
    with site_of(Settings.from_environment()) as site:
        assert "No suite has been run yet" in site.page("/quality")
    office.work.evals.over_corpora("composer")
    office.work.refresh_warehouse()
    with site_of(Settings.from_environment()) as site:
        page = site.page("/quality")
        assert "<td>corpus</td>" in page and "plumbing only" not in page
    office.work.evals.over_agents(BRAND, "note_reader")
    office.work.refresh_warehouse()
    with site_of(Settings.from_environment()) as site:
        page = site.page("/quality")
        assert 'sandbox <span class="badge warn">plumbing only</span>' in page
        assert "Suites run in the sandbox test the plumbing only." in page
        assert "Prompts in use that were not evaluated" in page
        assert "note reader" not in page.split("were not evaluated")[1].partition("</div>")[0]
        assert 'href="/quality/suites/note_reader?provider=sandbox' in page


@pytest.mark.usefixtures("model")
def test_two_prompts_stand_side_by_side_in_the_console(office: Office) -> None:
    evals = office.work.evals
    [first] = evals.over_agents(BRAND, "note_reader", repeat=2, take_baseline=True)
    later = {"id": "ev-later", "prompt_sha256": "f" * 64, "started_at": first.run.started_at + timedelta(hours=1)}
    evals.runs.record(first.run.model_copy(update=later), first.cases, first.scores)
    evals.over_corpora("note_reader")
    office.work.refresh_warehouse()
    with site_of(Settings.from_environment()) as site:
        page = site.page("/quality/suites/note_reader", provider="sandbox")
        assert page.index("ev-later") < page.index(first.run.id) < page.index("baseline</span>")
        assert '<span class="badge warn">prompt</span>' in page
        assert f"<code>{'f' * 12}</code>" in page and f"<code>{first.run.prompt_sha256[:12]}</code>" in page
        assert "Suites run in the sandbox test the plumbing only." in page
        assert "known examples <span" in page and "100 % of 16" in page
        corpus = site.page("/quality/suites/note_reader", provider="corpus")
        assert "5 of 5 found, precision 100 %" in corpus and "ev-later" not in corpus
        assert "The prompt and model in use have not been evaluated" not in corpus
        unseen = site.page("/quality/suites/analyst")
        assert "The prompt and model in use have not been evaluated" in unseen and "has not been run" in unseen
        assert "There is no suite" in site.page("/quality/suites/poet", status=404)
