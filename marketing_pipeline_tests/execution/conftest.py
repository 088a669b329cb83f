"""A desk with a sandbox of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.execution.desk import Desk
from marketing_pipeline_tests.sandbox.tea_room import MONDAY, tea_room


@pytest.fixture
def desk(marketing_home: Path, _migrated: Path) -> Iterator[Desk]:
    """Everything that publishes for one brand, at Monday 09:00 UTC of stepped time."""
    home = Home(marketing_home)
    home.root.mkdir(parents=True)
    (home.root / "control_plane.sqlite").write_bytes(_migrated.read_bytes())
    home.clock().start_stepped(MONDAY)
    config = SandboxConfig(home=home.root, seed=7, brands=(tea_room(),))
    with SandboxServer(config, home.clock()) as server:
        opened = Desk(home.root, server.url)
        yield opened
        opened.close()
