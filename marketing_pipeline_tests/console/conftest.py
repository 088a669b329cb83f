"""The tea room's office, for a console to look at."""

from collections.abc import Generator

import pytest

from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.browser import Site, site_of

__all__ = ["brands", "office"]


@pytest.fixture
def site(office: Office) -> Generator[Site]:
    """`ann`, an admin, at the console of the office."""
    del office
    with site_of(Settings.from_environment()) as opened:
        yield opened
