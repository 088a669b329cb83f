"""The audience reads what came over the wire: hashtags, words, the first line, the shape of the pictures."""

from datetime import UTC, datetime

import pytest

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.picture import Picture
from marketing_pipeline.sandbox.reading import format_of, hook_of, pillar_of, read_post
from marketing_pipeline.sandbox.tastes import Daypart
from marketing_pipeline_tests.sandbox.tea_room import tea_room


def picture(width: int = 1080, height: int = 1350) -> Picture:
    return Picture(sha256="0" * 64, width=width, height=height, contrast=0.5, sharpness=0.5, colour=0.5)


@pytest.mark.parametrize(
    ("line", "hook"),
    [
        ("What size fits above a sofa?", Hook.QUESTION),
        ("How to brew for two?", Hook.QUESTION),
        ("How to brew in 3 steps", Hook.HOW_TO),
        ("5 ways to serve it cold", Hook.LIST),
        ("Three teas we drink in November", Hook.LIST),
        ("Our 4 favourite cups", Hook.LIST),
        ("Most kitchens need 3 pans", Hook.LIST),
        ("We burnt the first batch.", Hook.STORY),
        ("Last week the kettle broke.", Hook.STORY),
        ("When the rain came", Hook.STORY),
        ("A customer wrote to us", Hook.STORY),
        ("A long-standing customer came back", Hook.STORY),
        ("Two years ago this was a garage.", Hook.STORY),
        ("Maya brought a torn map", Hook.STORY),
        ("Good tea needs time.", Hook.CLAIM),
        ("48 hours left", Hook.CLAIM),
        ("Tins from £12 ship in 3 days", Hook.CLAIM),
        ("Our tea lasts.\nWhat do you think?", Hook.CLAIM),
        ("", Hook.CLAIM),
    ],
)
def test_the_hook_is_read_from_the_first_line(line: str, hook: Hook) -> None:
    assert hook_of(f"{line}\n\nMore words follow here. #garden") is hook


@pytest.mark.parametrize(
    ("caption", "pillar"),
    [
        ("Plain #brewing", "brewing"),
        ("All about peoples and people", "people"),
        ("The garden and the gardens #people", "people"),
        ("gardening is another word", None),
        ("Nothing that it knows #tea", None),
        ("Garden or brewing", "garden"),
    ],
)
def test_the_pillar_is_read_from_hashtags_and_keywords(caption: str, pillar: str | None) -> None:
    assert pillar_of(tea_room().pillars, caption) == pillar


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ((picture(),), PostFormat.PORTRAIT),
        ((picture(1080, 1080),), PostFormat.SQUARE),
        ((picture(1080, 800),), PostFormat.SQUARE),
        ((picture(), picture()), PostFormat.CAROUSEL),
    ],
)
def test_the_format_is_read_from_the_pictures(pictures: tuple[Picture, ...], expected: PostFormat) -> None:
    assert format_of(pictures) is expected


def test_the_slot_is_the_audiences_own_time() -> None:
    summer_evening = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)
    in_london = read_post(tea_room(), "Hello", (picture(),), summer_evening)
    assert (in_london.slot, in_london.daypart) == ("monday_night", Daypart.NIGHT)
    nobody = read_post(None, "Hello #garden", (picture(),), summer_evening)
    assert (nobody.slot, nobody.pillar, nobody.occasion) == ("monday_evening", None, None)


@pytest.mark.parametrize(
    ("caption", "day", "occasion"),
    [("Winter is here", 1, "winter"), ("Tea is here", 1, None), ("Midwinter is here", 1, None)],
)
def test_an_occasion_must_be_named_in_its_time(caption: str, day: int, occasion: str | None) -> None:
    moment = datetime(2026, 12, day, 12, tzinfo=UTC)
    assert read_post(tea_room(), caption, (picture(),), moment).occasion == occasion
    assert read_post(tea_room(), caption, (picture(),), moment.replace(month=10)).occasion is None
