"""The tea room's office, for a console to look at."""

from collections.abc import Generator, Iterator

import pytest
from starlette.testclient import TestClient

from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.browser import Site, site_of
from marketing_pipeline_tests.console.doorway import Doorway, doorway

__all__ = ["brands", "office"]


@pytest.fixture
def site(office: Office) -> Generator[Site]:
    """`ann`, an admin, at the console of the office."""
    del office
    with site_of(Settings.from_environment()) as opened:
        yield opened


@pytest.fixture
def door(office: Office) -> Iterator[Doorway]:
    """The guards before pages of the tests' own."""
    del office
    with doorway(Settings.from_environment()) as opened:
        yield opened


@pytest.fixture
def ben(door: Doorway) -> Iterator[tuple[TestClient, str]]:
    """`ben`, an editor, signed in there, and the CSRF token of his pages."""
    with door.signed_in() as signed_in:
        yield signed_in
