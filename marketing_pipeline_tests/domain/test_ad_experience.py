"""What was learnt corrects the next forecasts, and holds back what was worse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_budget_ways import within_experience
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange, blocked_ways, way_of
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_learning import (
    AdChangeEffect,
)
from marketing_pipeline.domain.ad_outcome import inconclusive
from marketing_pipeline.domain.ad_reallocation import bounds_of
from marketing_pipeline.domain.ad_reconsider import reconsidered
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import (
    BUDGET,
    CAPS,
    POLICY,
    account,
    campaign_days,
    term_days,
)
from marketing_pipeline_tests.domain.judged_changes import DAY, silent
from marketing_pipeline_tests.domain.known_changes import (
    raise_budget,
)

_A = AdChangeState
WASTE = (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 45))


def effect_of(level: str, multiple: float, sd: float = 0.1) -> AdChangeEffect:
    from math import log

    return AdChangeEffect(level=level, log_effect=log(multiple), log_sd=sd, evidence=("a", "b"))


@given(
    expected=st.floats(-1e6, 1e6),
    below=st.floats(0, 1e6),
    above=st.floats(0, 1e6),
    multiple=st.floats(0.05, 5),
    sd=st.floats(0.01, 0.5),
)
def test_a_corrected_forecast_keeps_its_sign_and_is_never_surer(
    expected: float, below: float, above: float, multiple: float, sd: float
) -> None:
    said = Forecast(metric="conversions", days=14, expected=expected, low=expected - below, high=expected + above)
    experience = AdExperience(learnt={"raise_budget": effect_of("raise_budget", multiple, sd)})
    found = experience.corrected(raise_budget(), said)
    assert found.low <= found.expected <= found.high
    if experience.effect("raise_budget") is None:
        assert found == said
        return
    assert found.expected == pytest.approx(expected * multiple, abs=0.001)
    assert (said.low >= 0) <= (found.low >= 0) and (said.high <= 0) <= (found.high <= 0)
    if said.low < 0 < said.high:
        assert found.high - found.low >= multiple * (said.high - said.low) - 0.01


JOBS = [item for item in candidates(analyse(account(term_days=WASTE), POLICY), POLICY) if "jobs" in item.payload.after]


def test_a_candidate_of_a_kind_that_falls_short_is_corrected_and_ranked_lower() -> None:
    [one] = JOBS
    experience = AdExperience(learnt={"add_negative_keyword": effect_of("add_negative_keyword", 0.7)})
    [found], held = reconsidered([one], experience)
    assert held == ()
    assert found.forecast.expected == pytest.approx(0.7 * one.forecast.expected, rel=1e-3)
    assert found.money_micros == round(0.7 * one.money_micros)
    assert found.evidence[-1]["value"] == 0.7 and found.payload == one.payload


@pytest.mark.parametrize(
    ("level", "multiple", "gains", "held"),
    [
        ("add_negative_keyword", 0.3, True, True),
        ("add_negative_keyword", 0.55, True, False),
        ("add_negative_keyword", 3.0, True, False),
        ("add_negative_keyword", 3.0, False, True),
        ("add_negative_keyword", 0.3, False, False),
        ("pause_ad", 0.3, True, False),
    ],
)
def test_a_kind_that_was_surely_worse_is_held_back(level: str, multiple: float, gains: bool, held: bool) -> None:
    experience = AdExperience(learnt={level: effect_of(level, multiple)})
    why = experience.why_not(way_of(JOBS[0].payload), gains=gains)
    assert bool(why) is held
    if held and gains:
        kept, left = reconsidered(JOBS, experience)
        assert kept == () and "30% of what was forecast" in left[0].why


def past(state: AdChangeState, payload: ApplyAdChange | None = None, **fields: Any) -> PastAdChange:
    values: dict[str, Any] = {"outcome": None, "day": DAY, "id": "c1", "label": "Budget", "forecast": silent(3, 1, 5)}
    return PastAdChange(payload=payload or raise_budget(), state=state, **{**values, **fields})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([past(_A.APPLIED)], ""),
        ([past(_A.WORSE, outcome=inconclusive("it fell"))], "was worse: it fell"),
        ([past(_A.ROLLED_BACK)], "taken back"),
        ([past(_A.UNKNOWN, day=None)], "not settled"),
        ([past(_A.IMPROVED)], ""),
        ([past(_A.INCONCLUSIVE)], ""),
        ([past(_A.WORSE), past(_A.IMPROVED)], ""),
        ([past(_A.IMPROVED), past(_A.WORSE)], "was worse"),
        ([past(_A.WORSE), past(_A.IMPROVED, raise_budget(48, 40))], "was worse"),
        ([past(_A.WORSE, raise_budget(48, 40))], ""),
        ([past(_A.APPLIED, rolls_back="c0")], ""),
    ],
)
def test_the_same_is_not_done_again_while_it_is_measured_or_after_it_was_worse(
    changes: list[PastAdChange], words: str
) -> None:
    experience = AdExperience(blocked=blocked_ways(changes))
    why = experience.why_not(way_of(raise_budget(50, 55)), gains=True)
    assert bool(why) is bool(words) and words in why


def test_another_negative_keyword_of_a_campaign_is_another_change() -> None:
    payload = JOBS[0].payload
    blocked = blocked_ways([past(_A.WORSE, payload)])
    assert way_of(payload) in blocked
    assert "no verdict yet" in blocked_ways([past(_A.APPLIED, payload)])[way_of(payload)]
    assert way_of(payload.model_copy(update={"after": "PHRASE:clipart"})) not in blocked


def test_a_budget_is_not_moved_the_way_that_was_worse_and_people_are_told() -> None:
    experience = AdExperience(blocked=blocked_ways([past(_A.WORSE)]))
    free = bounds_of(BUDGET, 40 * MICROS, CAPS, "GBP")
    held = within_experience(experience, free)
    assert (held.low, held.high) == (free.low, 40 * MICROS)
    days: tuple[CampaignDay, ...] = campaign_days(180)
    found = analyse(account(campaign_days=days, experience=experience), POLICY)
    assert any("not raised: the same was done" in item.why for item in found.held)
