"""Budget recommendations: estimated, applied, dismissed."""

from itertools import pairwise
from typing import Any

import pytest

from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SECONDS, Ads, refused

QUERY = (
    "SELECT recommendation.type, recommendation.campaign_budget, recommendation.dismissed, recommendation.impact,"
    " recommendation.campaign_budget_recommendation, campaign.name FROM recommendation"
)


@pytest.fixture
def advice(ads: Ads) -> Any:
    """One recommendation, for a budget that holds its campaign back."""
    [name, *_] = ads.budgets()
    ads.sandbox.edit_elsewhere(name, {"amount_micros": 3_000_000})
    [found] = [row.recommendation for row in ads.rows(QUERY) if row.recommendation.campaign_budget == name]
    return found


def act(ads: Ads, way: str, name: str, **fields: Any) -> Any:
    """Apply or dismiss one."""
    request = ads.client.get_type(f"{way.capitalize()}RecommendationRequest")
    request.customer_id = CUSTOMER
    operation = request.operations.add(resource_name=name)
    for path, value in fields.items():
        getattr(operation, path).new_budget_amount_micros = value
    service = ads.client.get_service("RecommendationService")
    return getattr(service, f"{way}_recommendation")(request=request, timeout=SECONDS)


def test_options_promise_more_for_more_with_falling_returns(ads: Ads, advice: Any) -> None:
    inner = advice.campaign_budget_recommendation
    assert inner.current_budget_amount_micros == 3_000_000
    amounts = [option.budget_amount_micros for option in inner.budget_options]
    gains = [option.impact.potential_metrics.conversions for option in inner.budget_options]
    assert inner.recommended_budget_amount_micros in amounts
    assert amounts == sorted(amounts) and gains == sorted(gains)
    points = list(zip([3_000_000, *amounts], [advice.impact.base_metrics.conversions, *gains], strict=True))
    slopes = [(g - f) / (b - a) for (a, f), (b, g) in pairwise(points)]
    assert slopes == sorted(slopes, reverse=True)


def test_estimates_are_near_the_truth(ads: Ads, advice: Any) -> None:
    truths = ads.sandbox.truth(CUSTOMER, NOON.date(), NOON.date()).campaigns
    [campaign] = [item for item in truths if item.budget == advice.campaign_budget]
    promised = advice.impact.potential_metrics.conversions / 7
    assert promised == pytest.approx(campaign.conversions(advice.impact.potential_metrics.cost_micros / 7), rel=0.11)


def test_the_budget_itself_says_what_is_recommended(ads: Ads, advice: Any) -> None:
    [row] = ads.rows(
        "SELECT campaign_budget.has_recommended_budget, campaign_budget.recommended_budget_amount_micros"
        f" FROM campaign_budget WHERE campaign_budget.resource_name = '{advice.campaign_budget}'"
    )
    recommended = advice.campaign_budget_recommendation.recommended_budget_amount_micros
    assert row.campaign_budget.recommended_budget_amount_micros == recommended


@pytest.mark.parametrize("amount", [None, 4_000_000])
def test_applying_sets_the_budget_once(ads: Ads, advice: Any, amount: int | None) -> None:
    fields = {} if amount is None else {"campaign_budget": amount}
    [result] = act(ads, "apply", advice.resource_name, **fields).results
    assert result.resource_name == advice.resource_name
    wanted = amount or advice.campaign_budget_recommendation.recommended_budget_amount_micros
    assert ads.budgets()[advice.campaign_budget] == wanted
    assert [entry.method for entry in ads.sandbox.applied()] == ["MutateCampaignBudgets", "ApplyRecommendation"]
    with refused("recommendation_error.RECOMMENDATION_ALREADY_APPLIED"):
        act(ads, "apply", advice.resource_name)


def test_a_bad_amount_is_refused(ads: Ads, advice: Any) -> None:
    with refused("campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"):
        act(ads, "apply", advice.resource_name, campaign_budget=4_000_001)
    assert ads.budgets()[advice.campaign_budget] == 3_000_000


def test_dismissing_marks_it_and_changes_nothing(ads: Ads, advice: Any) -> None:
    before = ads.budgets()
    act(ads, "dismiss", advice.resource_name)
    dismissed = {row.recommendation.resource_name for row in ads.rows(f"{QUERY} WHERE recommendation.dismissed = true")}
    assert dismissed == {advice.resource_name}
    assert ads.budgets() == before
    with refused("recommendation_error.RECOMMENDATION_ALREADY_DISMISSED"):
        act(ads, "dismiss", advice.resource_name)


@pytest.mark.parametrize("way", ["apply", "dismiss"])
def test_what_is_not_there_is_refused(ads: Ads, way: str) -> None:
    with refused("mutate_error.RESOURCE_NOT_FOUND"):
        act(ads, way, f"customers/{CUSTOMER}/recommendations/9-9")
