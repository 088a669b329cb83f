"""The gate and the queue: who lets a post out, and what people do to it while it waits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import ContentApproval
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.effect_rows import due_count, next_due_at
from marketing_pipeline.store.intent import KeyReused
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline_tests.store.publish_counter import DUE, LEASE, Counter


@pytest.mark.parametrize(
    ("approval", "risks", "meets_bar", "asks"),
    [
        (ContentApproval.NONE, (), True, False),
        (ContentApproval.NONE, ("a claim",), True, False),
        (ContentApproval.NONE, (), False, True),
        (ContentApproval.RISKY, (), True, False),
        (ContentApproval.RISKY, ("a claim",), True, True),
        (ContentApproval.ALL, (), True, True),
    ],
)
def test_policy_decides_who_lets_a_post_out(
    counter: Counter, approval: ContentApproval, risks: tuple[str, ...], meets_bar: bool, asks: bool
) -> None:
    counter.policy(approval)
    effect = counter.queue(risks=risks, meets_bar=meets_bar)
    [request] = counter.requests()
    assert request.fingerprint == effect.fingerprint
    if asks:
        assert (effect.state, counter.state()) == (EffectState.AWAITING_APPROVAL, PostState.NEEDS_HUMAN)
        assert (request.state, request.decided_by) == (ApprovalState.PENDING, None)
    else:
        assert (effect.state, counter.state()) == (EffectState.QUEUED, PostState.SCHEDULED)
        assert request.state is ApprovalState.APPROVED
        assert (request.decided_by or "").startswith("policy:")


def test_queueing_twice_is_queueing_once(counter: Counter) -> None:
    assert counter.queue() == counter.queue()
    assert len(counter.requests()) == 1


def test_other_content_under_the_same_post_must_supersede(counter: Counter) -> None:
    first = counter.queue()
    edited = counter.payload(caption="Edited")
    with pytest.raises(KeyReused):
        counter.queue(payload=edited)
    second = counter.plane.queue.supersede(brand=counter.brand, payload=edited, due_at=DUE, risks=("x",), actor="sam")
    assert counter.now(first).state is EffectState.SUPERSEDED
    assert (second.state, counter.state()) == (EffectState.AWAITING_APPROVAL, PostState.NEEDS_HUMAN)
    assert second.approval != first.approval


def test_a_post_that_is_not_designed_cannot_be_queued(counter: Counter) -> None:
    counter.plane.queue.cancel(counter.post, actor="sam", note="dropped")
    with pytest.raises(NotInQueue, match="cancelled"):
        counter.queue()


def test_an_approval_that_lapses_in_the_queue_is_asked_for_anew(counter: Counter, clock: Any) -> None:
    counter.policy(ContentApproval.RISKY, LatePolicy.PUBLISH_LATE)
    effect = counter.queue()
    clock.step_to(DUE + timedelta(hours=counter.brand.policies.approval_hours))
    assert counter.sweep().expired == (effect.id,)
    assert (counter.newest().state, counter.state()) == (EffectState.AWAITING_APPROVAL, PostState.NEEDS_HUMAN)


def test_rescheduling_keeps_the_approval(counter: Counter) -> None:
    effect = counter.queue()
    later = DUE + timedelta(days=1)
    moved = counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=later, actor="sam")
    assert (moved.id, counter.now(effect).due_at) == (effect.id, later)
    assert counter.now(effect).approval == effect.approval
    assert counter.plane.posts.get(counter.post).scheduled_at == later


def test_rescheduling_beyond_the_life_of_a_persons_approval_asks_again(counter: Counter) -> None:
    effect = counter.queue(meets_bar=False)
    counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING)
    later = DUE + timedelta(hours=counter.brand.policies.approval_hours)
    again = counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=later, actor="sam")
    assert counter.now(effect).state is EffectState.SUPERSEDED
    assert (again.state, counter.state()) == (EffectState.AWAITING_APPROVAL, PostState.NEEDS_HUMAN)


def test_a_cancelled_post_takes_its_effect_along(counter: Counter) -> None:
    effect = counter.queue()
    counter.plane.queue.cancel(counter.post, actor="sam", note="changed our mind")
    assert (counter.now(effect).state, counter.state()) == (EffectState.CANCELLED, PostState.CANCELLED)


ACTS: dict[str, Callable[[Counter], object]] = {
    "cancel": lambda counter: counter.plane.queue.cancel(counter.post, actor="sam", note="no"),
    "reschedule": lambda counter: counter.plane.queue.reschedule(
        brand=counter.brand, post=counter.post, due_at=DUE, actor="sam"
    ),
    "supersede": lambda counter: counter.plane.queue.supersede(
        brand=counter.brand, payload=counter.payload(caption="Edited"), due_at=DUE, actor="sam"
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_once_claimed_nothing_may_be_done_to_it(counter: Counter, clock: Any, act: Callable[[Counter], object]) -> None:
    effect = counter.queue()
    clock.step_to(DUE)
    assert counter.plane.ledger.claim_due("worker", LEASE) is not None
    with pytest.raises(NotInQueue):
        act(counter)
    assert (counter.now(effect).state, counter.state()) == (EffectState.CLAIMED, PostState.PUBLISHING)


def test_a_post_that_was_never_queued_cannot_be_rescheduled(counter: Counter) -> None:
    with pytest.raises(NotFound):
        counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=DUE, actor="sam")


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (LatePolicy.ASK, PostState.MISSED),
        (LatePolicy.SKIP, PostState.CANCELLED),
        (LatePolicy.PUBLISH_LATE, PostState.SCHEDULED),
    ],
)
def test_a_slot_that_passed_is_missed_unless_the_brand_publishes_late(
    counter: Counter, clock: Any, late: LatePolicy, state: PostState
) -> None:
    counter.policy(ContentApproval.NONE, late)
    effect = counter.queue()
    grace = timedelta(minutes=counter.brand.posting.late_after_minutes)
    clock.step_to(DUE + grace)
    assert counter.sweep().missed == ()
    clock.step_to(DUE + grace + timedelta(seconds=1))
    counter.sweep()
    assert counter.state() is state
    if state is PostState.MISSED:
        assert counter.now(effect).state is EffectState.EXPIRED
        again = counter.plane.queue.reschedule(
            brand=counter.brand, post=counter.post, due_at=clock.now() + timedelta(hours=1), actor="sam"
        )
        assert (again.state, counter.state()) == (EffectState.QUEUED, PostState.SCHEDULED)
        assert again.approval == effect.approval


def test_a_failed_post_can_be_queued_again_but_a_published_one_cannot(counter: Counter, clock: Any) -> None:
    effect = counter.queue()
    clock.step_to(DUE)
    claimed = counter.plane.ledger.claim_due("worker", LEASE)
    assert claimed is not None
    counter.plane.ledger.move(claimed, EffectState.FAILED, reason="36003/2207009")
    assert counter.state() is PostState.FAILED
    again = counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=clock.now(), actor="sam")
    assert (again.id, again.state) == (f"{counter.post}-e2", EffectState.QUEUED)
    claimed = counter.plane.ledger.claim_due("worker", LEASE)
    assert claimed is not None
    counter.plane.ledger.succeed(claimed, media_id="17", published_at=clock.now(), reason="done")
    with pytest.raises(NotInQueue):
        counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=clock.now(), actor="sam")
    assert counter.requests()[0].state is ApprovalState.USED
    assert counter.now(effect).state is EffectState.FAILED


def test_due_counts_what_a_drain_could_do_and_nothing_else(counter: Counter, clock: Any) -> None:
    def due() -> int:
        with counter.database.read() as connection:
            return due_count(connection, clock.now())

    effect = counter.queue()
    with counter.database.read() as connection:
        assert next_due_at(connection) == DUE
    assert due() == 0
    clock.step_to(DUE)
    assert due() == 1
    with counter.database.write() as connection:
        counter.plane.holds.pause(connection, brand=None, channel="instagram", actor="sam", note="")
    assert due() == 0
    with counter.database.write() as connection:
        counter.plane.holds.resume(connection, brand=None, channel="instagram", actor="sam")
    assert counter.plane.ledger.claim_due("worker", LEASE) is not None
    assert due() == 0
    clock.sleep(LEASE.total_seconds())
    assert due() == 1
    assert counter.sweep().released == (effect.id,)
    assert due() == 1


def test_holds_are_kept_with_their_history(counter: Counter) -> None:
    holds, brand = counter.plane.holds, counter.brand.brand_id
    with counter.database.write() as connection:
        holds.pause(connection, brand=brand, channel=None, actor="sam", note="sale over")
        holds.pause(connection, brand=brand, channel=None, actor="alex", note="twice")
        assert [hold.actor for hold in holds.active(connection)] == ["sam"]
        assert holds.reason_for(connection, brand, "instagram") == f"{brand} paused by sam (sale over)"
        assert holds.resume(connection, brand=None, channel=None, actor="alex") == 0
        assert holds.resume(connection, brand=brand, channel=None, actor="alex") == 1
        assert holds.reason_for(connection, brand, "instagram") is None


@pytest.mark.parametrize("act", ["cancel", "supersede"])
def test_a_request_that_nobody_needs_any_more_is_withdrawn(counter: Counter, act: str) -> None:
    effect = counter.queue(meets_bar=False)
    ACTS[act](counter)
    assert effect.approval not in [request.id for request in counter.requests(ApprovalState.PENDING)]
