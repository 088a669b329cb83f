"""What a curve takes a budget's own days to say, and what few conversions for much money say."""

from dataclasses import replace
from datetime import timedelta

from marketing_pipeline.domain.ad_response import ResponseCurve, response
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import TODAY, campaign_day

RAISED = TODAY - timedelta(days=7)


def _curve(*, changed: bool, usual: float = 0.0, conversions: float = 4.0, late: float = 52.0) -> ResponseCurve | None:
    """Half a year at 40 a day; a week ago the budget became 52, and `late` a day is spent since."""
    rows = [
        replace(
            campaign_day(back),
            cost_micros=round((late if back < 7 else 40.0) * MICROS),
            conversions=conversions,
        )
        for back in range(180, 0, -1)
    ]
    return response(1, 52 * MICROS, rows, TODAY, changed=RAISED if changed else None, usual=usual)


def test_a_raised_budget_that_is_spent_still_limits() -> None:
    known, unknown = _curve(changed=True), _curve(changed=False)
    assert known is not None and unknown is not None
    assert known.limited and not unknown.limited
    assert known.spend == 52 * MICROS
    assert known.gain(60 * MICROS).expected > 2 * max(unknown.gain(60 * MICROS).expected, 0.01)


def test_a_raised_budget_that_is_not_spent_does_not() -> None:
    found = _curve(changed=True, late=38.0)
    assert found is not None and not found.limited
    assert found.gain(60 * MICROS).high < 0.05


def test_the_chance_that_a_budget_limits_falls_with_what_is_spent() -> None:
    gains = [
        found.gain(62 * MICROS).expected for late in (39.0, 44.0, 52.0) if (found := _curve(changed=True, late=late))
    ]
    assert gains[0] < gains[1] < gains[2]


def test_few_conversions_for_much_money_are_known_to_be_few() -> None:
    assert _curve(changed=True, conversions=0.0) is None
    found = _curve(changed=True, conversions=0.0, usual=0.1 / MICROS)
    assert found is not None
    assert found.conversions(52 * MICROS).high < 0.05


def test_little_money_without_conversions_says_nothing() -> None:
    assert _curve(changed=True, conversions=0.0, usual=0.001 / MICROS) is None
