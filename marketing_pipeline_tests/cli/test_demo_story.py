"""Which weeks the demo is about, by the day on which it is run: what it leaves behind always lies ahead."""

from datetime import datetime

import pytest

from marketing_pipeline.cli.demo_story import DemoStory
from marketing_pipeline_tests.cli.office import Office


@pytest.mark.parametrize(
    ("present", "weeks", "first", "ahead"),
    [
        ("2026-11-16T00:00+00:00", 4, "2026-10-19", "2026-11-16"),
        ("2026-11-18T23:59+00:00", 4, "2026-10-19", "2026-11-16"),
        ("2026-11-19T00:00+00:00", 4, "2026-10-26", "2026-11-23"),
        ("2026-11-22T23:59+00:00", 4, "2026-10-26", "2026-11-23"),
        ("2026-11-22T12:00+00:00", 1, "2026-11-16", "2026-11-23"),
        ("2026-07-01T23:30+00:00", 1, "2026-06-29", "2026-07-06"),  # it is Thursday already in the brand's zone
    ],
)
def test_from_thursday_on_the_coming_week_is_the_one_ahead(
    office: Office, present: str, weeks: int, first: str, ahead: str
) -> None:
    story = DemoStory(office.work, office.brand, weeks, datetime.fromisoformat(present))
    assert (story.first_week.key, story.week_ahead.key) == (first, ahead)
