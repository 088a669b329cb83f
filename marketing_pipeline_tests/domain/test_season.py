"""What a post of one day may name: an occasion with its lead days, an offer on its own days, in the brand's zone."""

from datetime import UTC, date, datetime

import pytest

from marketing_pipeline.domain.caption import check_season
from marketing_pipeline.domain.content_risk import risks_of
from marketing_pipeline.domain.season import out_of_season, speakable_on
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.domain.test_caption import variation
from marketing_pipeline_tests.domain.test_content_risk import idea

BRAND = make_brand(
    time_zone="America/New_York",
    occasions=[
        {"id": "friday", "name": "Black Friday weekend", "start": "2026-11-27", "end": "2026-11-30", "lead_days": 7},
        {
            "id": "orders",
            "name": "Last orders",
            "start": "2026-12-11",
            "end": "2026-12-13",
            "note": "Before Christmas.",
        },
        {"id": "feast", "name": "Christmas", "start": "2026-12-24", "end": "2026-12-26", "lead_days": 3},
    ],
)


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        ("2026-11-19", ()),
        ("2026-11-20", ("friday", "frost")),
        ("2026-11-29", ("friday", "frost")),
        ("2026-11-30", ("friday",)),
        ("2026-12-01", ()),
        ("2026-12-04", ("orders",)),
    ],
)
def test_what_a_day_may_name(day: str, ids: tuple[str, ...]) -> None:
    assert speakable_on(BRAND, date.fromisoformat(day)) == ids


@pytest.mark.parametrize(
    ("text", "day", "named"),
    [
        ("Black Friday: frames", "2026-11-30", ()),
        ("Black Friday: frames", "2026-12-01", ("Black Friday (27 Nov to 30 Nov)",)),
        ("A black friday kicker", "2026-12-01", ("Black Friday (27 Nov to 30 Nov)",)),
        ("Use FROST5", "2026-11-29", ()),
        ("Use FROST5, yes frost5", "2026-11-30", ("the offer frost (20 Nov to 29 Nov)",)),
        ("£5 off until Sunday", "2026-11-30", ("the offer frost (20 Nov to 29 Nov)",)),
        ("Wrapped before Christmas", "2026-12-12", ()),
        ("Wrapped before Christmas", "2026-11-29", ("Christmas (24 Dec to 26 Dec)",)),
        ("Blackfriday and FROST50", "2026-12-01", ()),
    ],
)
def test_what_a_text_names_out_of_season(text: str, day: str, named: tuple[str, ...]) -> None:
    assert out_of_season(text, BRAND, date.fromisoformat(day)) == named
    assert len(check_season(text, "kicker", BRAND, date.fromisoformat(day))) == len(named)


def test_the_day_is_that_of_the_brands_people() -> None:
    assert BRAND.day_of(datetime(2026, 12, 1, 3, tzinfo=UTC)) == date(2026, 11, 30)


def test_a_post_that_names_what_is_over_waits_for_a_person() -> None:
    told = variation(caption="How long should Assam steep? Four minutes, also on Black Friday and after it.")
    assert risks_of(idea(), told, BRAND, date(2026, 11, 30)) == ()
    assert risks_of(idea(), told, BRAND, date(2026, 12, 1)) == ("names Black Friday (27 Nov to 30 Nov) on 01 Dec",)
