"""Which weeks a tick of the planning schedule asks for, in which order, and what a broken brand does to others."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import read_brands
from marketing_pipeline.workplace.weeks import DISTANT_HOURS, WeekToMake
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.domain.brands import brand_content
from marketing_pipeline_tests.sandbox.tea_room import MONDAY
from marketing_pipeline_tests.store.planned_week import WEEK, record_week

__all__ = ["brands", "office"]
NEXT = WEEK.plus(1)


def add_brand(folder: Path, name: str, number: int, at: str = "18:30") -> None:
    """One more brand, whose slots lie at that hour."""
    channels = {"instagram": {"account_id": f"1784142{number:010d}", "handle": f"@{name}"}}
    content = json.dumps(brand_content(id=name, channels=channels)).replace("18:30", at)
    (folder / name).mkdir()
    (folder / name / "brand.yaml").write_text(content, encoding="utf-8")


def asked(office: Office) -> list[WeekToMake]:
    """What a tick finds on the Sunday before."""
    with Workplace.open(office.work.settings) as place:
        place.clock.step_to(NEXT.start(office.brand.zone) - timedelta(hours=6))
        return place.weeks.to_make()[0]


def test_the_week_whose_first_slot_is_nearest_is_asked_for_first_and_runs_first(office: Office, brands: Path) -> None:
    add_brand(brands, "a_late_one", 1, "22:00")
    add_brand(brands, "z_soon", 2, "08:00")
    found = asked(office)
    assert [item.brand.id for item in found] == ["z_soon", BRAND, "a_late_one"]
    first, second, third = (item.priority for item in found)
    assert 0 > first > second > third


def test_brands_whose_slots_fall_together_come_in_another_order_each_week(office: Office, brands: Path) -> None:
    for number in range(6):
        add_brand(brands, f"brand_{number}", number)
    orders: list[list[str]] = []
    with Workplace.open(office.work.settings) as place:
        for week in (NEXT, NEXT.plus(1)):
            place.clock.step_to(week.start(office.brand.zone) - timedelta(hours=6))
            orders.append([item.brand.id for item in place.weeks.to_make()[0]])
    assert sorted(orders[0]) == sorted(orders[1]) and len(orders[0]) == 7
    assert orders[0] != orders[1] and orders[0] != sorted(orders[0])


def test_a_brand_whose_rows_are_damaged_keeps_no_other_from_being_planned(office: Office, brands: Path) -> None:
    add_brand(brands, "sound", 1)
    with Workplace.open(office.work.settings) as place:
        record_week(place.database, office.brand, place.audit, week=NEXT)
        with place.database.write() as connection:
            connection.execute(text("UPDATE posts SET scheduled_at = 'never'"))
        place.clock.step_to(NEXT.start(office.brand.zone) - timedelta(hours=6))
        found, failed = place.weeks.to_make()
    assert [item.brand.id for item in found] == ["sound"]
    assert failed.keys() == {BRAND}


@pytest.mark.parametrize("harm", ["a folder in its place", "not text", "not yaml"])
def test_a_brand_file_that_cannot_be_read_stops_its_own_brand_only(office: Office, brands: Path, harm: str) -> None:
    add_brand(brands, "sound", 1)
    file = brands / BRAND / "brand.yaml"
    file.unlink()
    match harm:
        case "a folder in its place":
            file.mkdir()
        case "not text":
            file.write_bytes(b"\xff\xfe\x00\x80")
        case _:
            file.write_text("id: [", encoding="utf-8")
    read, broken = read_brands(brands)
    assert (set(read), set(broken)) == ({BrandId("sound")}, {BRAND})
    assert [item.brand.id for item in asked(office)] == ["sound"]


def test_the_priority_falls_by_one_an_hour_and_never_reaches_that_of_short_runs(office: Office) -> None:
    def priority(hours: float) -> int:
        return WeekToMake(office.brand, Week.parse("2026-11-23"), MONDAY + timedelta(hours=hours), MONDAY).priority

    assert [priority(hours) for hours in (-5, 0.5, 1, 72)] == [-1, -1, -2, -73]
    assert priority(10_000) == -1 - DISTANT_HOURS
