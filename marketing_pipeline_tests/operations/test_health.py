"""Health: each thing that can go wrong is found, real processes that die or hang among them, within two minutes."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.console.rounds import EVERY_SECONDS as ROUND_SECONDS
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.health import Area, Level
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.dagster_history import DagsterHistory
from marketing_pipeline.operations.health import examine
from marketing_pipeline.operations.pulse import EVERY_SECONDS, Pulse
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.tables import audit_log, effect_attempts, heartbeats
from marketing_pipeline_tests.cli.office import EFFECT, Office
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.store.tampering import take_away_the_guards

TWO_MINUTES = timedelta(minutes=2)
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


def detection(floor: Floor, area: Area, look: Callable[[], Level]) -> timedelta:
    """How long it takes until an area is bad, looking as often as the console does."""
    begun = floor.now
    while look() is not Level.BAD:
        assert floor.now - begun < timedelta(minutes=10), f"{area} is never found"
        floor.passes(timedelta(seconds=ROUND_SECONDS))
    return floor.now - begun


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
        _until(lambda: beats.read()[0].beat_at == floor.now)
        moment[0] = 61
        SystemClock().sleep(0.1)
        floor.real.sleep(10)
        SystemClock().sleep(0.2)
        assert floor.found(Area.DRAINS).level is Level.BAD
        pulse.moved_on()
        _until(lambda: floor.found(Area.DRAINS).level is Level.OK)


def test_a_pulse_that_cannot_be_written_does_not_disturb(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    with floor.office.work.database.write() as connection:
        connection.execute(text("DROP TABLE heartbeats"))
    with Pulse(floor.place.beats, "drain:r3", ServerKind.DRAIN, every=0.02):
        SystemClock().sleep(0.06)


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        SystemClock().sleep(0.02)
    raise AssertionError("it never came to hold")


def test_a_drain_of_the_product_shows_signs_of_life(floor: Floor) -> None:
    seen: list[str] = []
    place = floor.office.work
    with place.health.pulse("drain:r4", ServerKind.DRAIN, patience=timedelta(minutes=15)):
        seen += [beat.name for beat in place.health.installation().beats.read()]
    assert seen == ["drain:r4"]


def test_a_dead_daemon_is_found_within_two_minutes(floor: Floor) -> None:
    from dagster._daemon.types import DaemonHeartbeat

    with dagster_instance(Settings.from_environment()) as instance:
        for part in instance.get_required_daemon_types():
            instance.add_daemon_heartbeat(DaemonHeartbeat(floor.now.timestamp(), part, "1"))
        history = DagsterHistory(instance)

        def level() -> Level:
            return examine(replace(floor.place, history=history)).worst(Area.DAEMON)

        assert level() is Level.OK
        taken = detection(floor, Area.DAEMON, level)
        assert timedelta(seconds=90) < taken <= TWO_MINUTES
        # One part that goes on does not hide for long that another hangs.
        instance.add_daemon_heartbeat(DaemonHeartbeat(floor.now.timestamp(), "SCHEDULER", "1"))
        assert level() is Level.OK
        floor.passes(timedelta(minutes=4))
        instance.add_daemon_heartbeat(DaemonHeartbeat(floor.now.timestamp(), "SCHEDULER", "1"))
        [found] = examine(replace(floor.place, history=history)).of(Area.DAEMON)
        assert found.level is Level.BAD and "it hangs" in found.what


@pytest.mark.parametrize(
    ("kind", "area", "every"),
    [(ServerKind.CODE_LOCATION, Area.CODE_LOCATION, 30), (ServerKind.CONSOLE, Area.CONSOLE, 30)],
)
def test_a_server_that_falls_silent_is_found_within_two_minutes(
    floor: Floor, kind: ServerKind, area: Area, every: int
) -> None:
    assert floor.found(area).level is Level.WARN
    floor.place.beats.beat(kind, kind, every)
    assert floor.found(area).level is Level.OK
    assert detection(floor, area, lambda: floor.found(area).level) <= TWO_MINUTES
    floor.place.beats.beat(kind, kind, every)
    floor.place.beats.goodbye(kind)
    floor.passes(timedelta(hours=1))
    assert "ended in good order" in floor.found(area).what


def test_a_stopped_clock_is_found_with_the_next_round(floor: Floor) -> None:
    before = floor.place.read_clocks()
    floor.passes(timedelta(seconds=ROUND_SECONDS))
    assert examine(floor.place, before).worst(Area.CLOCK) is Level.OK
    before = floor.place.read_clocks()
    floor.started += ROUND_SECONDS
    [found] = examine(floor.place, before).of(Area.CLOCK)
    assert (found.level, found.what) == (Level.BAD, "In 15 s the machine's clock stood still.")


def _set_back_home(floor: Floor) -> None:
    with floor.office.work.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(update(audit_log).values(at=floor.office.now + timedelta(hours=1)))


def _set_back_wall(floor: Floor) -> None:
    floor.place.beats.beat("console", ServerKind.CONSOLE, 30)
    with floor.office.work.database.write() as connection:
        connection.execute(update(heartbeats).values(beat_at=floor.now + timedelta(hours=1)))


@pytest.mark.parametrize(("set_back", "words"), [(_set_back_home, "a row is dated"), (_set_back_wall, "console beat")])
def test_a_clock_that_was_set_back_shows_by_what_is_stored(
    floor: Floor, set_back: Callable[[Floor], None], words: str
) -> None:
    floor.office.planned()
    assert floor.found(Area.CLOCK).level is Level.OK
    set_back(floor)
    found = floor.found(Area.CLOCK)
    assert found.level is Level.BAD and words in found.what


def _no_more_bytes() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


_ROUND = """
import sys
from contextlib import ExitStack
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.settings import Settings

