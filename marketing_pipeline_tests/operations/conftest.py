"""The tea room's office as an installation to look at, with clocks that a test can move."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from marketing_pipeline.console.rounds import EVERY_SECONDS as ROUND_SECONDS
from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.domain.health import Area, Health, HealthFinding, Level
from marketing_pipeline.operations.health import examine
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.operations.moving import empty, order

__all__ = ["brands", "empty", "office", "order"]

TWO_MINUTES = timedelta(minutes=2)


@dataclass
class Floor:
    """The operating floor: an office, the machine's clocks, and what is seen there."""

    office: Office
    real: SteppedClock = field(default_factory=lambda: SteppedClock(SystemClock().now()))
    started: float = 1_000.0

    @property
    def place(self) -> Installation:
        """What is looked at now."""
        place = self.office.work.health.installation()
        return replace(place, real=self.real, monotonic=lambda: self.started)

    def passes(self, span: timedelta) -> None:
        """Let real time pass, and the home's with it."""
        self.real.sleep(span.total_seconds())
        self.started += span.total_seconds()
        self.office.step_to(self.office.now + span)

    def examine(self) -> Health:
        """Look at everything."""
        return examine(self.place)

    def found(self, area: Area) -> HealthFinding:
        """The one finding of an area."""
        [found] = self.examine().of(area)
        return found

    @property
    def now(self) -> datetime:
        """Real time."""
        return self.real.now()


def detection(floor: Floor, area: Area, look: Callable[[], Level]) -> timedelta:
    """How long it takes until an area is bad, looking as often as the console does."""
    begun = floor.now
    while look() is not Level.BAD:
        assert floor.now - begun < timedelta(minutes=10), f"{area} is never found"
        floor.passes(timedelta(seconds=ROUND_SECONDS))
    return floor.now - begun


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fails after four seconds."""
    for _ in range(200):
        if holds():
            return
        SystemClock().sleep(0.02)
    raise AssertionError("it never came to hold")


@pytest.fixture
def floor(office: Office) -> Floor:
    """The operating floor of the office."""
    return Floor(office)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A service that people are told through: an HTTP server on loopback that keeps what it is sent."""
    with Listener() as listening:
        yield listening


@pytest.fixture
def telling(office: Office, listener: Listener) -> dict[str, Any]:
    """Settings under which the listener is told."""
    return {"notify_urls": (listener.url,)}
