"""The analysts' notebook runs from top to bottom, on a real warehouse and on an empty one."""

import base64
import io
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image, ImageStat

from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_learnings import record_ad_learnings
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline_tests.store.warehouse_history import TeaRoom, busy_tea_room, tea_room

NOTEBOOK = Path(__file__).parent.parent.parent / "notebooks" / "weekly_review.ipynb"
CHARTS = {"trend", "worked", "mix", "cost"}


def _read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # pyright: ignore[reportUnknownVariableType]


def _run(room: TeaRoom, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Outputs of every code cell by its id. The kernel is this Python, in a process of its own."""
    project(room.database, room.warehouse)
    publish_snapshot(room.warehouse)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(room.home.root / "ipython"))
    monkeypatch.setenv("MPLCONFIGDIR", str(room.home.root / "matplotlib"))
    notebook = _read()
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    )
    client.execute()
    return {cell["id"]: cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"}


def _pictures(outputs: list[Any]) -> list[Image.Image]:
    shown = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in shown]


def _words(outputs: list[Any]) -> str:
    kinds = ("text/markdown", "text/html")
    return "\n".join(output["data"][kind] for output in outputs for kind in kinds if kind in output.get("data", {}))


def test_it_is_kept_without_outputs() -> None:
    for cell in _read()["cells"]:
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
    outputs = _run(room, monkeypatch)
    for name, shown in outputs.items():
        assert not [output for output in shown if output["output_type"] in ("error", "stream")], name
        assert len(_pictures(shown)) == (1 if name in CHARTS else 0), name
    for name in CHARTS:
        picture = _pictures(outputs[name])[0]
        assert picture.width > 800
        assert ImageStat.Stat(picture.convert("L")).stddev[0] > 10, f"{name} is blank"
    assert _words(outputs["published"]).count("<img ") == 10
    assert "First line 1 of tea_room-2026-11-09-05" in _words(outputs["published"])
    assert "▲ **pillar garden**" in _words(outputs["learnt"])
    assert "raise" not in _words(outputs["learnt"]), "ads are another notebook's"
    assert "People save what they can use at home." in _words(outputs["learnt"])
    assert "75 calls" in _words(outputs["cost"])
    assert "5 of them without a known price" in _words(outputs["cost"])
    assert "marketing posts show tea_room-2026-11-16-01" in _words(outputs["waiting"])


def test_it_is_friendly_to_an_empty_warehouse(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = _run(tea_room(marketing_home), monkeypatch)
    for name, shown in outputs.items():
        assert not [output for output in shown if output["output_type"] in ("error", "stream")], name
        assert _pictures(shown) == []
    for name in ("open", "published", "trend", "worked", "learnt", "mix", "cost", "waiting"):
        assert _words(outputs[name]), name
