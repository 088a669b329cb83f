"""A running sandbox for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketing_pipeline_tests.sandbox.graph_client import GraphClient


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphClient]:
    """A sandbox of this test's own."""
    client = GraphClient(tmp_path / "home")
    yield client
    client.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphClient]:
    """One sandbox for all tests of a module that leave nothing behind that another test would notice."""
    client = GraphClient(tmp_path_factory.mktemp("shared") / "home")
    yield client
    client.close()
