"""A process that is kept running: when it ends by itself it is started again, a few times and not without end."""

import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAUSES = (0.0, 5.0, 30.0)
"""Seconds before the first, second and third new start within `WITHIN_SECONDS`: what passes by itself is outlived."""
WITHIN_SECONDS = 600.0

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class ProcessEnd:
    """A process ended by itself. `again_in` seconds it is started anew; None: it has ended too often."""

    name: str
    code: int
    log: Path
    again_in: float | None

    @property
    def words(self) -> str:
        """What happened, what follows, and where to look."""
        said, seen = f"{self.name} ended by itself with exit code {self.code}", f"Its log: {self.log}"
        if self.again_in is None:
            return f"{said}, more than {len(PAUSES)} times within {WITHIN_SECONDS / 60:.0f} minutes. {seen}"
        return f"{said}, and is started again{f' in {self.again_in:.0f} s' if self.again_in else ''}. {seen}"


class KeptProcess:
    """`start` makes the process, at once and each time again. `monotonic` is a clock in seconds."""

    def __init__(
        self, name: str, log: Path, start: Callable[[], Process], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.log = log
        self._start = start
        self._monotonic = monotonic
        self._ends: deque[float] = deque(maxlen=len(PAUSES))
        self._again_at: float | None = None
        self.process = start()

    def look(self) -> ProcessEnd | None:
        """Its end, told once; and start it again when its pause is over. Raises whatever `start` does."""
        now, end = self._monotonic(), None
        if self._again_at is None and (code := self.process.poll()) is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            end = ProcessEnd(self.name, code, self.log, self._plan(now))
        if self._again_at is not None and now >= self._again_at:
            self._again_at = None
            self.process = self._start()
        return end

    def _plan(self, now: float) -> float | None:
        lately = sum(now - end < WITHIN_SECONDS for end in self._ends)
        if lately == len(PAUSES):
            return None
        self._ends.append(now)
        self._again_at = now + PAUSES[lately]
        return PAUSES[lately]
