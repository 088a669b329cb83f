"""The one Dagster resource: this installation, opened for a step and closed after it."""

from collections.abc import Generator

import dagster as dg

from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace


@dg.resource(description="This installation, as the environment describes it: stores, clock, brands and clients.")
def workplace(_context: dg.InitResourceContext) -> Generator[Workplace]:
    """Open the workplace for one step or one tick. Its errors say how to mend them."""
    with Workplace.open(Settings.from_environment()) as opened:
        yield opened
