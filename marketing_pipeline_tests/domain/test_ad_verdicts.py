"""Verdicts where the truth is known, what they teach, and what the next proposals make of it."""

import random
from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_budget_ways import within_experience
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_comparison import campaigns_of, outcome_of
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange, blocked_ways, way_of
from marketing_pipeline.domain.ad_figures import AdDay, CampaignDay, KeywordDay, TermDay
from marketing_pipeline.domain.ad_learning import (
    AdChangeEffect,
    JudgedAdChange,
    learn_from_ad_changes,
    level_of,
)
from marketing_pipeline.domain.ad_outcome import AdOutcome, DailySeries, inconclusive, judge
from marketing_pipeline.domain.ad_reallocation import bounds_of
from marketing_pipeline.domain.ad_reconsider import reconsidered
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import (
    BUDGET,
    CAPS,
    POLICY,
    TODAY,
    account,
    campaign_days,
    term_days,
)
from marketing_pipeline_tests.domain.known_changes import (
    COSTS_AS_SAID,
    DOES_NOTHING,
    IMPROVES,
    WORSENS,
    KnownChange,
    change_of,
    judged,
    raise_budget,
)

SEEDS = 200
STATED = 0.05
"""docs/ads.md: at most so many verdicts are false, each way."""
_A = AdChangeState
WASTE = (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 45))


@cache
def verdicts(known: KnownChange) -> tuple[tuple[Forecast, AdOutcome], ...]:
    return tuple(judged(known, seed) for seed in range(SEEDS))


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


def _silent(expected: float = 0.0, low: float = 0.0, high: float = 0.0) -> Forecast:
    return Forecast(metric="conversions", days=14, expected=expected, low=low, high=high)


@pytest.mark.parametrize(
    ("forecast", "series", "why"),
    [
        (_silent(), DailySeries([5.0, 6.0] * 14, [9.0, 10.0] * 7), "promised nothing"),
        (_silent(3, 1, 5), DailySeries([0.0] * 28, [0.0] * 14), "conversions: none counted"),
        (_silent(-3, -5, -1), DailySeries([0.0] * 28, [0.0] * 14), "conversions: none counted"),
        (_silent(3, 1, 5), DailySeries([5.0, 6.0] * 14, [5.0]), "too few days"),
    ],
)
def test_a_forecast_that_says_nothing_is_inconclusive_with_the_reason(
    forecast: Forecast, series: DailySeries, why: str
) -> None:
    found = judge(forecast, series)
    assert found.verdict is _A.INCONCLUSIVE and why in found.why


DAY = TODAY - timedelta(days=25)
UNTIL = DAY + timedelta(days=14)
SAVES = Forecast(metric="cost_micros", days=14, expected=-70e6, low=-90e6, high=-50e6)


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


def learnt(known: KnownChange, count: int, seed: int = 0) -> AdChangeEffect:
    """What so many changes with the same truth teach."""
    picked = random.Random(f"{known} {count} {seed}").sample(verdicts(known), count)
    rows = [JudgedAdChange(f"c{at}", raise_budget(), said, outcome) for at, (said, outcome) in enumerate(picked)]
    [effect] = learn_from_ad_changes(rows)
    return effect


def test_forecasts_that_come_true_are_rarely_called_wrong() -> None:
    found = [learnt(IMPROVES, 8, seed) for seed in range(40)]
    assert sum(effect.known for effect in found) <= 0.1 * len(found)
    assert sum(effect.low <= 1 <= effect.high for effect in found) >= 0.9 * len(found)


@pytest.mark.parametrize(
    ("share", "count", "known"), [(0.5, 1, 0.1), (0.5, 12, 0.9), (0.0, 8, 0.95)], ids=["one change", "half", "nothing"]
)
def test_what_falls_short_becomes_known_with_evidence(share: float, count: int, known: float) -> None:
    found = [learnt(KnownChange(0.4, 0.4 * share), count, seed) for seed in range(40)]
    told = sum(effect.known and effect.multiple < 1 for effect in found) / len(found)
    assert told >= known if count > 1 else told <= known
    assert all(len(effect.evidence) == count for effect in found)


def test_what_was_overwritten_or_promised_nothing_teaches_nothing() -> None:
    gone = JudgedAdChange("a", raise_budget(), _silent(3, 1, 5), inconclusive("overwritten"))
    silent = JudgedAdChange(
        "b", raise_budget(), _silent(), AdOutcome(verdict=_A.WORSE, effect=3, low=1, high=5, why="")
    )
    assert learn_from_ad_changes([gone, silent]) == ()


def test_money_saved_by_losing_conversions_counts_as_nothing_saved() -> None:
    change = change_of(AdChangeKind.PAUSE_KEYWORD, "adGroupCriteria/11~111", "ENABLED", "PAUSED")

    def multiple(verdict: Any) -> float:
        outcome = AdOutcome(verdict=verdict, effect=-70e6, low=-80e6, high=-60e6, days=14, why="")
        [effect] = learn_from_ad_changes([JudgedAdChange("a", change, SAVES, outcome)])
        return effect.multiple

    assert multiple(_A.IMPROVED) == pytest.approx(1, abs=0.05)
    assert multiple(_A.WORSE) < 0.5


def test_raises_and_cuts_are_two_kinds() -> None:
    assert level_of(raise_budget(10, 12)) == "raise_budget" and level_of(raise_budget(12, 10)) == "lower_budget"
    assert level_of(change_of(AdChangeKind.SET_BID, "adGroups/11", "900000", "500000")) == "lower_bid"
    assert level_of(change_of(AdChangeKind.PAUSE_AD, "adGroupAds/11~7", "ENABLED", "PAUSED")) == "pause_ad"


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
    values: dict[str, Any] = {"outcome": None, "day": DAY, "id": "c1", "label": "Budget", "forecast": _silent(3, 1, 5)}
    return PastAdChange(payload=payload or raise_budget(), state=state, **{**values, **fields})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([past(_A.APPLIED)], "no verdict yet"),
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
    assert way_of(payload.model_copy(update={"after": "PHRASE:clipart"})) not in blocked


def test_a_budget_is_not_moved_the_way_that_was_worse_and_people_are_told() -> None:
    experience = AdExperience(blocked=blocked_ways([past(_A.WORSE)]))
    free = bounds_of(BUDGET, 40 * MICROS, CAPS, "GBP")
    held = within_experience(experience, free)
    assert (held.low, held.high) == (free.low, 40 * MICROS)
    days: tuple[CampaignDay, ...] = campaign_days(180)
    found = analyse(account(campaign_days=days, experience=experience), POLICY)
    assert any("not raised: the same was done" in item.why for item in found.held)
