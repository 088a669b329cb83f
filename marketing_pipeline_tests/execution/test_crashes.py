"""A dead worker's claim. That it may die between any two steps is shown by the fault rows 1 and 2."""

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.crashing import DIED, die_in_a_child
from marketing_pipeline_tests.execution.desk import Desk


def test_a_dead_claim_holds_until_its_lease_ends(desk: Desk) -> None:
    effect = desk.queued()
    assert die_in_a_child(desk, Step.CONTAINER_READY) == DIED
    desk.executor().drain()
    assert desk.effect(effect).state is EffectState.CLAIMED
    assert desk.calls == 0
