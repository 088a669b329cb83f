"""The desk of a home whose ad account the sandbox serves, through the genuine client."""

from pathlib import Path

from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.execution.ad_desk import AdDesk


def open_desk(root: Path, seconds: float = 5) -> AdDesk:
    """The desk of a home in which a sandbox has written down how to reach it."""
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.google_ads.connection import AdsConnection
    from marketing_pipeline.settings.google_ads import access_of_sandbox

    home = Home(root)
    clock = home.clock()
    client = AdsClient(AdsConnection(access_of_sandbox(root), clock, seconds=seconds))
    return AdDesk(home.open_database(), clock, client)
