"""What an ad change may set: honest amounts, and each bound by itself. Broken ones are a row of the fault table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_pipeline.domain.account_day import account_day, next_day_begins
from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline_tests.domain.ad_amount_cases import AMOUNTS, CAPS, POUND, change, passes


def test_the_honest_change_passes() -> None:
    assert passes(change())


@settings(max_examples=500)
@given(before=AMOUNTS, percent=st.integers(min_value=-90, max_value=100))
def test_honest_amounts_pass(before: int, percent: int) -> None:
    after = before * (100 + percent) // 100 // 10_000 * 10_000
    if after not in (0, before) and after >= 20_000 and after < 10**12:
        assert passes(change(before=str(before), after=str(after)))


def caps(**changes: Any) -> AdCaps:
    return CAPS.model_copy(update=changes)


@pytest.mark.parametrize(
    ("candidate", "bounds", "words"),
    [
        (change(), caps(change_percent=19), "20.0 %"),
        (change(), caps(change_amount=3), "one change may move"),
        (change(), caps(raise_per_day=3), "rise by in a day"),
        (change(), caps(budget_ceiling=23), "ceiling of a daily budget"),
        (change(after=str(10 * POUND)), caps(budget_floor=11), "floor of a daily budget"),
        (change(currency="JPY", after="24500000"), CAPS, "24.5 JPY is no multiple of the smallest unit, 1 JPY"),
        (change(resource="customers/1234567890/campaigns/7"), CAPS, "campaign budget"),
        (change(before="0"), CAPS, "no amount"),
        (change(change_kind=AdChangeKind.SET_BID, field="cpc_bid_micros"), caps(bid_ceiling=3), "bids and targets"),
        (change(change_kind=AdChangeKind.SET_TARGET_CPA, field="target_cpa_micros"), caps(bid_ceiling=3), "bids and"),
        (
            change(change_kind=AdChangeKind.PAUSE_AD, field="status", before="PAUSED", after="ENABLED"),
            CAPS,
            "new status",
        ),
        (change(change_kind=AdChangeKind.PAUSE_AD, field="status", before="ENABLED", after="REMOVED"), CAPS, "status"),
        (
            change(change_kind=AdChangeKind.ADD_NEGATIVE_KEYWORD, field="negative_keyword", before="", after="BROAD:x"),
            CAPS,
            "no negative keyword",
        ),
        (
            change(change_kind=AdChangeKind.ADD_NEGATIVE_KEYWORD, field="negative_keyword", before="EXACT:x", after=""),
            CAPS,
            "no negative keyword",
        ),
    ],
)
def test_each_bound_refuses_by_itself(candidate: ApplyAdChange, bounds: AdCaps, words: str) -> None:
    with pytest.raises(Unauthorized, match=words):
        require_bounds(candidate, bounds)


def test_a_rollback_is_measured_against_what_it_restores() -> None:
    down = change(before=str(20 * POUND), after=str(10 * POUND))
    back = change(before=down.after, after=down.before)
    require_bounds(down, caps(change_percent=50))
    require_bounds(back, caps(change_percent=50), undoes=down)
    with pytest.raises(Unauthorized):
        require_bounds(back, caps(change_percent=50))


ZONES = {
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Africa/Cairo": ("2026-04-24", "2026-10-29"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
}


@pytest.mark.parametrize(("name", "day"), [(name, day) for name, days in ZONES.items() for day in days])
def test_each_moment_counts_on_one_day_and_each_day_ends_where_the_next_begins(name: str, day: str) -> None:
    zone = ZoneInfo(name)
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
    seen: list[date] = []
    for _ in range(5 * 24 * 12):
        today, begins = account_day(moment, zone), next_day_begins(moment, zone)
        assert account_day(begins, zone) == today + timedelta(days=1)
        assert account_day(begins - timedelta(microseconds=1), zone) == today
        assert moment < begins
        seen.append(today)
        moment += timedelta(minutes=5)
    assert seen == sorted(seen)
    assert len(set(seen)) in (5, 6)
    assert (seen[-1] - seen[0]).days == len(set(seen)) - 1


@given(bounds=st.floats(min_value=0.02, max_value=1000), after=AMOUNTS)
def test_the_ceiling_is_exact(bounds: float, after: int) -> None:
    ceiling = CAPS.model_copy(update={"budget_ceiling": bounds, "budget_floor": 0.01})
    if passes(change(before=str(after + 10_000), after=str(after)), ceiling):
        assert after <= round(bounds * POUND)


def test_a_negative_keyword_is_taken_back_and_made_again_but_nothing_else_is_removed() -> None:
    content: dict[str, Any] = {"change_kind": AdChangeKind.ADD_NEGATIVE_KEYWORD, "field": "negative_keyword"}
    made = change(**content, before="", after="EXACT:free tea")
    back = change(**content, before=made.after, after="")
    require_bounds(back, CAPS, undoes=made)
    require_bounds(made, CAPS, undoes=back)
    with pytest.raises(Unauthorized):
        require_bounds(back, CAPS)
    with pytest.raises(Unauthorized):
        require_bounds(change(**content, before="EXACT:a", after="EXACT:b"), CAPS, undoes=made)
