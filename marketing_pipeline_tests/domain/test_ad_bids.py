"""Bids set by hand follow what their money brings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.money import MICROS, smallest_unit
from marketing_pipeline_tests.domain.ad_accounts import CUSTOMER, TODAY
from marketing_pipeline_tests.domain.moving_accounts import (
    BY_HAND,
    FULL,
    GROUPS,
    OWN_BID,
    POLICY,
    bidder,
    by_cost,
    keyword_days,
    moves,
)


@pytest.mark.parametrize(
    ("changes", "resource", "after", "metric"),
    [
        ({"budgets": FULL}, "adGroups/11", 1_200_000, "conversions"),
        ({"budgets": FULL, "keywords": OWN_BID}, "adGroupCriteria/11~111", 2_400_000, "conversions"),
        ({"month_budget_micros": 100 * MICROS}, "adGroups/12", 800_000, "cost_micros"),
    ],
    ids=["the group that brings more", "a keyword with a bid of its own", "no money for a raise"],
)
def test_a_bid_follows_what_its_money_brings(changes: dict[str, Any], resource: str, after: int, metric: str) -> None:
    [found] = [move for move in moves(bidder(**changes)) if move.payload.change_kind is AdChangeKind.SET_BID]
    assert found.payload.resource == f"customers/{CUSTOMER}/{resource}"
    assert (int(found.payload.after), found.forecast.metric) == (after, metric)
    assert found.forecast.gains


def test_at_most_one_bid_of_a_campaign_is_moved() -> None:
    assert len(moves(bidder())) == 1


@pytest.mark.parametrize(
    ("changes", "caps"),
    [
        ({"keyword_days": (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 1.0))}, {}),
        ({"keyword_days": (*keyword_days(11, 111, 2.0, days=3), *keyword_days(12, 121, 0.5, days=3))}, {}),
        ({"keyword_days": ()}, {}),
        ({"campaign": replace(BY_HAND, bidding_status="LEARNING_NEW")}, {}),
        ({"campaign": by_cost(10)}, {}),
        ({"changed": {f"customers/{CUSTOMER}/adGroups/12": TODAY - timedelta(days=2)}}, {}),
        ({"changed": {f"customers/{CUSTOMER}/adGroupCriteria/11~111": TODAY - timedelta(days=2)}}, {}),
        ({"budgets": FULL}, {"bid_ceiling": 1.0}),
        ({"budgets": FULL}, {"change_percent": 0.5}),
        ({"budgets": FULL, "month_budget_micros": None, "ad_groups": ()}, {}),
    ],
    ids=[
        "alike",
        "luck",
        "no days",
        "learning",
        "bidding is automatic",
        "group cooling",
        "keyword cooling",
        "at the ceiling",
        "a step smaller than a coin",
        "no bid is known",
    ],
)
def test_a_bid_is_left_alone(changes: dict[str, Any], caps: dict[str, float]) -> None:
    policy = AdPolicy(caps=POLICY.caps.model_copy(update=caps))
    assert moves(bidder(**changes), policy) == ()


@pytest.mark.parametrize("currency", ["JPY", "KRW", "KWD", "GBP"])
@pytest.mark.parametrize("coins", [1, 3, 7, 250])
def test_a_bid_moves_by_whole_coins(currency: str, coins: int) -> None:
    unit = smallest_unit(currency)
    groups = tuple(replace(group, cpc_bid_micros=coins * unit) for group in GROUPS)
    policy = AdPolicy(caps=POLICY.caps.model_copy(update={"bid_ceiling": 1e6}))
    for move in moves(bidder(currency=currency, ad_groups=groups, budgets=FULL), policy):
        assert int(move.payload.after) % unit == 0 and int(move.payload.after) > 0
    assert bool(moves(bidder(currency=currency, ad_groups=groups, budgets=FULL), policy)) == (coins >= 5)
