"""The tea room's office, its model behind a real socket, and the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketing_pipeline_tests.agents.scripted_messages import Reply, ScriptedServer, serving
from marketing_pipeline_tests.cli.conftest import brands, desk, office, run
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.sandbox.model_service import ModelService

__all__ = ["brands", "desk", "office", "run"]


@pytest.fixture(scope="session")
def model_service() -> Iterator[ModelService]:
    """The sandbox's model."""
    with ModelService() as running:
        yield running


@pytest.fixture
def model(model_service: ModelService, monkeypatch: pytest.MonkeyPatch) -> ModelService:
    """The sandbox's model, as this test's installation finds it."""
    monkeypatch.setenv("MARKETING_SANDBOX_URL", model_service.url.removesuffix("/anthropic"))
    return model_service


@pytest.fixture
def room(model: ModelService, office: Office) -> Office:
    """The tea room with its week planned and one post waiting for a person."""
    office.planned()
    office.awaiting()
    return office


@pytest.fixture
def measured(room: Office) -> Office:
    """The same with a published snapshot."""
    room.work.refresh_warehouse()
    return room


@pytest.fixture
def scripted(
    brands: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., tuple[Office, ScriptedServer]]]:
    """Opens the office with a model that gives these replies, the last one again and again."""
    servers: list[ScriptedServer] = []
    closing: list[Callable[[], object]] = []

    def opened(*replies: Reply) -> tuple[Office, ScriptedServer]:
        context = serving(*replies)
        server = context.__enter__()
        servers.append(server)
        closing.append(lambda: context.__exit__(None, None, None))
        monkeypatch.setenv("MARKETING_SANDBOX_URL", server.base_url)
        return request.getfixturevalue("office"), server

    yield opened
    for close in closing:
        close()
