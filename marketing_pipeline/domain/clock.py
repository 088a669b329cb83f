"""Time as an argument: nothing in the product asks the operating system what time it is, except through a `Clock`."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The one source of time and of waiting. `now` is always zone-aware UTC."""

    def now(self) -> datetime:
        """The present moment, zone-aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a simulated clock jumps forward instead."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait inside an event loop; a simulated clock jumps forward instead."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks the operating system

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(seconds)  # noqa: TID251 - the one place that waits for real

    async def pause(self, seconds: float) -> None:
        """Wait for real without blocking the event loop."""
        await asyncio.sleep(seconds)


class SteppedClock:
    """Time that moves only when told to: for tests. Overlapping waits overlap, as they would in real time."""

    def __init__(self, start: datetime) -> None:
        self._now = aware(start)

    def now(self) -> datetime:
        """The moment the clock stands at."""
        return self._now

    def step_to(self, moment: datetime) -> None:
        """Move forward to `moment`; an earlier moment leaves the clock where it is."""
        self._now = max(self._now, aware(moment))

    def sleep(self, seconds: float) -> None:
        """Jump forward by `seconds`."""
        self.step_to(self._now + timedelta(seconds=seconds))

    async def pause(self, seconds: float) -> None:
        """Jump forward by `seconds`, letting other tasks start first."""
        until = self._now + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.step_to(until)


def tellable(at: datetime) -> datetime:
    """The moment, where it can be told in every time zone: one of the years 1970 to 2999. Raises ValueError."""
    if not 1970 <= at.year <= 2999:
        raise ValueError("a moment lies between the years 1970 and 2999")
    return at


def aware(moment: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: every time in this product carries one.")
    return moment.astimezone(UTC)
