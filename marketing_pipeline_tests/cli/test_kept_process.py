"""A server that ends is started again: a few times, after longer and longer pauses, and then no more."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketing_pipeline.cli.kept_process import PAUSES, WITHIN_SECONDS, KeptProcess, ProcessEnd
from marketing_pipeline.domain.clock import SteppedClock

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@dataclass
class Trial:
    """A program that waits for ever, kept under a clock that the test moves."""

    clock: SteppedClock
    kept: KeptProcess

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self.kept.process.pid

    def dies(self) -> ProcessEnd:
        """It is killed, and that is seen."""
        self.kept.process.kill()
        self.kept.process.wait()
        end = self.kept.look()
        assert end is not None
        return end


@pytest.fixture
def tried() -> Iterator[Trial]:
    """One trial, whose process is gone at the end."""
    clock = SteppedClock(START)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)

    made = Trial(clock, KeptProcess("daemon", Path("log.txt"), start, lambda: (clock.now() - START).total_seconds()))
    yield made
    made.kept.process.kill()
    made.kept.process.communicate()


def test_it_is_told_of_once_and_comes_back_after_each_pause(tried: Trial) -> None:
    assert tried.kept.look() is None
    for pause in PAUSES:
        gone, end = tried.pid, tried.dies()
        assert (end.code, end.again_in) == (-9, pause)
        tried.clock.sleep(max(0.0, pause - 1))
        assert tried.kept.look() is None
        assert (tried.pid != gone) is (pause == 0.0), "not before its pause is over"
        tried.clock.sleep(1)
        assert tried.kept.look() is None
        assert tried.pid != gone
        assert tried.kept.look() is None
    final = tried.dies()
    assert final.again_in is None
    assert "more than 3 times within 10 minutes" in final.words


def test_ends_of_long_ago_do_not_count(tried: Trial) -> None:
    for _ in range(3 * len(PAUSES)):
        assert tried.dies().again_in == 0.0
        assert tried.kept.look() is None
        tried.clock.sleep(WITHIN_SECONDS)
