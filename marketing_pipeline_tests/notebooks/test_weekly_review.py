"""The analysts' notebook runs from top to bottom, on a real warehouse and on an empty one."""

from pathlib import Path

import pytest
from PIL import Image, ImageStat

from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_learnings import record_ad_learnings
from marketing_pipeline_tests.notebooks.running import pictures, read, run, words
from marketing_pipeline_tests.store.warehouse_history import busy_tea_room, tea_room

NAME = "weekly_review"
CHARTS = {"trend", "worked", "mix", "cost"}


def test_it_is_kept_without_outputs() -> None:
    for cell in read(NAME)["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_it_shows_what_was_published_what_worked_and_what_was_learnt(
    marketing_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = busy_tea_room(marketing_home)
    raises = AdChangeEffect(level="raise_budget", log_effect=-0.5, log_sd=0.1, evidence=("a",))
    record_ad_learnings(room.database, BrandId("tea_room"), "2027-01-04", [raises])
    room.home.media.mkdir()
    Image.new("RGB", (1080, 1350), "#B9472A").save(room.home.media / f"{'ab' * 32}.jpg")
    outputs = run(NAME, room, monkeypatch)
    for name, shown in outputs.items():
        assert len(pictures(shown)) == (1 if name in CHARTS else 0), name
    for name in CHARTS:
        picture = pictures(outputs[name])[0]
        assert picture.width > 800
        assert ImageStat.Stat(picture.convert("L")).stddev[0] > 10, f"{name} is blank"
    assert words(outputs["published"]).count("<img ") == 10
    assert "First line 1 of tea_room-2026-11-09-05" in words(outputs["published"])
    assert "▲ **pillar garden**" in words(outputs["learnt"])
    assert "raise" not in words(outputs["learnt"]), "ads are another notebook's"
    assert "People save what they can use at home." in words(outputs["learnt"])
    assert "75 calls" in words(outputs["cost"])
    assert "5 of them without a known price" in words(outputs["cost"])
    assert "marketing posts show tea_room-2026-11-16-01" in words(outputs["waiting"])


def test_it_is_friendly_to_an_empty_warehouse(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = run(NAME, tea_room(marketing_home), monkeypatch)
    assert not [picture for shown in outputs.values() for picture in pictures(shown)]
    for name in ("open", "published", "trend", "worked", "learnt", "mix", "cost", "waiting"):
        assert words(outputs[name]), name
