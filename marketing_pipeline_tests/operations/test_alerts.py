"""The life of an alert: resolved, come back, told again as more urgent, taken on."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.alert import AlertKind, AlertState, Finding, Severity
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.health import Area, Health, bad
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline_tests.cli.office import BRAND
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener
from marketing_pipeline_tests.operations.watching import MINUTE, WELL, look, standing, token_ends


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
    token_ends(floor.office)
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


def test_what_stands_comes_the_most_urgent_of_all_first_in_parts(floor: Floor) -> None:
    alerts = floor.office.work.health.alerts
    severities = [Severity.INFO, Severity.CRITICAL, Severity.WARNING, None]
    for number, severity in enumerate(severities):
        brand = BRAND if number % 2 else None
        kind = AlertKind.POST_MISSED if severity else AlertKind.RUN_FAILED
        found = Finding(kind=kind, brand=brand, subject=f"it {number}", title=f"{number}", severity=severity)
        alerts.settle([found, *_known(floor, kind)], (kind,))
        floor.passes(MINUTE)

    def titles(brands: set[BrandId | None] | None = None, limit: int = 9, **asked: Any) -> list[str]:
        return [alert.title for alert in alerts.standing(brands, limit=limit, **asked)]

    urgent = titles()
    assert urgent[0] == "1" and urgent[-1] == "0" and set(urgent) == {"0", "1", "2", "3"}
    assert titles(limit=3) == urgent[:3] and titles(limit=3, skipped=3) == urgent[3:]
    assert titles(without={AlertKind.RUN_FAILED}) == ["1", "2", "0"]
    assert set(titles(brands={BRAND})) == {"1", "3"} and set(titles(brands={None})) == {"0", "2"}
    assert titles(brands={None, BRAND}) == urgent and titles(brands=set()) == []


def _known(floor: Floor, kind: AlertKind) -> list[Finding]:
    """What stands of a kind, found again."""
    return [
        Finding(kind=kind, brand=each.brand, subject=each.subject, title=each.title, severity=each.severity)
        for each in floor.office.work.health.alerts.find(kind=kind)
    ]


def test_hundreds_that_stand_are_found_again_in_one_look(floor: Floor) -> None:
    alerts, kinds = floor.office.work.health.alerts, (AlertKind.POST_MISSED,)
    many = [Finding(kind=kinds[0], brand=BRAND, subject=f"post {number}", title="t") for number in range(300)]
    for _ in range(3):
        alerts.settle(many, kinds)
        floor.passes(MINUTE)
    found = alerts.find()
    assert len(found) == 300 and {alert.occurrences for alert in found} == {3}
    assert {alert.last_at - alert.first_at for alert in found} == {2 * MINUTE}
    alerts.settle(many[1:], kinds)
    assert len(alerts.find()) == 299
