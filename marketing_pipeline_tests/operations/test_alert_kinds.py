"""Every kind of alert: found, told once, and with the way to mend it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import AlertKind, Severity
from marketing_pipeline.domain.health import Area, Health, bad
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.operations.watchers import WATCHERS
from marketing_pipeline.store.tables import creatives
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, Office
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.operations.watching import (
    WELL,
    FailingRuns,
    lapsing,
    look,
    nearly_spent,
    standing,
    token_ends,
    token_refused,
)


@pytest.mark.parametrize(
    ("cause", "kind", "severity", "subject"),
    [
        (Office.awaiting, AlertKind.POST_BELOW_BAR, Severity.INFO, FIRST),
        (lapsing, AlertKind.APPROVAL_EXPIRING, Severity.WARNING, REQUEST),
        (Office.parked, AlertKind.EFFECT_PARKED, Severity.CRITICAL, EFFECT),
        (Office.missed, AlertKind.POST_MISSED, Severity.WARNING, FIRST),
        (Office.failed, AlertKind.POST_MISSED, Severity.WARNING, FIRST),
        (token_ends, AlertKind.TOKEN_EXPIRING, Severity.WARNING, f"instagram {BRAND}"),
        (token_refused, AlertKind.TOKEN_EXPIRING, Severity.CRITICAL, f"instagram {BRAND}"),
        (nearly_spent, AlertKind.SPEND_NEAR_CAP, Severity.WARNING, "models"),
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
    place = replace(floor.place, history=FailingRuns())
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
