"""Paused keywords and ads that should run again, and what all moves have in common."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.ad_enable import own_pauses
from marketing_pipeline.domain.ad_experience import AdExperience
from marketing_pipeline_tests.domain.ad_accounts import TODAY
from marketing_pipeline_tests.domain.moving_accounts import (
    AD,
    ADS,
    BAD,
    FULL,
    GOOD,
    GROUPS,
    KEYWORD,
    PAUSED,
    POLICY,
    WORDS,
    ad_days,
    bidder,
    by_cost,
    keyword_days,
    moves,
    past_change,
)

_K = AdChangeKind


def _verdict(state: AdChangeState) -> AdExperience:
    return AdExperience(paused=own_pauses([past_change(_K.PAUSE_KEYWORD, KEYWORD, state, "ENABLED", "PAUSED")]))


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
