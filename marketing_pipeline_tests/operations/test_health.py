"""Health: each thing that can go wrong is found, real processes that die or hang among them, within two minutes."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from marketing_pipeline.automation.sensors import LIFE_SECONDS, alerts_watch
from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.console.rounds import BEAT_EVERY, Rounds
from marketing_pipeline.console.rounds import EVERY_SECONDS as ROUND_SECONDS
from marketing_pipeline.domain.health import Area, Level
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.dagster_history import DagsterHistory
from marketing_pipeline.operations.health import examine
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.tables import audit_log, effect_attempts, heartbeats
from marketing_pipeline_tests.cli.office import EFFECT, Office
from marketing_pipeline_tests.operations.conftest import TWO_MINUTES, Floor, detection, until
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.store.tampering import take_away_the_guards


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
    ("kind", "area", "every", "looks_every"),
    [
        (ServerKind.CODE_LOCATION, Area.CODE_LOCATION, timedelta(seconds=LIFE_SECONDS), ROUND_SECONDS),
        # Nothing but a sensor can tell of a dead console.
        (ServerKind.CONSOLE, Area.CONSOLE, BEAT_EVERY, alerts_watch.minimum_interval_seconds),
    ],
)
def test_a_server_that_falls_silent_is_found_within_two_minutes(
    floor: Floor, kind: ServerKind, area: Area, every: timedelta, looks_every: float
) -> None:
    assert floor.found(area).level is Level.WARN
    floor.place.beats.beat(kind, kind, round(every.total_seconds()))
    assert floor.found(area).level is Level.OK
    # The last look that may find nothing is one interval of whoever looks before the two minutes are over.
    floor.passes(TWO_MINUTES - timedelta(seconds=looks_every))
    assert floor.found(area).level is Level.BAD
    floor.place.beats.beat(kind, kind, round(every.total_seconds()))
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


def test_posts_that_are_not_made_when_their_slot_comes_near(floor: Floor) -> None:
    office: Office = floor.office
    office.planned()
    office.designed()
    first = min(post.scheduled_at for post in office.work.posts.find())
    office.step_to(first - timedelta(hours=13))
    assert floor.found(Area.FRESHNESS).level is Level.OK
    office.step_to(first - timedelta(hours=11))
    found = floor.found(Area.FRESHNESS)
    assert found.level is Level.WARN
    assert found.what.startswith("evaluation_scores: 1 post of tea_room still designed, the first is due")
    office.step_to(first + timedelta(hours=13))
    words = " ".join(found.what for found in floor.examine().of(Area.FRESHNESS))
    assert "post_variations: 1 post of tea_room still planned" in words


def test_late_insights_and_an_old_snapshot(floor: Floor) -> None:
    office: Office = floor.office
    office.published()
    office.work.refresh_warehouse()
    floor.passes(timedelta(days=3, hours=4))
    words = " ".join(found.what for found in floor.examine().of(Area.FRESHNESS))
    assert "performance_metrics: 1 reading of tea_room" in words
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
        until(lambda: rounds.newest is not None)
        beats = office.work.health.installation().beats
        until(lambda: [beat.pid for beat in beats.read(ServerKind.CONSOLE)] == [os.getpid()])
    assert beats.read(ServerKind.CONSOLE)[0].ended_at is not None
