"""Telling people: mutes, failures, several watchers at once, and words that come from outside."""

import multiprocessing
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import AlertKind
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.operations.dagster_history import DagsterHistory, FailedRun
from marketing_pipeline.operations.health import examine
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.alert_mutes import MuteRefused
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.office import FIRST
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.operations.watching import (
    MINUTE,
    WELL,
    FailingRuns,
    look,
    standing,
)


def test_a_mute_keeps_without_sending_and_its_end_sends_what_stands(floor: Floor, listener: Listener) -> None:
    mutes = floor.office.work.health.mutes
    number = mutes.mute(floor.office.now + timedelta(hours=10), actor="ana", note="", kind=AlertKind.POST_MISSED)
    floor.office.failed()
    mutes.mute(floor.office.now + timedelta(hours=10), actor="ana", note="", kind=AlertKind.TOKEN_EXPIRING)
    mutes.mute(floor.office.now + timedelta(hours=1), actor="ana", note="", kind=AlertKind.POST_MISSED)
    assert look(floor, listener) == 0
    assert len(standing(floor)) == 1
    floor.passes(timedelta(hours=2))
    assert look(floor, listener) == 1
    with pytest.raises(NotFound):
        mutes.unmute(number, actor="ana")  # it ended by itself
    [left] = mutes.in_force()
    mutes.unmute(left, actor="ana")
    assert mutes.in_force() == {}
    for span in (timedelta(0), timedelta(days=31)):
        with pytest.raises(MuteRefused):
            mutes.mute(floor.office.now + span, actor="ana", note="")


def test_failing_to_tell_is_seen_and_tried_again_ever_later(floor: Floor, listener: Listener) -> None:
    floor.office.failed()
    listener.status = 500
    place = replace(floor.place, settings=floor.place.settings.model_copy(update={"notify_urls": (listener.url,)}))
    tries: list[int] = []
    for minute in range(16):
        watch(place, WELL, Notifier((listener.url,)))
        [alert] = standing(floor)
        if alert.notify_attempts > len(tries):
            tries.append(minute)
        floor.passes(MINUTE)
    assert tries == [0, 1, 3, 7, 15]
    [alert] = standing(floor)
    assert alert.notify_problem == "service 1 (JSON) did not take it" and alert.notified_at is None
    [found] = examine(place).of(Area.ALERTS)
    assert found.level is Level.BAD and "1 alert could not be told" in found.what
    listener.status = 200
    floor.passes(timedelta(hours=1))
    assert watch(place, WELL, Notifier((listener.url,))) == 1
    [alert] = standing(floor)
    assert alert.notify_problem is None and alert.notified_at is not None


def test_one_service_that_fails_does_not_repeat_the_message_to_the_others(floor: Floor, listener: Listener) -> None:
    floor.office.failed()
    both = Notifier((listener.url, SecretStr("json://127.0.0.1:9/x")))
    assert watch(floor.place, WELL, both) == 1
    floor.passes(timedelta(hours=1))
    assert watch(floor.place, WELL, both) == 0
    assert len(listener.heard) == 1
    [alert] = standing(floor)
    assert alert.notify_problem == "service 2 (JSON) did not take it"


def test_without_anybody_to_tell_alerts_are_kept(floor: Floor) -> None:
    floor.office.failed()
    assert watch(floor.place, WELL, Notifier(())) == 0
    [alert] = standing(floor)
    assert (alert.notify_attempts, alert.notified_at) == (0, None)


def _watch_at_once(url: str, gate: Barrier) -> None:
    with Workplace.open(Settings.from_environment()) as workplace:
        gate.wait()
        watch(workplace.health.installation(), WELL, Notifier((SecretStr(url),)))


def test_many_processes_watching_at_once_tell_once(floor: Floor, listener: Listener) -> None:
    floor.office.failed()
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(4)
    url = listener.url.get_secret_value()
    watchers = [context.Process(target=_watch_at_once, args=(url, gate)) for _ in range(4)]
    for each in watchers:
        each.start()
    for each in watchers:
        each.join(60)
        assert each.exitcode == 0
    assert len(listener.heard) == 1
    assert len(standing(floor)) == 1


def test_a_watcher_that_fails_leaves_its_alerts_and_blinds_no_other(floor: Floor, listener: Listener) -> None:
    class Unreadable(DagsterHistory):
        def __init__(self) -> None:
            pass

        def failed_runs(self, now: datetime) -> tuple[FailedRun, ...]:
            raise OSError("no history")

    def seen_by(history: DagsterHistory) -> Installation:
        return replace(floor.place, history=history)

    watch(seen_by(FailingRuns()), WELL, Notifier(()))
    floor.office.failed()
    watch(seen_by(Unreadable()), WELL, Notifier(()))
    assert {alert.kind for alert in standing(floor)} == {AlertKind.RUN_FAILED, AlertKind.POST_MISSED}


def test_hostile_words_mention_nobody_and_link_nowhere(floor: Floor, listener: Listener) -> None:
    words = "@everyone see https://evil.example \u202egnp\u200b <!channel>\x1b[31m"
    ill = Health(at=WELL.at, findings=(bad(Area.DISK, words, ""),))
    look(floor, listener, ill)
    [heard] = listener.heard
    for text in (heard["title"], heard["message"]):
        assert not {"@", "\u202e", "\u200b", "\x1b"} & set(text)
        assert "https://evil" not in text


def test_what_happens_to_an_alert_is_in_the_audit_log(floor: Floor, listener: Listener) -> None:
    floor.office.failed()
    look(floor, listener)
    [alert] = standing(floor)
    floor.office.work.health.alerts.acknowledge(alert.id, "ana", "on it")
    floor.office.work.posts.move(FIRST, PostState.CANCELLED, actor="ana", reason="dropped")
    look(floor, listener)
    with floor.office.work.database.read() as connection:
        rows = connection.execute(select(audit_log).where(audit_log.c.subject == alert.id)).all()
    assert [(row.action, row.actor) for row in rows] == [
        ("alert.raised", "alerts"),
        ("alert.acknowledged", "ana"),
        ("alert.resolved", "alerts"),
    ]
    assert rows[1].detail["note"] == "on it"
