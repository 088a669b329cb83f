"""The life of an alert: resolved, come back, told again as more urgent, taken on."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.alert import AlertState, Severity
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.health import Area, Health, bad
from marketing_pipeline.domain.identifiers import AlertId
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
