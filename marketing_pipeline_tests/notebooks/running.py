"""Running an analysts' notebook from top to bottom, in a process of its own."""

import base64
import io
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline_tests.store.warehouse_history import TeaRoom

FOLDER = Path(__file__).parent.parent.parent / "notebooks"


def read(name: str) -> Any:
    """The notebook of that name as it is kept."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)  # pyright: ignore[reportUnknownVariableType]


def run(
    name: str, room: TeaRoom, monkeypatch: pytest.MonkeyPatch, instead: dict[str, str] | None = None
) -> dict[str, list[Any]]:
    """Outputs of every code cell by its id, on a fresh snapshot; `instead` gives cells another content."""
    project(room.database, room.warehouse)
    publish_snapshot(room.warehouse)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(room.home.root / "ipython"))
    monkeypatch.setenv("MPLCONFIGDIR", str(room.home.root / "matplotlib"))
    notebook = read(name)
    for cell in notebook["cells"]:
        cell["source"] = (instead or {}).get(cell["id"], cell["source"])
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    shown = {cell["id"]: cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"}
    for place, outputs in shown.items():
        assert not [output for output in outputs if output["output_type"] in ("error", "stream")], place
    return shown


def pictures(outputs: list[Any]) -> list[Image.Image]:
    """The charts that a cell shows."""
    shown = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in shown]


def words(outputs: list[Any]) -> str:
    """The words and tables that a cell shows."""
    kinds = ("text/markdown", "text/html")
    return "\n".join(output["data"][kind] for output in outputs for kind in kinds if kind in output.get("data", {}))
