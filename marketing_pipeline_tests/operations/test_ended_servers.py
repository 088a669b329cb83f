"""A server of `marketing up` that ended by itself: kept, told of for an hour, or at once where nothing runs now."""

from datetime import timedelta
from typing import Any

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import AlertKind, Severity
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.store.audit_rows import AuditQuery, newest_rows
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener


def _look(floor: Floor, listener: Listener) -> None:
    # Health is well: the server is back.
    watch(floor.place, floor.examine().model_copy(update={"findings": ()}), Notifier((listener.url,)))


def test_people_are_told_once_and_the_alert_goes_after_an_hour(floor: Floor, listener: Listener) -> None:
    health = floor.office.work.health
    health.server_ended("daemon", "daemon ended by itself with exit code -9.", final=False)
    for _ in range(3):
        _look(floor, listener)
    [alert] = health.alerts.find()
    assert (alert.kind, alert.severity, alert.subject) == (AlertKind.UNHEALTHY, Severity.WARNING, "daemon ended")
    assert alert.detail == "daemon ended by itself with exit code -9."
    assert listener.titles == ["[warning] daemon ended by itself"]
    floor.passes(timedelta(minutes=61))
    _look(floor, listener)
    assert health.alerts.find() == ()


def test_where_it_is_given_up_people_are_told_at_once_and_again_by_the_next_start(
    floor: Floor, listener: Listener
) -> None:
    work: Workplace = floor.office.work
    settings: Any = work.settings.model_copy(update={"notify_urls": (listener.url,)})
    with Workplace.open(settings) as place:
        place.health.server_ended("console", "console ended by itself.", final=True)
    assert listener.titles == ["[critical] `marketing up` has ended"]
    with work.database.read() as connection:
        [row] = newest_rows(connection, AuditQuery(action="server"), 5)
    assert (row.action, row.subject, row.actor) == ("server.given_up", "console", "marketing up")
    _look(floor, listener)
    [alert] = work.health.alerts.find()
    assert alert.severity is Severity.CRITICAL
