"""Weeks are Mondays, and clock changes neither lose nor repeat a slot."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.week import Week

LONDON = ZoneInfo("Europe/London")


def test_a_label_that_is_no_monday_is_refused_with_the_right_one() -> None:
    with pytest.raises(ValueError, match="2026-11-16"):
        Week.parse("2026-11-18")


@pytest.mark.parametrize(
    ("week", "at", "expected"),
    [
        ("2026-03-23", time(1, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-19", time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["hour skipped", "hour that occurs twice"],
)
def test_sunday_of_a_clock_change(week: str, at: time, expected: datetime) -> None:
    assert Week.parse(week).moment(6, at, LONDON) == expected


def test_a_week_with_a_clock_change_has_167_or_169_hours() -> None:
    spans = [Week.parse(key) for key in ("2026-03-23", "2026-10-19")]
    assert [week.end(LONDON) - week.start(LONDON) for week in spans] == [
        timedelta(hours=167),
        timedelta(hours=169),
    ]


@given(hours=st.integers(0, 15 * 365 * 24))
def test_each_moment_lies_in_exactly_one_week(hours: int) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    week = Week.containing(moment, LONDON)
    assert week.start(LONDON) <= moment < week.end(LONDON)
    assert week.days()[0] == week.monday and week.plus(1).monday == week.monday + timedelta(days=7)
    assert week.monday.weekday() == 0 and isinstance(week.monday, date)