rounds = Rounds(Settings.from_environment())
with ExitStack() as stack:
    rounds._once(stack)
    rounds._once(stack)
health = rounds.newest
print([(finding.area.value, finding.level.value) for finding in health.findings if finding.level.value == "bad"])
"""


def test_a_full_disk_is_found_at_once_and_told_although_no_alert_can_be_kept(
    floor: Floor, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_NOTIFY_URLS", listener.url.get_secret_value())
    ended = subprocess.run(
        [sys.executable, "-c", _ROUND], preexec_fn=_no_more_bytes, capture_output=True, text=True, check=False
    )
    assert "('disk', 'bad')" in ended.stdout, ended.stderr
    assert "('database', 'bad')" in ended.stdout
    [title] = listener.titles
    assert title.startswith("[critical] Alerts cannot be kept:")


def test_little_room_is_found(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    from marketing_pipeline.operations import health_of_machine

    for least, soon, level in ((10**18, 10**18, Level.BAD), (0, 10**18, Level.WARN), (0, 0, Level.OK)):
        monkeypatch.setattr(health_of_machine, "LEAST_FREE_BYTES", least)
        monkeypatch.setattr(health_of_machine, "SOON_FULL_BYTES", soon)
        assert floor.found(Area.DISK).level is level


def test_a_queue_that_nobody_works_on(floor: Floor) -> None:
    due = floor.office.queued().due_at
    assert floor.found(Area.QUEUE).what == "nothing is due"
    for after, level in ((1, Level.OK), (6, Level.WARN), (16, Level.BAD)):
        floor.office.step_to(due + timedelta(minutes=after))
        found = floor.found(Area.QUEUE)
        assert found.level is level
        assert f"{after * 60} s" in found.what or f"{after} min" in found.what


def test_parked_effects_and_those_that_stay_unproved(floor: Floor) -> None:
    floor.office.parked()
    found = floor.found(Area.EFFECTS)
    assert found.level is Level.BAD and EFFECT in found.what and "effects resolve" in found.mend


@pytest.mark.parametrize(("failed", "level"), [(0, Level.OK), (2, Level.WARN), (5, Level.BAD)])
def test_the_rate_of_failed_calls(floor: Floor, failed: int, level: Level) -> None:
    floor.office.published()
    rows: list[dict[str, Any]] = [
        {
            "id": f"a{number}",
            "effect": EFFECT,
            "number": number + 10,
            "fence": 1,
            "owner": "a worker",
            "request": {},
            "outcome": "refused" if number < failed else "succeeded",
            "detail": "",
            "started_at": floor.office.now,
            "updated_at": floor.office.now,
        }
        for number in range(8)
    ]
    with floor.office.work.database.write() as connection:
        connection.execute(insert(effect_attempts), rows)
    found = next(each for each in floor.examine().of(Area.ERRORS) if "channels" in each.what)
    assert found.level is level
    assert f"{failed} of 9 calls to channels failed" in found.what
    floor.passes(timedelta(hours=7))
    assert floor.examine().worst(Area.ERRORS) is Level.OK


def test_a_cut_tail_of_the_audit_log_shows_at_once(floor: Floor) -> None:
    floor.office.planned()
    floor.office.designed()
    floor.office.work.anchor_audit()
    assert floor.found(Area.AUDIT).level is Level.OK
    with floor.office.work.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(text("DELETE FROM audit_log WHERE sequence = (SELECT max(sequence) FROM audit_log)"))
    found = floor.found(Area.AUDIT)
    assert found.level is Level.BAD and "the tail is cut" in found.what


def test_a_coming_week_without_a_plan(floor: Floor) -> None:
    assert floor.found(Area.FRESHNESS).level is Level.OK
    floor.office.step_to(floor.office.now + timedelta(days=6))
    assert floor.found(Area.FRESHNESS).level is Level.WARN
    floor.place.beats.beat("code_location", ServerKind.CODE_LOCATION, 30)
    found = floor.found(Area.FRESHNESS)
    assert found.level is Level.BAD and "weekly_plans: tea_room has no plan" in found.what


def test_late_insights_and_an_old_snapshot(floor: Floor) -> None:
    office: Office = floor.office
    office.published()
    office.work.refresh_warehouse()
    floor.passes(timedelta(days=3, hours=4))
    words = " ".join(found.what for found in floor.examine().of(Area.FRESHNESS))
    assert "performance_metrics: 1 readings of tea_room" in words
    assert "The warehouse snapshot is 3 days old" in words


def test_nobody_is_told_is_doubtful_where_anything_acts_live(floor: Floor) -> None:
    assert floor.found(Area.ALERTS).level is Level.OK
    modes = dict.fromkeys(floor.place.settings.modes, "live")
    live = floor.place.settings.model_copy(update={"modes": modes})
    [found] = examine(replace(floor.place, settings=live)).of(Area.ALERTS)
    assert found.level is Level.WARN and "Nobody is told" in found.what


def test_one_area_that_cannot_be_looked_at_hides_no_other(floor: Floor) -> None:
    with floor.office.work.database.write() as connection:
        connection.execute(text("DROP TABLE model_calls"))
    health = floor.examine()
    assert health.worst(Area.SPEND) is Level.BAD and health.worst(Area.ERRORS) is Level.BAD
    assert health.worst(Area.QUEUE) is Level.OK
    assert {finding.area for finding in health.findings} == set(Area)


def test_rounds_that_stand_still_are_no_result(office: Office) -> None:
    rounds = Rounds(office.work.settings, every=0.05)
    assert rounds.newest is None
    with rounds:
        _until(lambda: rounds.newest is not None)
        beats = office.work.health.installation().beats
        _until(lambda: [beat.pid for beat in beats.read(ServerKind.CONSOLE)] == [os.getpid()])
    assert beats.read(ServerKind.CONSOLE)[0].ended_at is not None
