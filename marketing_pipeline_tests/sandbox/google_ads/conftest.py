"""One sandbox with its clock for each test that asks for it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.domain.clock import SteppedClock

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

# Without the extra `ads` there is nothing to talk to the sandbox with.
collect_ignore_glob = [] if find_spec("google") and find_spec("google.ads") else ["test_*.py"]

NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)
"""Noon in London, on a Monday."""


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def ads(tmp_path: Path, clock: SteppedClock) -> Iterator["Ads"]:
    """A small account of the usual kind, served, and a genuine client."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    with serve(tmp_path, clock, SMALL) as served:
        yield served
