"""One served account, and the product's own client in front of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.domain.clock import SteppedClock

if TYPE_CHECKING:
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

collect_ignore_glob = [] if find_spec("google") and find_spec("google.ads") else ["test_*.py"]

NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    """Noon in London, on a Monday."""
    return SteppedClock(NOON)


@pytest.fixture
def ads(tmp_path: Path, clock: SteppedClock) -> Iterator["Ads"]:
    """A small account with a campaign of each way of bidding, served."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    with serve(tmp_path, clock, SMALL.model_copy(update={"campaigns": 3})) as served:
        yield served


@pytest.fixture
def client(ads: "Ads", tmp_path: Path, clock: SteppedClock) -> Iterator["AdsClient"]:
    """The client, configured by what the sandbox wrote down."""
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.google_ads.connection import AdsConnection
    from marketing_pipeline.settings.google_ads import access_of_sandbox

    opened = AdsClient(AdsConnection(access_of_sandbox(tmp_path), clock, seconds=1.5))
    yield opened
    opened.close()
