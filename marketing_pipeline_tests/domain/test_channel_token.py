"""When a token is refreshed: ahead of its end, not too young, and whatever a wrong clock has planned."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from marketing_pipeline.domain.channel_token import (
    LEAST_AGE,
    REFRESH_AHEAD,
    ChannelToken,
    TokenState,
    first_refresh,
    next_refresh,
    sha256_of,
)
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline_tests.fixtures import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LIFE = 60 * DAY


def token(**changes: object) -> ChannelToken:
    """A token of 60 days, given now."""
    known = {
        "channel": "instagram",
        "brand": BrandId("tea_room"),
        "state": TokenState.VALID,
        "token_sha256": sha256_of(SecretStr("canary")),
        "issued_at": NOW,
        "expires_at": NOW + LIFE,
        "next_refresh_at": NOW + 45 * DAY,
        "refreshed_at": None,
        "refreshes": 1,
        "problem": None,
    }
    return ChannelToken.model_validate({**known, **changes})


@pytest.mark.parametrize(
    ("changes", "at", "due"),
    [
        ({}, NOW, False),
        ({}, NOW + 45 * DAY, True),
        ({}, NOW + 45 * DAY - HOUR, False),
        ({}, NOW + 70 * DAY, True),
        ({"next_refresh_at": None}, NOW + 45 * DAY, False),
        ({"state": TokenState.REFUSED}, NOW + 45 * DAY, False),
        ({"state": TokenState.EXPIRED}, NOW + 70 * DAY, False),
        # Planned by clocks that were ahead: later than any plan that could be made now.
        ({"next_refresh_at": NOW + 400 * DAY}, NOW, True),
        ({"next_refresh_at": NOW + 3 * DAY, "expires_at": None}, NOW, True),
        ({"next_refresh_at": NOW + DAY, "expires_at": None}, NOW, False),
    ],
)
def test_a_token_is_due_by_its_plan(changes: dict[str, object], at: datetime, due: bool) -> None:
    assert token(**changes).is_due(at) is due


@pytest.mark.parametrize(
    ("changes", "after", "young"),
    [
        ({}, HOUR, True),
        ({}, LEAST_AGE, False),
        ({"expires_at": None}, HOUR, False),
        # Issued in the future: the clock was ahead, and tells nothing.
        ({}, -HOUR, False),
    ],
)
def test_only_a_token_whose_age_is_known_is_too_young(
    changes: dict[str, object], after: timedelta, young: bool
) -> None:
    assert token(**changes).is_too_young(NOW + after) is young


@given(st.integers(0, 2**32), st.integers(2, 90))
def test_a_refresh_is_planned_ahead_of_the_end_and_accounts_do_not_come_all_at_once(seed: int, days: int) -> None:
    planned = first_refresh(NOW, NOW + days * DAY, random.Random(seed))
    assert planned >= NOW + LEAST_AGE
    if days > 20:
        ahead = NOW + days * DAY - planned
        assert REFRESH_AHEAD <= ahead <= REFRESH_AHEAD + DAY
        assert planned != first_refresh(NOW, NOW + days * DAY, random.Random(seed + 1))
    assert not token(expires_at=NOW + days * DAY, next_refresh_at=planned).is_due(NOW)


def test_a_token_of_unknown_end_is_refreshed_as_soon_as_it_may_be() -> None:
    assert first_refresh(NOW, None, random.Random(1)) == NOW + LEAST_AGE


@given(st.integers(0, 2**32), st.integers(-5, 15))
def test_tries_come_daily_and_faster_towards_the_end(seed: int, left: int) -> None:
    pause = next_refresh(NOW, NOW + left * DAY, random.Random(seed)) - NOW
    full = max(HOUR, min(DAY, left * DAY / 10))
    assert 0.75 * full <= pause <= 1.25 * full
    assert not token(expires_at=NOW + left * DAY, next_refresh_at=NOW + pause).is_due(NOW)


@given(st.integers(0, 2**32))
def test_a_channel_that_fails_for_days_is_asked_often_enough(seed: int) -> None:
    chance, now, ends, tries = random.Random(seed), NOW, NOW + REFRESH_AHEAD, 0
    while now < ends:
        now, tries = next_refresh(now, ends, chance), tries + 1
    assert tries >= REFRESH_AHEAD.days
