"""Verdicts on applied ad changes against their own forecast."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_comparison import campaigns_of, outcome_of
from marketing_pipeline.domain.ad_figures import AdDay, KeywordDay, TermDay
from marketing_pipeline.domain.ad_outcome import DailySeries, judge
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import (
    TODAY,
    account,
)
from marketing_pipeline_tests.domain.judged_changes import DAY, SAVES, SEEDS, UNTIL, silent, verdicts
from marketing_pipeline_tests.domain.known_changes import (
    COSTS_AS_SAID,
    DOES_NOTHING,
    IMPROVES,
    WORSENS,
    KnownChange,
    change_of,
    raise_budget,
)

STATED = 0.05
"""docs/ads.md: at most so many verdicts are false, each way."""
_A = AdChangeState


def shares(known: KnownChange) -> dict[AdChangeState, float]:
    counted = Counter(outcome.verdict for _, outcome in verdicts(known))
    return {state: counted[state] / SEEDS for state in (_A.IMPROVED, _A.WORSE, _A.INCONCLUSIVE)}


@pytest.mark.parametrize(
    ("known", "false", "found", "least"),
    [
        (IMPROVES, _A.WORSE, _A.IMPROVED, 0.2),
        (DOES_NOTHING, _A.IMPROVED, _A.WORSE, 0.15),
        (WORSENS, _A.IMPROVED, _A.WORSE, 0.95),
        (COSTS_AS_SAID, _A.WORSE, _A.IMPROVED, 0.05),
        (KnownChange(promised=0.1, true=0.0), _A.IMPROVED, _A.INCONCLUSIVE, 0.85),
        (KnownChange(promised=0.4, true=0.2), _A.IMPROVED, _A.INCONCLUSIVE, 0.85),
    ],
)
def test_false_verdicts_stay_within_the_stated_rate(
    known: KnownChange, false: AdChangeState, found: AdChangeState, least: float
) -> None:
    seen = shares(known)
    assert seen[false] <= STATED
    assert seen[found] >= least


@pytest.mark.parametrize(
    ("forecast", "series", "why"),
    [
        (silent(), DailySeries([5.0, 6.0] * 14, [9.0, 10.0] * 7), "promised nothing"),
        (silent(3, 1, 5), DailySeries([0.0] * 28, [0.0] * 14), "conversions: none counted"),
        (silent(-3, -5, -1), DailySeries([0.0] * 28, [0.0] * 14), "conversions: none counted"),
        (silent(3, 1, 5), DailySeries([5.0, 6.0] * 14, [5.0]), "too few days"),
    ],
)
def test_a_forecast_that_says_nothing_is_inconclusive_with_the_reason(
    forecast: Forecast, series: DailySeries, why: str
) -> None:
    found = judge(forecast, series)
    assert found.verdict is _A.INCONCLUSIVE and why in found.why


def _days(kind: type[Any], cost: int, after: int, **fields: Any) -> tuple[Any, ...]:
    """Rows of a thing that cost so much a day, and another amount after the change."""
    return tuple(
        kind(
            campaign=1,
            day=(day := TODAY - timedelta(days=back)),
            impressions=100,
            clicks=5,
            cost_micros=(cost if day <= DAY else after) + back % 3,
            conversions=0.0,
            **fields,
        )
        for back in range(60, 0, -1)
    )


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (
            change_of(AdChangeKind.PAUSE_KEYWORD, "adGroupCriteria/11~111", "ENABLED", "PAUSED"),
            {"keyword_days": _days(KeywordDay, 5 * MICROS, 0, ad_group=11, criterion=111)},
        ),
        (
            change_of(AdChangeKind.PAUSE_AD, "adGroupAds/11~7", "ENABLED", "PAUSED"),
            {"ad_days": _days(AdDay, 5 * MICROS, 0, ad_group=11, ad=7)},
        ),
        (
            change_of(AdChangeKind.SET_BID, "adGroups/11", "900000", "500000"),
            {"keyword_days": _days(KeywordDay, 5 * MICROS, 0, ad_group=11, criterion=111)},
        ),
        (
            change_of(AdChangeKind.ADD_NEGATIVE_KEYWORD, "campaigns/1", "", "PHRASE:Jobs"),
            {"term_days": _days(TermDay, 5 * MICROS, 0, ad_group=11, term="art jobs uk")},
        ),
        (
            change_of(AdChangeKind.ADD_NEGATIVE_KEYWORD, "campaigns/1", "", "EXACT:art jobs uk"),
            {"term_days": _days(TermDay, 5 * MICROS, 0, ad_group=11, term="art jobs uk")},
        ),
    ],
    ids=["keyword", "ad", "bid of a group", "phrase", "exact"],
)
def test_a_saving_is_measured_on_exactly_what_was_changed(change: ApplyAdChange, rows: dict[str, Any]) -> None:
    other = {
        "term_days": _days(TermDay, 5 * MICROS, 9 * MICROS, ad_group=11, term="art jobs uk now"),
        "keyword_days": _days(KeywordDay, 5 * MICROS, 9 * MICROS, ad_group=12, criterion=111),
        "ad_days": _days(AdDay, 5 * MICROS, 9 * MICROS, ad_group=11, ad=8),
    }
    seen = {name: (*found, *(() if "PHRASE" in change.after else other[name])) for name, found in rows.items()}
    found = outcome_of(account(**seen), change, SAVES, DAY, UNTIL, frozenset({1}))
    assert found.verdict is _A.IMPROVED and found.effect == pytest.approx(-70e6, rel=0.01)
    assert campaigns_of(account(**seen), change) == {1}


def test_a_change_of_an_account_that_is_no_longer_read_is_inconclusive() -> None:
    found = outcome_of(account(customer_id="9" * 10), raise_budget(10, 12), SAVES, DAY, UNTIL, frozenset())
    assert found.verdict is _A.INCONCLUSIVE and "no longer uses" in found.why
