"""What became of earlier changes reaches the next proposals: code corrects and holds back, the model only words it."""

from dataclasses import replace
from math import log
from typing import Any

import pytest

from marketing_pipeline.agents.ads_analyst import candidate_row, rules, verdict_row
from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange, blocked_ways
from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.ad_outcome import AdOutcome
from marketing_pipeline.domain.ad_reconsider import reconsidered
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.domain.ad_accounts import TODAY
from marketing_pipeline_tests.fixtures import AuditNotes
from marketing_pipeline_tests.workflows.test_propose_ad_changes import CANDIDATES, FOUND, run, with_policy

KIND = "add_negative_keyword"
OUTCOME = AdOutcome(verdict=AdChangeState.WORSE, effect=-1e6, low=-2e6, high=1e6, days=14, why="it saved nothing")
WORSE = PastAdChange(
    id="earlier",
    label="Searches with 'jobs' in Search",
    payload=CANDIDATES[0].payload,
    forecast=CANDIDATES[0].forecast,
    state=AdChangeState.WORSE,
    day=TODAY,
    outcome=OUTCOME,
)


def having(experience: AdExperience) -> AdAnalysis:
    """The findings, of an account with this experience."""
    return replace(FOUND, account=replace(FOUND.account, experience=experience))


def learnt(multiple: float) -> AdExperience:
    effect = AdChangeEffect(level=KIND, log_effect=log(multiple), log_sd=0.1, evidence=("a", "b"))
    return AdExperience(learnt={KIND: effect}, verdicts=(WORSE,))


def test_the_stored_forecast_is_the_corrected_one_and_the_model_is_told(
    database: Database, brand: Brand, tmp_path: Any
) -> None:
    proposed, _ = run(database, with_policy(brand), tmp_path, having(learnt(0.7)))
    stored = {change.payload: change for change in AdChanges(database, AuditNotes()).find()}
    for item in (item for item in CANDIDATES if item.payload.change_kind == KIND):
        assert stored[item.payload].forecast.expected == pytest.approx(0.7 * item.forecast.expected, rel=1e-3)
        assert stored[item.payload].evidence[-1]["changes"] == 2
    assert proposed.advice is not None and "1 worse" in proposed.advice.account_summary


@pytest.mark.parametrize(
    ("experience", "why"),
    [(learnt(0.3), "held back"), (AdExperience(blocked=blocked_ways([WORSE])), "was worse: it saved nothing")],
    ids=["the kind", "the same again"],
)
def test_what_was_worse_is_not_proposed_and_stands_among_what_is_left_alone(
    database: Database, brand: Brand, tmp_path: Any, experience: AdExperience, why: str
) -> None:
    proposed, _ = run(database, with_policy(brand), tmp_path, having(experience))
    assert CANDIDATES[0].payload not in [change.payload for change in AdChanges(database, AuditNotes()).find()]
    assert [item for item in proposed.left_alone if item.subject == CANDIDATES[0].label and why in item.why]


def test_the_models_words_may_hold_the_figures_of_the_correction_and_no_others() -> None:
    [corrected, *_], _ = reconsidered(CANDIDATES, learnt(0.7))
    advice = [
        AdAdvice(
            account_summary="The account stands as it stood last week.",
            choices=(AdChoice(candidate=corrected.id, reason=f"Only {share} of the forecasts came about."),),
        )
        for share in ("0.7", "0.66")
    ]
    assert [len(rules([corrected], FOUND)(item)) for item in advice] == [0, 1]
    assert candidate_row(corrected)["forecast"]["expected"] == round(corrected.forecast.expected / MICROS, 2)


def test_a_verdict_is_given_with_forecast_figures_and_reason() -> None:
    row = verdict_row(WORSE)
    assert (row["kind"], row["verdict"], row["applied"]) == (KIND, "worse", TODAY.isoformat())
    assert row["seen"] == {"effect": -1, "low": -2, "high": 1, "days": 14, "why": "it saved nothing"}
