"""A worker may die between any two steps: the post still goes live exactly once."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.crashing import DIED, WAIT, die_in_a_child
from marketing_pipeline_tests.execution.desk import Desk

PUBLISHING = tuple(step for step in Step if not step.startswith("read_back"))
READING_BACK = tuple(step for step in Step if step.startswith("read_back"))
A_LEASE = timedelta(minutes=16)


def _resume(desk: Desk) -> None:
    desk.clock.sleep(A_LEASE.total_seconds())
    desk.executor().drain(wait=WAIT)


def _assert_once(desk: Desk, effect: Effect) -> None:
    assert desk.live == 1
    assert desk.effect(effect).state is EffectState.SUCCEEDED
    assert desk.post(effect).state is PostState.PUBLISHED
    assert desk.post(effect).media_id == desk.journal("media_published")[0]["subject"]
    with desk.database.read() as connection:
        assert desk.plane.audit.verify(connection).intact


@pytest.mark.parametrize("step", PUBLISHING)
def test_one_crash_while_publishing(desk: Desk, step: Step) -> None:
    effect = desk.queued(pictures=2)
    desk.order({"name": "publishes_twice", "times": 9})
    assert die_in_a_child(desk, step) == DIED
    _resume(desk)
    _assert_once(desk, effect)


@pytest.mark.parametrize("step", READING_BACK)
@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_one_crash_while_reading_back(desk: Desk, step: Step, fault: str) -> None:
    effect = desk.queued()
    desk.order({"name": fault, "operation": "publish"}, {"name": "publishes_twice", "times": 9})
    assert die_in_a_child(desk, step) == DIED
    _resume(desk)
    _assert_once(desk, effect)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Step.CONTAINER_MADE, Step.ATTEMPT_OPENED),
        (Step.ATTEMPT_OPENED, Step.ATTEMPT_OPENED),
        (Step.ATTEMPT_OPENED, Step.ANSWERED),
        (Step.ATTEMPT_OPENED, Step.READ_BACK_DONE),
        (Step.ANSWERED, Step.READ_BACK_DONE),
        (Step.ANSWERED, Step.READ_BACK_STORED),
    ],
)
def test_two_crashes(desk: Desk, first: Step, second: Step) -> None:
    effect = desk.queued()
    desk.order({"name": "publishes_twice", "times": 9})
    assert die_in_a_child(desk, first) == DIED
    desk.clock.sleep(A_LEASE.total_seconds())
    assert die_in_a_child(desk, second) == DIED
    _resume(desk)
    _assert_once(desk, effect)


def test_a_dead_claim_holds_until_its_lease_ends(desk: Desk) -> None:
    effect = desk.queued()
    assert die_in_a_child(desk, Step.CONTAINER_READY) == DIED
    desk.executor().drain()
    assert desk.effect(effect).state is EffectState.CLAIMED
    assert desk.calls == 0
