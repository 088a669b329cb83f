"""Accounts that are odd without being wrong: nothing is proposed that the figures do not carry, and nothing breaks."""

from dataclasses import replace
from typing import Any

import pytest

from marketing_pipeline.domain.ad_account import BudgetSetting, CampaignSetting
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, POLICY, TODAY, account, campaign_days, term_days

WASTE = (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 45))
DAYS = campaign_days()


def _setting(**changes: Any) -> CampaignSetting:
    content: dict[str, Any] = {"id": 1, "name": "Search", "status": "ENABLED", "bidding_status": "", "budget": BUDGET}
    return CampaignSetting(**{**content, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"campaign_days": tuple(replace(row, conversions=0.0) for row in DAYS)},
        {"campaign_days": tuple(replace(row, clicks=0, cost_micros=0, conversions=0.0) for row in DAYS)},
        {"campaigns": (_setting(status="REMOVED"),), "term_days": WASTE},
        {"campaigns": (), "term_days": WASTE},
        {"campaigns": (_setting(budget=""),), "budgets": ()},
        {"campaign_days": DAYS[:1]},
        {"campaign_days": DAYS[::9]},
        {"campaign_days": tuple(replace(row, day=TODAY) for row in DAYS[:1])},
        {"budgets": (BudgetSetting(resource=BUDGET, amount_micros=10_000),)},
        {"budgets": (BudgetSetting(resource=BUDGET, amount_micros=10**15),)},
        {"currency": "KWD"},
    ],
    ids=[
        "never converted",
        "never clicked",
        "removed campaign",
        "no campaign",
        "campaign without budget",
        "one day",
        "mostly empty days",
        "only today",
        "a budget of one coin",
        "an absurd budget",
        "three decimals",
    ],
)
def test_nothing_is_proposed_and_nothing_breaks(changes: dict[str, Any]) -> None:
    found = analyse(account(**changes), POLICY)
    assert candidates(found, POLICY) == ()
    assert found.anomalies == ()


def test_an_account_without_conversions_is_told_so() -> None:
    rows = tuple(replace(row, conversions=0.0) for row in DAYS)
    held = analyse(account(campaign_days=rows, month_budget_micros=900 * MICROS), POLICY).held
    assert [item.why for item in held if item.subject == "account"] == [
        "no conversion was ever counted, so nothing can be called waste or effective"
    ]
