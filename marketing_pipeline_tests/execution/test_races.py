"""Many workers at once: the ledger lets one of them act."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.effect_moves import Fenced
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline_tests.execution.desk import DUE, Desk

LEASE = timedelta(minutes=10)


def test_two_posts_of_one_account_are_never_at_work_at_once(desk: Desk) -> None:
    for post in desk.designed(posts=2):
        desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post), due_at=DUE)
    desk.clock.step_to(DUE)
    assert desk.plane.ledger.claim_due("one", LEASE) is not None
    assert desk.plane.ledger.claim_due("two", LEASE) is None


def test_several_workers_of_one_drain_publish_each_post_once(desk: Desk) -> None:
    posts = desk.designed(posts=4)
    for post in posts:
        desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post), due_at=DUE)
    desk.clock.step_to(DUE)
    report = desk.executor(workers=4).drain()
    desk.executor(workers=4).drain()
    assert len(report.published) >= 1
    assert (desk.live, desk.calls) == (4, 4)


def test_a_worker_that_stood_still_before_its_call_does_not_make_it(desk: Desk) -> None:
    effect = desk.queued()

    def stand_still(step: Step) -> None:
        if step is Step.ATTEMPT_OPENED and desk.effect(effect).attempts == 1:
            desk.clock.sleep(LEASE.total_seconds() * 2)

    desk.executor(on_step=stand_still).drain()
    assert desk.calls == 0
    assert desk.effect(effect).state is EffectState.RETRY_WAIT
    desk.executor().drain(wait=timedelta(hours=1))
    assert (desk.live, desk.calls) == (1, 1)


@pytest.mark.parametrize("done", [True, False], ids=["done by another", "claimed by another"])
def test_a_stale_fence_is_refused_everywhere(desk: Desk, done: bool) -> None:
    effect = desk.queued()
    ledger = desk.plane.ledger
    stale = ledger.claim_due("old", LEASE)
    assert stale is not None
    desk.clock.sleep(LEASE.total_seconds() + 1)
    if done:
        desk.executor().drain()
    else:
        Sweep(ledger, desk.brands).run()
        assert ledger.claim_due("new", LEASE) is not None
    before = desk.effect(effect)
    with pytest.raises(Fenced):
        ledger.save_progress(stale, {}, LEASE)
    with pytest.raises(Fenced):
        ledger.open_attempt(stale, owner="old", request={}, progress={}, guard=lambda _: None)
    with pytest.raises(Fenced):
        ledger.succeed(stale, media_id="1", published_at=desk.clock.now(), reason="late")
    for state in (EffectState.FAILED, EffectState.RETRY_WAIT, EffectState.QUEUED):
        with pytest.raises(Fenced):
            ledger.move(stale, state, reason="late")
    assert desk.effect(effect) == before
