"""Drains at work: one that dies or hangs is found within two minutes, by the signs of life that stop."""

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.health import Area, Level
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.pulse import EVERY_SECONDS, Pulse
from marketing_pipeline_tests.operations.conftest import TWO_MINUTES, Floor, detection, until

_BEATS = """
import sys, time
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

with Workplace.open(Settings.from_environment()) as place, place.health.pulse("drain:r1", ServerKind.DRAIN):
    print("beats", flush=True)
    sys.stdin.read()
"""


@contextmanager
def a_drain_at_work() -> Generator["subprocess.Popen[str]"]:
    """A process that shows the signs of life of a drain."""
    with subprocess.Popen(
        [sys.executable, "-c", _BEATS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "beats\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_drain_that_is_killed_or_stopped_is_found_within_two_minutes(floor: Floor, end: signal.Signals) -> None:
    with a_drain_at_work() as process:
        assert floor.found(Area.DRAINS).what == "1 at work, none hangs"
        process.send_signal(end)
        floor.real.step_to(SystemClock().now())
        taken = detection(floor, Area.DRAINS, lambda: floor.found(Area.DRAINS).level)
        assert timedelta(seconds=3 * EVERY_SECONDS) <= taken <= TWO_MINUTES / 2
        found = floor.found(Area.DRAINS)
        assert f"process {process.pid}" in found.what and "holds no claim" in found.what


def test_a_stopped_drain_that_goes_on_shows_again_and_one_that_ends_leaves_nothing(floor: Floor) -> None:
    with a_drain_at_work() as process:
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGCONT)
        process.communicate("")
        assert process.returncode == 0
    assert floor.place.beats.read() == ()
    floor.passes(timedelta(hours=1))
    assert floor.found(Area.DRAINS).level is Level.OK


def test_a_dead_drain_is_told_of_while_it_holds_a_claim(floor: Floor) -> None:
    effect = floor.office.claimed()
    floor.place.beats.beat("drain:a worker", ServerKind.DRAIN, EVERY_SECONDS)
    floor.passes(timedelta(hours=3))
    assert "still holds a claim" in floor.found(Area.DRAINS).what
    with floor.office.work.database.write() as connection:
        connection.execute(text("UPDATE effects SET lease_owner = NULL WHERE id = :id"), {"id": effect.id})
    assert floor.found(Area.DRAINS).level is Level.OK


def test_work_that_hangs_falls_silent(floor: Floor) -> None:
    moment = [0.0]
    beats = floor.place.beats
    with Pulse(beats, "drain:r2", ServerKind.DRAIN, every=0.02, patience=60, monotonic=lambda: moment[0]) as pulse:
        floor.real.sleep(1)
        until(lambda: beats.read()[0].beat_at == floor.now)
        moment[0] = 61
        SystemClock().sleep(0.1)
        floor.real.sleep(10)
        SystemClock().sleep(0.2)
        assert floor.found(Area.DRAINS).level is Level.BAD
        pulse.moved_on()
        until(lambda: floor.found(Area.DRAINS).level is Level.OK)


def test_a_pulse_that_cannot_be_written_does_not_disturb(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    with floor.office.work.database.write() as connection:
        connection.execute(text("DROP TABLE heartbeats"))
    with Pulse(floor.place.beats, "drain:r3", ServerKind.DRAIN, every=0.02):
        SystemClock().sleep(0.06)


def test_a_drain_of_the_product_shows_signs_of_life(floor: Floor) -> None:
    seen: list[str] = []
    place = floor.office.work
    with place.health.pulse("drain:r4", ServerKind.DRAIN, patience=timedelta(minutes=15)):
        seen += [beat.name for beat in place.health.installation().beats.read()]
    assert seen == ["drain:r4"]
