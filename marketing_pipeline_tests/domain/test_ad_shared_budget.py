"""One budget of several campaigns: it is one thing, its change names all of them and is forecast over all."""

from dataclasses import replace
from typing import Any

import pytest

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting, CampaignSetting
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_authorize import SHARED_BY
from marketing_pipeline.domain.ad_candidate import AdCandidate, candidates
from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CUSTOMER, POLICY, account, campaign_day

OWN = f"customers/{CUSTOMER}/campaignBudgets/2"


def _campaign(number: int, budget: str, **changes: Any) -> CampaignSetting:
    content: dict[str, Any] = {"status": "ENABLED", "bidding_status": "ENABLED", **changes}
    return CampaignSetting(id=number, name=f"Search {number}", budget=budget, **content)


def _days(number: int, spend: float, conversions: float) -> tuple[CampaignDay, ...]:
    """Three months in which the spend went up and down from week to week."""
    return tuple(
        replace(
            campaign_day(back, campaign=number),
            cost_micros=round(spend * MICROS * (0.7 + 0.1 * (back // 7 % 4))),
            conversions=conversions * (0.9 + 0.05 * (back // 7 % 4)),
        )
        for back in range(100, 0, -1)
    )


def sharing(**changes: Any) -> AdAccountHistory:
    """Two campaigns spend from one budget and bring little; a third has its own and brings much."""
    content: dict[str, Any] = {
        "budgets": (
            BudgetSetting(resource=BUDGET, amount_micros=88 * MICROS, users=2),
            BudgetSetting(resource=OWN, amount_micros=44 * MICROS),
        ),
        "campaigns": (_campaign(1, BUDGET), _campaign(2, BUDGET), _campaign(3, OWN)),
        "campaign_days": (*_days(1, 50, 1.0), *_days(2, 50, 1.0), *_days(3, 50, 12.0)),
    }
    return account(**{**content, **changes})


def _budget_moves(history: AdAccountHistory) -> dict[str, AdCandidate]:
    found = candidates(analyse(history, POLICY), POLICY)
    return {item.payload.resource: item for item in found if item.payload.change_kind is AdChangeKind.SET_BUDGET}


def test_its_change_names_every_campaign_and_is_forecast_over_all() -> None:
    moves = _budget_moves(sharing())
    shared, own = moves[BUDGET], moves[OWN]
    assert [row[SHARED_BY] for row in shared.evidence if SHARED_BY in row] == [["Search 1", "Search 2"]]
    assert "Search 1" in shared.label and "Search 2" in shared.label
    assert not [row for row in own.evidence if SHARED_BY in row]
    curve = analyse(sharing(), POLICY).curves[BUDGET]
    assert curve.spend == pytest.approx(2 * 50 * MICROS * 0.85, rel=0.1), "both campaigns together"
    assert curve.gain(int(shared.payload.after)).expected * POLICY.outcome_days == pytest.approx(
        shared.forecast.expected, abs=0.01
    )


def test_a_paused_campaign_that_shares_it_is_named_and_a_removed_one_is_not() -> None:
    campaigns = (
        _campaign(1, BUDGET),
        _campaign(2, BUDGET, status="PAUSED"),
        _campaign(3, OWN),
        _campaign(4, BUDGET, status="REMOVED"),
    )
    shared = _budget_moves(sharing(campaigns=campaigns))[BUDGET]
    assert [row[SHARED_BY] for row in shared.evidence if SHARED_BY in row] == [["Search 1", "Search 2"]]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"budgets": (BudgetSetting(resource=BUDGET, amount_micros=88 * MICROS, users=3),)}, "of which 2 were read"),
        (
            {
                "campaigns": (
                    _campaign(1, BUDGET),
                    _campaign(2, BUDGET, bidding_status="LEARNING_NEW"),
                    _campaign(3, OWN),
                )
            },
            "learning",
        ),
    ],
)
def test_it_is_held_where_not_all_of_it_is_known(changes: dict[str, Any], why: str) -> None:
    history = sharing(**changes)
    assert BUDGET not in _budget_moves(history)
    held = analyse(history, POLICY).held
    assert {item.subject for item in held if why in item.why} == {"Search 1", "Search 2"}


def test_a_removed_campaign_has_no_change_and_no_curve() -> None:
    removed = sharing(campaigns=tuple(_campaign(number, BUDGET, status="REMOVED") for number in (1, 2)))
    found = analyse(removed, POLICY)
    assert found.curves == {} and candidates(found, POLICY) == ()
