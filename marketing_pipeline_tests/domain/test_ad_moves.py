"""Targets, bids and paused things: what the figures must say before one is moved, and how far it may go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_account import (
    AdAccountHistory,
    AdGroupSetting,
    AdSetting,
    BudgetSetting,
    CampaignSetting,
    KeywordSetting,
)
from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_enable import own_pauses
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange
from marketing_pipeline.domain.ad_figures import AdDay, KeywordDay
from marketing_pipeline.domain.ad_move import AdMove
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.money import MICROS, smallest_unit
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CAPS, CUSTOMER, TODAY, account, campaign_days

CAMPAIGN = CampaignSetting(id=1, name="Search", status="ENABLED", bidding_status="ENABLED", budget=BUDGET)
AMPLE = (BudgetSetting(resource=BUDGET, amount_micros=80 * MICROS),)
POLICY = AdPolicy(caps=CAPS.model_copy(update={"bid_ceiling": 100.0}))
_K = AdChangeKind


def by_cost(target: float, **changes: Any) -> CampaignSetting:
    """A campaign that aims at a cost of a conversion; really one costs about 10 pounds."""
    micros = round(target * MICROS)
    return replace(CAMPAIGN, bidding_strategy="MAXIMIZE_CONVERSIONS", target_cpa_micros=micros, **changes)


def by_return(target: float) -> CampaignSetting:
    """A campaign that aims at a return; really it is about 4."""
    return replace(CAMPAIGN, bidding_strategy="MAXIMIZE_CONVERSION_VALUE", target_roas=target)


def advertiser(campaign: CampaignSetting, **changes: Any) -> AdAccountHistory:
    """An account that spends half of its budget; each conversion costs 10 and is worth 40."""
    rows = tuple(replace(row, conversions_value=40 * row.conversions) for row in campaign_days())
    content: dict[str, Any] = {"budgets": AMPLE, "campaigns": (campaign,), "campaign_days": rows}
    return account(**{**content, **changes})


def moves(history: AdAccountHistory, policy: AdPolicy = POLICY) -> tuple[AdMove, ...]:
    """What the analysis would move; every one keeps the caps and has an interval around its expectation."""
    found = analyse(history, policy).moves
    for move in found:
        require_bounds(move.payload, policy.caps)
        assert move.forecast.low < move.forecast.high
        assert move.evidence and move.label and len(move.finding) > 20
    return found


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


def _past(kind: AdChangeKind, resource: str, state: AdChangeState, before: str, after: str) -> PastAdChange:
    field = "status" if kind is _K.PAUSE_KEYWORD else "target_cpa_micros"
    payload = ApplyAdChange(
        change_kind=kind,
        customer_id=CUSTOMER,
        resource=resource,
        field=field,
        before=before,
        after=after,
        currency="GBP",
    )
    forecast = Forecast(metric="conversions", days=14, expected=1, low=0, high=2)
    return PastAdChange("one", "it", payload, forecast, state, TODAY - timedelta(days=40), None)


INCONCLUSIVE = _past(
    _K.SET_TARGET_CPA, f"customers/{CUSTOMER}/campaigns/1", AdChangeState.INCONCLUSIVE, "7000000", "6000000"
)


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


def keyword_days(
    group: int, criterion: int, conversions: float, days: int = 60, cost: int = 10 * MICROS
) -> tuple[KeywordDay, ...]:
    """Mature days of one keyword."""
    return tuple(
        KeywordDay(
            campaign=1,
            ad_group=group,
            criterion=criterion,
            day=TODAY - timedelta(days=10 + back),
            impressions=200,
            clicks=12,
            cost_micros=cost,
            conversions=conversions,
        )
        for back in range(days)
    )


BY_HAND = replace(CAMPAIGN, bidding_strategy="MANUAL_CPC")
GROUPS = tuple(
    AdGroupSetting(campaign=1, id=number, name=f"Group {number}", cpc_bid_micros=MICROS) for number in (11, 12)
)
UNEQUAL = (*keyword_days(11, 111, 2.0), *keyword_days(12, 121, 0.5))
WORDS = tuple(
    KeywordSetting(campaign=1, ad_group=group, criterion=number, text=f"prints {number}", match_type="EXACT")
    for group, number in ((11, 111), (12, 121))
)


def bidder(**changes: Any) -> AdAccountHistory:
    """A campaign whose bids are set by hand: the money of group 11 brings four times what that of 12 does."""
    content: dict[str, Any] = {"ad_groups": GROUPS, "keywords": WORDS, "keyword_days": UNEQUAL}
    return advertiser(changes.pop("campaign", BY_HAND), **{**content, **changes})


FULL = (BudgetSetting(resource=BUDGET, amount_micros=41 * MICROS),)
OWN_BID = tuple(replace(word, cpc_bid_micros=2 * MICROS) if word.criterion == 111 else word for word in WORDS)


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
    [found] = [move for move in moves(bidder(**changes)) if move.payload.change_kind is _K.SET_BID]
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


KEYWORD, AD = f"customers/{CUSTOMER}/adGroupCriteria/12~121", f"customers/{CUSTOMER}/adGroupAds/11~7"
PAUSED = tuple(replace(word, status="PAUSED") if word.criterion == 121 else word for word in WORDS)


def ad_days(ad: int, conversions: float) -> tuple[AdDay, ...]:
    return tuple(
        AdDay(
            campaign=1,
            ad_group=11,
            ad=ad,
            day=row.day,
            impressions=200,
            clicks=12,
            cost_micros=10 * MICROS,
            conversions=conversions,
        )
        for row in keyword_days(11, 111, 1.0)
    )


ADS = (
    AdSetting(campaign=1, ad_group=11, ad=7, label="Prints | Posters", status="PAUSED"),
    AdSetting(campaign=1, ad_group=11, ad=8),
)
GOOD = (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 1.2))
BAD = (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 0.2))


def _verdict(state: AdChangeState) -> AdExperience:
    return AdExperience(paused=own_pauses([_past(_K.PAUSE_KEYWORD, KEYWORD, state, "ENABLED", "PAUSED")]))


@pytest.mark.parametrize(
    ("changes", "resource"),
    [
        ({"keywords": PAUSED, "keyword_days": GOOD}, KEYWORD),
        ({"keywords": WORDS, "ads": ADS, "ad_days": (*ad_days(7, 1.3), *ad_days(8, 1.0))}, AD),
        ({"keywords": PAUSED, "keyword_days": BAD, "experience": _verdict(AdChangeState.WORSE)}, KEYWORD),
    ],
    ids=["a keyword that did well", "an ad that did well", "our own pause was worse"],
)
def test_what_should_run_again_is_enabled(changes: dict[str, Any], resource: str) -> None:
    [found] = moves(bidder(campaign=by_cost(10), **changes))
    assert (found.payload.resource, found.payload.before, found.payload.after) == (resource, "PAUSED", "ENABLED")
    assert found.forecast.metric == "conversions"


@pytest.mark.parametrize(
    "changes",
    [
        {"keyword_days": BAD},
        {"keyword_days": (*keyword_days(11, 111, 1.0), *keyword_days(12, 121, 1.2, days=5))},
        {"keyword_days": keyword_days(11, 111, 1.0)},
        {"keyword_days": GOOD, "experience": _verdict(AdChangeState.APPLIED)},
        {"keyword_days": GOOD, "experience": _verdict(AdChangeState.IMPROVED)},
        {"keyword_days": GOOD, "experience": _verdict(AdChangeState.INCONCLUSIVE)},
        {"keyword_days": GOOD, "ad_groups": (GROUPS[0], replace(GROUPS[1], status="PAUSED"))},
        {"keyword_days": GOOD, "campaign": by_cost(10, status="REMOVED")},
        {"keyword_days": GOOD, "campaign": by_cost(10, bidding_status="LEARNING_NEW")},
        {"keyword_days": GOOD, "changed": {KEYWORD: TODAY - timedelta(days=1)}},
        {"keyword_days": GOOD, "keywords": tuple(replace(word, status="REMOVED") for word in WORDS)},
    ],
    ids=[
        "it did badly",
        "it hardly ran",
        "it never ran",
        "our pause has no verdict yet",
        "our pause was good",
        "our pause could not be told",
        "its group is paused",
        "its campaign is removed",
        "learning",
        "paused yesterday",
        "removed",
    ],
)
def test_what_should_stay_paused_stays(changes: dict[str, Any]) -> None:
    assert moves(bidder(**{"campaign": by_cost(10), "keywords": PAUSED, **changes})) == ()


def test_moves_are_candidates_with_all_their_figures() -> None:
    history = bidder(budgets=FULL)
    [move] = moves(history)
    [found] = [item for item in candidates(analyse(history, POLICY), POLICY) if item.payload == move.payload]
    assert (found.forecast, found.evidence, found.risk, found.finding) == (
        move.forecast,
        move.evidence,
        move.risk,
        move.finding,
    )


def test_without_a_policy_nothing_is_moved() -> None:
    assert analyse(bidder(), None).moves == ()
