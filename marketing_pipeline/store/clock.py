"""The one clock of a home: real time, or simulated time that every process shares and that never runs backwards."""

import asyncio
import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from marketing_pipeline.domain.clock import Clock, SystemClock, aware
from marketing_pipeline.domain.errors import MarketingError


class SimulatedTime(MarketingError):
    """Real time was asked for in a home whose time is simulated, or the other way round."""


class ClockUnreadable(MarketingError):
    """The clock file is not one that this program wrote, or cannot be reached."""


@dataclass(frozen=True)
class _Reading:
    """What the clock file says: where stepped time stands, or how far this home runs ahead of real time."""

    stepped: datetime | None = None
    ahead: timedelta = timedelta(0)


class DurableClock:
    """A domain `Clock` kept in a file, so that all processes of a home and of the sandbox agree.

    Without a file it is real time. Reading costs one stat call. Every method raises ClockUnreadable when the file is
    damaged.
    """

    def __init__(self, path: Path, real: Clock | None = None) -> None:
        self._path = path
        self._real = real if real is not None else SystemClock()
        self._cached: tuple[int, _Reading] | None = None

    def now(self) -> datetime:
        """The present moment of this home, zone-aware, in UTC."""
        return self._moment(self._reading())

    @property
    def is_stepped(self) -> bool:
        """Whether time stands still until it is moved."""
        return self._reading().stepped is not None

    def step_to(self, moment: datetime) -> None:
        """Move simulated time forward; an earlier moment leaves it where it is. Raises SimulatedTime in real time."""
        with self._alone():
            reading = self._reading()
            if reading.stepped is None:
                raise SimulatedTime(
                    "Real time cannot be moved.", "Simulate time in a home of its own: `marketing demo`."
                )
            if aware(moment) > reading.stepped:
                self._write(_Reading(stepped=aware(moment)))

    def sleep(self, seconds: float) -> None:
        """Wait for real, or jump forward in simulated time."""
        stepped = self._reading().stepped
        if stepped is None:
            self._real.sleep(seconds)
        else:
            self.step_to(stepped + timedelta(seconds=seconds))

    async def pause(self, seconds: float) -> None:
        """Wait inside an event loop; pauses begun at the same simulated moment overlap."""
        stepped = self._reading().stepped
        if stepped is None:
            await self._real.pause(seconds)
            return
        await asyncio.sleep(0)
        self.step_to(stepped + timedelta(seconds=seconds))

    def start_stepped(self, at: datetime) -> None:
        """Simulate time from `at`. Where this home has had a time already, from the later of the two."""
        with self._alone():
            begun = self._path.exists()
            self._write(_Reading(stepped=max(aware(at), self.now()) if begun else aware(at)))

    def follow_real_time(self) -> None:
        """Let time run. Where simulated time is ahead of real time it stays ahead by as much: never backwards."""
        with self._alone():
            reading = self._reading()
            if reading.stepped is not None or not self._path.exists():
                ahead = max(timedelta(0), self._moment(reading) - self._real.now())
                self._write(_Reading(ahead=ahead))

    def require_real(self) -> None:
        """Raise SimulatedTime unless this home lives in real time: nothing live may run on another."""
        reading = self._reading()
        if reading.stepped is not None or reading.ahead > timedelta(seconds=1):
            raise SimulatedTime(
                f"The time of this home is simulated ({self.now():%Y-%m-%d %H:%M} UTC).",
                "Live services need real time: set MARKETING_HOME to another folder.",
            )

    def _moment(self, reading: _Reading) -> datetime:
        return reading.stepped if reading.stepped is not None else self._real.now() + reading.ahead

    def _reading(self) -> _Reading:
        try:
            stamp = self._path.stat().st_mtime_ns
            if self._cached is None or self._cached[0] != stamp:
                self._cached = (stamp, _parsed(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return _Reading()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ClockUnreadable(
                f"The clock file {self._path} cannot be read: {error}.",
                "Restore it from a backup; without it the history of this home would be out of order.",
            ) from error
        return self._cached[1]

    def _write(self, reading: _Reading) -> None:
        """Replace the file, its modification time always later than before: readers go by it."""
        before = self._path.stat().st_mtime_ns if self._path.exists() else 0
        part = self._path.with_name(f".{self._path.name}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(_written(reading))
            file.flush()
            os.fsync(file.fileno())
        stamp = max(before + 1, part.stat().st_mtime_ns)
        os.utime(part, ns=(stamp, stamp))
        part.replace(self._path)

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Hold the clock against every other thread and process."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            gate = self._path.with_name(f"{self._path.name}.lock").open("a")
        except OSError as error:
            raise ClockUnreadable(
                f"The clock file {self._path} cannot be written: {error.strerror}.",
                "Check that this user may write to the home, MARKETING_HOME.",
            ) from error
        with gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield


def _parsed(text: str) -> _Reading:
    content = json.loads(text)
    if content["mode"] == "stepped":
        return _Reading(stepped=aware(datetime.fromisoformat(content["now"])))
    if content["mode"] == "real":
        return _Reading(ahead=timedelta(seconds=float(content.get("ahead_seconds", 0))))
    raise ValueError(f"unknown mode {content['mode']!r}")


def _written(reading: _Reading) -> str:
    if reading.stepped is not None:
        return json.dumps({"mode": "stepped", "now": reading.stepped.isoformat()})
    if reading.ahead:
        return json.dumps({"mode": "real", "ahead_seconds": reading.ahead.total_seconds()})
    return json.dumps({"mode": "real"})
