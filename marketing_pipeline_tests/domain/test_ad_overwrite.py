"""What becomes of an applied change that somebody else has touched since."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.ad_overwrite import first_overwrite, live_overwrite, overwrite_in_words
from marketing_pipeline.domain.ad_platform import AdChangeEvent
from marketing_pipeline_tests.domain.known_changes import change_of, raise_budget

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def event(after: str | None, hours: float, before: str | None = "12000000", user: str = "bo@shop.example") -> Any:
    at = NOON + timedelta(hours=hours)
    return AdChangeEvent(at=at, user=user, client_type="GOOGLE_ADS_WEB_CLIENT", before=before, after=after)


OURS = raise_budget(10, 12)
OWN = event("12000000", 0, before="10000000", user="api@shop.example")


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([OWN], None),
        ([], None),
        ([OWN, event("9000000", 20)], "overwritten on 2026-10-02 by bo@shop.example: €12 → €9"),
        ([OWN, event("9000000", 20), event("12000000", 21, "9000000")], "overwritten on 2026-10-02 by bo@shop.example"),
        ([OWN, event(None, 20)], "€12 → removed"),
        ([OWN, event("9000000", 20, user="")], "by GOOGLE_ADS_WEB_CLIENT"),
        ([event("7000000", 40, before="9000000")], "on a day that the change history does not tell: €12 → €9"),
        ([OWN, event("9000000", 24 * 15)], None),
    ],
    ids=["ours", "none", "other", "put back", "removed", "no user", "history too short", "after the window"],
)
def test_an_edit_by_somebody_else_is_an_overwrite(edits: list[AdChangeEvent], words: str | None) -> None:
    found = first_overwrite(OURS, edits, NOON + timedelta(days=14), LONDON)
    said = None if found is None else overwrite_in_words(OURS, found)
    assert said is words is None or (said is not None and words is not None and words in said)


def test_the_day_of_an_overwrite_is_the_accounts() -> None:
    found = first_overwrite(OURS, [event("9000000", 11)], NOON + timedelta(days=14), ZoneInfo("Asia/Tokyo"))
    assert found is not None and found.day == date(2026, 10, 2)


@pytest.mark.parametrize(
    ("live", "edits", "found"),
    [
        ("12000000", [], False),
        ("9000000", [], True),
        (None, [OWN], True),
        ("9000000", [OWN, event("9000000", 24 * 15)], False),
    ],
)
def test_the_live_value_tells_what_the_history_does_not(
    live: str | None, edits: list[AdChangeEvent], found: bool
) -> None:
    assert (live_overwrite(OURS, live, edits) is not None) is found


@pytest.mark.parametrize(
    ("currency", "after", "live", "words"),
    [
        ("JPY", "1200000000", "900000000", "¥1,200 → ¥900"),
        ("KWD", "12345000", "900000", "KWD 12.345 → KWD 0.900"),
        ("GBP", "12340000", "9000000", "£12.34 → £9"),
    ],
)
def test_amounts_are_told_in_the_coins_of_their_currency(currency: str, after: str, live: str, words: str) -> None:
    changed = OURS.model_copy(update={"currency": currency, "before": "1000000", "after": after})
    found = live_overwrite(changed, live, [])
    assert found is not None and overwrite_in_words(changed, found).endswith(words)


def test_statuses_are_told_in_plain_words() -> None:
    paused = change_of(AdChangeKind.PAUSE_KEYWORD, "adGroupCriteria/11~111", "ENABLED", "PAUSED")
    found = live_overwrite(paused, "ENABLED", [])
    assert found is not None and overwrite_in_words(paused, found).endswith(": paused → enabled")
