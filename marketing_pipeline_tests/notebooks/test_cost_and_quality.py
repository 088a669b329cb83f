"""The notebook on cost and quality runs from top to bottom, on a real warehouse and on an empty one."""

from datetime import timedelta
from pathlib import Path

import pytest
from PIL import ImageStat
from sqlalchemy import update

from marketing_pipeline.store import tables
from marketing_pipeline_tests.notebooks.running import pictures, read, run, words
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room, tea_room
from marketing_pipeline_tests.store.warehouse_weeks import put

NAME = "cost_and_quality"
POST = f"tea_room-{FIRST.key}-01"


def test_it_is_kept_without_outputs() -> None:
    for cell in read(NAME)["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def _with_a_person(room: TeaRoom) -> None:
    """A person approves the first post, and its copy has a cost."""
    with room.database.write() as connection:
        call = tables.model_calls.c.id == f"tea_room-{FIRST.key}-copywriter-2"
        connection.execute(
            update(tables.model_calls).where(call).values(post=POST, cost_micros=123_000, updated_at=NOW)
        )
        for sequence, (decision, hours) in enumerate((("requested", 0), ("approve", 5)), 1):
            put(
                connection,
                tables.approvals,
                id="asked",
                sequence=sequence,
                kind="publish_post",
                subject=POST,
                brand="tea_room",
                fingerprint="c" * 64,
                decision=decision,
                actor="ana",
                source="cli",
                note="",
                decided_at=NOW + timedelta(hours=hours),
                expires_at=NOW + timedelta(days=2),
                signature="x",
            )


def test_it_shows_cost_quality_and_what_people_say(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = busy_tea_room(marketing_home)
    _with_a_person(room)
    shown = run(NAME, room, monkeypatch)
    for name, outputs in shown.items():
        charts = pictures(outputs)
        assert len(charts) == (1 if name in ("cost", "quality") else 0), name
        for chart in charts:
            assert chart.width > 800 and ImageStat.Stat(chart.convert("L")).stddev[0] > 10, name
    assert "75 calls" in words(shown["cost"]) and "5 of them without a known price" in words(shown["cost"])
    assert "copywriter" in words(shown["agents"]) and " s</td>" in words(shown["agents"])
    assert POST in words(shown["posts"]) and "$0.123" in words(shown["posts"])
    assert "25 designs" in words(shown["quality"])
    assert "both yes" in words(shown["agreement"])
    assert "5.0" in words(shown["approvals"])


def test_it_is_friendly_to_an_empty_warehouse(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NAME, tea_room(marketing_home), monkeypatch)
    for name, outputs in shown.items():
        assert pictures(outputs) == [] and words(outputs), name
