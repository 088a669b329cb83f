"""Targets that are surely off are moved; all others are left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_account import (
    BudgetSetting,
    CampaignSetting,
)
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.ad_experience import AdExperience
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CUSTOMER, TODAY, campaign_days
from marketing_pipeline_tests.domain.moving_accounts import (
    CAMPAIGN,
    advertiser,
    by_cost,
    by_return,
    moves,
    past_change,
)

_K = AdChangeKind


INCONCLUSIVE = past_change(
    _K.SET_TARGET_CPA, f"customers/{CUSTOMER}/campaigns/1", AdChangeState.INCONCLUSIVE, "7000000", "6000000"
)


@pytest.mark.parametrize(
    ("campaign", "kind", "after", "metric"),
    [
        (by_cost(6), _K.SET_TARGET_CPA, "4800000", "cost_micros"),  # dearer than asked for: tighter, by a fifth
        (by_cost(7), _K.SET_TARGET_CPA, "5870000", "cost_micros"),  # half of the way
        (by_cost(15), _K.SET_TARGET_CPA, "18000000", "conversions"),
        (by_return(6), _K.SET_TARGET_ROAS, "7.2", "cost_micros"),
        (by_return(2.5), _K.SET_TARGET_ROAS, "2", "conversions"),
    ],
)
def test_a_target_that_is_surely_off_goes_half_of_the_way_a_fifth_at_most(
    campaign: CampaignSetting, kind: AdChangeKind, after: str, metric: str
) -> None:
    [found] = moves(advertiser(campaign))
    assert (found.payload.change_kind, found.payload.after, found.forecast.metric) == (kind, after, metric)
    assert found.forecast.gains


@pytest.mark.parametrize(
    ("campaign", "changes"),
    [
        (by_cost(9.5), {}),
        (by_return(4.1), {}),
        (by_cost(6), {"budgets": (BudgetSetting(resource=BUDGET, amount_micros=41 * MICROS),)}),
        (by_cost(6, bidding_status="LEARNING_SETTING_CHANGE"), {}),
        (by_cost(6, status="PAUSED"), {}),
        (by_cost(6, status="REMOVED"), {}),
        (by_cost(6), {"changed": {f"customers/{CUSTOMER}/campaigns/1": TODAY - timedelta(days=6)}}),
        (by_cost(6), {"changed": {BUDGET: TODAY - timedelta(days=6)}}),
        (by_cost(6), {"campaign_days": tuple(replace(row, conversions=0.0) for row in campaign_days())}),
        (by_cost(6), {"campaign_days": tuple(replace(row, conversions=0.5) for row in campaign_days())}),
        (by_cost(6), {"experience": AdExperience(verdicts=(INCONCLUSIVE,))}),
        (by_cost(15), {"month_budget_micros": 100 * MICROS}),
        (replace(CAMPAIGN, bidding_strategy="TARGET_CPA", target_cpa_micros=6 * MICROS), {}),
        (replace(CAMPAIGN, bidding_strategy="MAXIMIZE_CONVERSIONS"), {}),
    ],
    ids=[
        "near enough",
        "return near enough",
        "budget used up",
        "learning",
        "paused",
        "removed",
        "cooling",
        "budget cooling",
        "never converts",
        "too few conversions",
        "last step told nothing",
        "month over budget",
        "portfolio strategy",
        "no target",
    ],
)
def test_a_target_is_left_alone(campaign: CampaignSetting, changes: dict[str, Any]) -> None:
    assert moves(advertiser(campaign, **changes)) == ()
