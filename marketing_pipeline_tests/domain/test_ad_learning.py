"""What verdicts teach: how much of what was promised came true, by kind of change."""

import random
from typing import Any

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.ad_learning import (
    AdChangeEffect,
    JudgedAdChange,
    learn_from_ad_changes,
    level_of,
)
from marketing_pipeline.domain.ad_outcome import AdOutcome, inconclusive
from marketing_pipeline_tests.domain.judged_changes import SAVES, silent, verdicts
from marketing_pipeline_tests.domain.known_changes import (
    IMPROVES,
    KnownChange,
    change_of,
    raise_budget,
)

_A = AdChangeState


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
    gone = JudgedAdChange("a", raise_budget(), silent(3, 1, 5), inconclusive("overwritten"))
    nothing = JudgedAdChange(
        "b", raise_budget(), silent(), AdOutcome(verdict=_A.WORSE, effect=3, low=1, high=5, why="")
    )
    assert learn_from_ad_changes([gone, nothing]) == ()


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
