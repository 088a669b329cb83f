"""Alerts: raised once, told once by one process, escalated, muted, resolved; and a failure to tell is seen."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import Alert, AlertKind, AlertState, Severity
from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.domain.identifiers import AlertId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.operations.dagster_history import DagsterHistory, FailedRun
from marketing_pipeline.operations.health import examine
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.operations.watchers import WATCHERS
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.alert_mutes import MuteRefused
from marketing_pipeline.store.tables import audit_log, channel_tokens, creatives, model_calls
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, Office
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener

WELL = Health(at=datetime(2026, 11, 16, 9, 0, tzinfo=UTC), findings=())
MINUTE = timedelta(minutes=1)


def standing(floor: Floor) -> tuple[Alert, ...]:
    """The alerts that are not resolved."""
    return floor.office.work.health.alerts.find()


def look(floor: Floor, listener: Listener, health: Health = WELL) -> int:
    """One pass, with the listener to be told."""
    return watch(floor.place, health, Notifier((listener.url,)))


class _FailingRuns(DagsterHistory):
    """A history of one failed run: what Dagster itself says is tested with a Dagster instance."""

    def __init__(self) -> None:
        pass

    def failed_runs(self, now: datetime) -> tuple[FailedRun, ...]:
        """One."""
        return (FailedRun("run-1", "weekly", f"{BRAND}|2026-11-16", now),)


def _spend(office: Office, micros: int) -> None:
    with office.work.database.write() as connection:
        connection.execute(
            insert(model_calls).values(
                id="call-1", brand=BRAND, week="2026-11-16", agent="strategist", attempt=1, provider="sandbox",
                model="m", prompt="p", prompt_sha256="x", schema_sha256="x", outcome="ok", reserved_micros=micros,
                cost_micros=micros, started_at=office.now, updated_at=office.now,
            )
        )  # fmt: skip


def _token(office: Office, state: TokenState, ends_in: timedelta) -> None:
    with office.work.database.write() as connection:
        connection.execute(
            insert(channel_tokens).values(
                channel="instagram", brand=BRAND, state=state, token_sha256="x", issued_at=office.now,
                expires_at=office.now + ends_in, refreshes=0, updated_at=office.now,
            )
        )  # fmt: skip


def _token_ends(office: Office) -> None:
    _token(office, TokenState.VALID, timedelta(days=6))


def _token_refused(office: Office) -> None:
    _token(office, TokenState.REFUSED, timedelta(days=40))


def _nearly_spent(office: Office) -> None:
    _spend(office, round(office.brand.policies.model_spend_per_week_usd * 0.81 * 1_000_000))


def _lapsing(office: Office) -> None:
    office.awaiting()
    with office.work.database.read() as connection:
        [request] = office.work.approvals.list_requests(connection)
    office.step_to(request.expires_at - timedelta(hours=3))


@pytest.mark.parametrize(
    ("cause", "kind", "severity", "subject"),
    [
        (Office.awaiting, AlertKind.POST_BELOW_BAR, Severity.INFO, FIRST),
        (_lapsing, AlertKind.APPROVAL_EXPIRING, Severity.WARNING, REQUEST),
        (Office.parked, AlertKind.EFFECT_PARKED, Severity.CRITICAL, EFFECT),
        (Office.missed, AlertKind.POST_MISSED, Severity.WARNING, FIRST),
        (Office.failed, AlertKind.POST_MISSED, Severity.WARNING, FIRST),
        (_token_ends, AlertKind.TOKEN_EXPIRING, Severity.WARNING, f"instagram {BRAND}"),
        (_token_refused, AlertKind.TOKEN_EXPIRING, Severity.CRITICAL, f"instagram {BRAND}"),
        (_nearly_spent, AlertKind.SPEND_NEAR_CAP, Severity.WARNING, "models"),
    ],
)
def test_each_kind_is_found_told_once_and_says_what_to_do(
    floor: Floor,
    listener: Listener,
    cause: Callable[[Office], object],
    kind: AlertKind,
    severity: Severity,
    subject: str,
) -> None:
    assert look(floor, listener) == 0
    cause(floor.office)
    look(floor, listener)
    [alert] = [each for each in standing(floor) if each.kind is kind]
    assert (alert.severity, alert.subject, alert.brand) == (severity, subject, BRAND)
    assert alert.mend and alert.title
    assert alert.notified_at == floor.office.now
    told = len(listener.heard)
    assert told == 1
    assert look(floor, listener) == 0
    assert len(listener.heard) == told
    [again] = [each for each in standing(floor) if each.kind is kind]
    assert again.occurrences == 2


def test_an_approval_that_is_not_about_a_weak_picture(floor: Floor, listener: Listener) -> None:
    office = floor.office
    office.awaiting()
    # Another post than the weak one: the same request, as if its picture were good.
    with office.work.database.write() as connection:
        connection.execute(update(creatives).values(meets_bar=True))
    look(floor, listener)
    [alert] = standing(floor)
    assert (alert.kind, alert.subject) == (AlertKind.APPROVAL_WAITING, REQUEST)


def test_a_failed_run_and_illness(floor: Floor, listener: Listener) -> None:
    ill = Health(at=WELL.at, findings=(bad(Area.DAEMON, "It is dead.", "Start it."), bad(Area.SPEND, "Spent.", "")))
    place = replace(floor.place, history=_FailingRuns())
    watch(place, ill, Notifier((listener.url,)))
    found = {alert.kind: alert for alert in standing(floor)}
    assert set(found) == {AlertKind.RUN_FAILED, AlertKind.UNHEALTHY}
    assert found[AlertKind.RUN_FAILED].subject == f"weekly {BRAND}|2026-11-16"
    assert found[AlertKind.RUN_FAILED].brand == BRAND
    assert (found[AlertKind.UNHEALTHY].subject, found[AlertKind.UNHEALTHY].severity) == ("daemon", Severity.CRITICAL)
    # Both in one message, the worse one first.
    assert listener.titles == ["[critical] 2 alerts, first: It is dead."]


def test_every_kind_has_a_watcher_or_comes_from_the_ads() -> None:
    watched = [kind for kinds in WATCHERS.values() for kind in kinds]
    assert sorted([*watched, AlertKind.AD_ANOMALY]) == sorted(AlertKind)


def test_what_is_gone_is_resolved_and_what_comes_back_soon_is_not_told_again(floor: Floor, listener: Listener) -> None:
    ill = Health(at=WELL.at, findings=(bad(Area.DISK, "It is full.", "Make room."),))
    assert look(floor, listener, ill) == 1
    floor.passes(MINUTE)
    look(floor, listener)
    assert standing(floor) == ()
    floor.passes(MINUTE)
    assert look(floor, listener, ill) == 0
    [flapping] = standing(floor)
    assert (flapping.state, flapping.occurrences) == (AlertState.OPEN, 2)
    look(floor, listener)
    floor.passes(timedelta(hours=2))
    assert look(floor, listener, ill) == 1
    [anew] = standing(floor)
    assert (anew.occurrences, anew.first_at) == (1, floor.office.now)
    assert len(listener.heard) == 2


def test_what_nobody_takes_on_is_told_again_once_as_more_urgent(floor: Floor, listener: Listener) -> None:
    floor.office.failed()
    assert look(floor, listener) == 1
    floor.passes(timedelta(hours=11, minutes=59))
    assert look(floor, listener) == 0
    floor.passes(2 * MINUTE)
    assert look(floor, listener) == 1
    [alert] = standing(floor)
    assert alert.severity is Severity.CRITICAL and alert.escalated_at is not None
    assert "told again" in listener.heard[-1]["message"]
    floor.passes(timedelta(days=2))
    assert look(floor, listener) == 0


def test_who_has_taken_it_on_is_left_alone_until_it_gets_worse(floor: Floor, listener: Listener) -> None:
    _token_ends(floor.office)
    look(floor, listener)
    [alert] = standing(floor)
    alerts = floor.office.work.health.alerts
    assert alerts.acknowledge(alert.id, "ana").acknowledged_by == "ana"
    with pytest.raises(RefusedTransition, match="acknowledged already by ana"):
        alerts.acknowledge(alert.id, "ben")
    floor.passes(timedelta(hours=13))
    assert look(floor, listener) == 0
    floor.passes(timedelta(days=6))
    assert look(floor, listener) == 1
    [worse] = standing(floor)
    assert (worse.severity, worse.state, worse.acknowledged_by) == (Severity.CRITICAL, AlertState.OPEN, None)
    with pytest.raises(NotFound):
        alerts.acknowledge(AlertId("nothing"), "ana")


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
    assert found.level is Level.BAD and "1 alerts could not be told" in found.what
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

    watch(seen_by(_FailingRuns()), WELL, Notifier(()))
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
