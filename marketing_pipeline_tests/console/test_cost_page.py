"""The cost page against sums that are worked out by hand, the cap's own way of counting among them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import func, select

from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store import tables
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.snapshots import LINK, newest_snapshot
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.busy import busy, figures_of, publish, room
from marketing_pipeline_tests.console.other_room import open_other_room
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom
from marketing_pipeline_tests.store.warehouse_weeks import put

__all__ = ["busy", "room"]
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
POST = "tea_room-2026-11-16-01"


def call(room: TeaRoom, number: int, at: datetime = NOW, **changes: Any) -> None:
    """One more call of a model."""
    row = {
        "id": f"call-{number}", "brand": "tea_room", "week": "2026-11-16", "agent": "copywriter", "attempt": 1,
        "provider": "sandbox", "model": "claude-sonnet-5", "prompt": "copywriter.md", "prompt_sha256": "a" * 64,
        "schema_sha256": "b" * 64, "outcome": "ok", "reserved_micros": 90_000, "cost_micros": 40_000,
        "input_tokens": 1000, "output_tokens": 100, "latency_ms": 1500.0, "started_at": at, "updated_at": at,
    }  # fmt: skip
    with room.database.write() as connection:
        put(connection, tables.model_calls, **{**row, **changes})


def test_this_week_counts_as_the_cap_does(busy: Site, room: TeaRoom) -> None:
    call(room, 1, post=POST)
    call(room, 2, MONDAY)
    call(room, 3, MONDAY - timedelta(seconds=1))
    call(room, 4, outcome="timeout", cost_micros=None, reserved_micros=300_000)
    call(room, 5, outcome="in_flight", cost_micros=None, reserved_micros=2_000_000)
    with room.database.write() as connection:
        put(
            connection,
            tables.image_jobs,
            id="job",
            post=POST,
            provider="sandbox",
            prompt="dunes",
            state="done",
            cost_micros=70_000,
            created_at=NOW,
            updated_at=NOW,
        )
    publish(room)
    page = busy.page("/cost")
    for words in (
        "<strong>USD 0.0800</strong>",
        "<strong>1 call</strong>",
        "counted as USD 0.3000, never as free",
        "<strong>USD 2.00</strong>",
        "USD 2.38 of USD 20.00",
        "<strong>12 %</strong>",
        "<strong>USD 0.0700</strong>",
    ):
        assert words in page, words
    assert ModelCalls(room.database).spend(BrandId("tea_room"), MONDAY, MONDAY + timedelta(days=7)) == 2_380_000
    dearest = figures_of(page)["The dearest posts"]["rows"]
    assert dearest == [{"post": POST, "cost": pytest.approx(0.11)}]
    assert f'<a href="/posts/{POST}">' in page


def test_weeks_and_days_add_up(busy: Site, room: TeaRoom) -> None:
    page = busy.page("/cost")
    figures = figures_of(page)
    with room.database.read() as connection:
        total = connection.scalar(select(func.sum(tables.model_calls.c.cost_micros))) or 0
    weekly = figures["By week and agent"]
    assert sum(row["cost"] for row in weekly["rows"]) == pytest.approx(total / 1e6)
    assert {row["week"] for row in weekly["rows"]} == {FIRST.plus(number - 1).key for number in range(5)}
    assert "The cap is USD 20.00." in page and weekly["reference"] is None
    days = [row["day"] for row in figures["By day, the last 28"]["rows"]]
    assert days == [str((MONDAY + timedelta(days=number)).date()) for number in range(-23, -1)], "none is left out"
    assert busy.page("/cost").count("USD") == page.count("USD")


def test_a_week_near_the_cap_stands_beside_its_line(busy: Site, room: TeaRoom) -> None:
    call(room, 1, cost_micros=9_000_000)
    publish(room)
    assert figures_of(busy.page("/cost"))["By week and agent"]["reference"] == 20


def test_agents_with_tokens_latency_and_unknown_costs(busy: Site, room: TeaRoom) -> None:
    page = busy.page("/cost")
    row = page[page.index('<th scope="row">analyst</th>') :].partition("</tr>")[0]
    assert '<td class="number">15</td><td class="number">0</td>' in row, "three calls a week, none failed"
    assert '<td class="number">5</td><td class="number">45,000</td>' in row, "five of unknown cost"
    assert '<td class="number">10,500</td>' in row


def test_all_brands_stand_in_a_table(busy: Site, room: TeaRoom, brands: Path) -> None:
    open_other_room(brands)
    call(room, 1)
    publish(room)
    page = busy.page("/cost")
    assert "USD 0.0400 of USD 40.00" in page
    assert page.index('href="/cost?brand=tea_room"') < page.index('href="/cost?brand=other_room"'), "the dearest first"


def test_a_figure_is_told_in_its_units() -> None:
    figure = Figure(
        title="t",
        kind=Kind.ROWS,
        rows=[{"name": "a", "cost": 0.5, "share": 0.25, "at": "2026-11-16"}],
        x="cost",
        y="name",
        columns={"name": "Name", "cost": "Cost", "share": "Share"},
        unit=Unit.MONEY,
        currency="USD",
        units={"share": Unit.PERCENT},
    )
    assert [figure.cell(name, figure.rows[0]) for name in figure.columns] == ["a", "USD 0.5000", "25.0 %"]
    assert figure.numeric == {"cost", "share"}
    assert figure.data["rows"] == [{"cost": 0.5, "name": "a"}], "only what is drawn is sent"


def test_figures_of_an_older_version_are_said_to_be_that(room: TeaRoom, busy: Site) -> None:
    snapshot = newest_snapshot(room.home.warehouse)
    assert snapshot
    older = snapshot.with_name("999999-older.duckdb")
    older.write_bytes(snapshot.read_bytes())
    older.chmod(0o600)
    with duckdb.connect(older) as connection:
        connection.execute("DROP TABLE cost_by_post")
    link = room.home.warehouse / LINK
    link.unlink()
    link.symlink_to(older)
    assert "published by another version" in busy.page("/cost", status=400)
