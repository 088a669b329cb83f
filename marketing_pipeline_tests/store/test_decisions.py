"""What people decide about posts: approve, reject, revoke, and settle what could not be proved."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.decisions import AfterRejection, StaleDecision
from marketing_pipeline.store.tables import approvals, audit_log
from marketing_pipeline_tests.store.publish_counter import DUE, LEASE, Counter
from marketing_pipeline_tests.store.tampering import take_away_the_guards


def test_an_approval_queues_the_effect_and_schedules_the_post(counter: Counter) -> None:
    effect = counter.queue(meets_bar=False)
    [request] = counter.requests(ApprovalState.PENDING)
    counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING, fingerprint=request.fingerprint)
    assert (counter.now(effect).state, counter.state()) == (EffectState.QUEUED, PostState.SCHEDULED)


@pytest.mark.parametrize(
    ("after", "state"),
    [(AfterRejection.SEND_BACK, PostState.DRAFTED), (AfterRejection.DROP, PostState.CANCELLED)],
)
def test_a_rejection_cancels_the_effect_and_sends_the_post_back_or_drops_it(
    counter: Counter, after: AfterRejection, state: PostState
) -> None:
    effect = counter.queue(meets_bar=False)
    counter.decide(effect, Decision.REJECT, ApprovalState.PENDING, after_rejection=after)
    assert (counter.now(effect).state, counter.state()) == (EffectState.CANCELLED, state)
    assert counter.plane.posts.get(counter.post).note == "why not"


def test_what_a_person_rejected_is_never_passed_by_policy(counter: Counter) -> None:
    effect = counter.queue(risks=("a claim",))
    counter.decide(effect, Decision.REJECT, ApprovalState.PENDING)
    counter.plane.posts.move(counter.post, PostState.DESIGNED, actor="test", reason="again")
    assert counter.queue().state is EffectState.AWAITING_APPROVAL


def test_a_revocation_before_the_claim_stops_it_and_a_person_is_needed_again(counter: Counter) -> None:
    effect = counter.queue()
    decided = counter.decide(effect, Decision.REVOKE, ApprovalState.APPROVED)
    assert not decided.too_late
    assert (counter.now(effect).state, counter.state()) == (EffectState.CANCELLED, PostState.NEEDS_HUMAN)
    again = counter.plane.queue.reschedule(brand=counter.brand, post=counter.post, due_at=DUE, actor="sam")
    assert again.state is EffectState.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("done", "then", "saw"),
    [
        (Decision.APPROVE, Decision.REJECT, ApprovalState.PENDING),
        (Decision.REJECT, Decision.APPROVE, ApprovalState.PENDING),
        (Decision.APPROVE, Decision.APPROVE, ApprovalState.PENDING),
    ],
)
def test_of_two_decisions_at_once_one_wins_and_the_other_is_told_and_audited(
    counter: Counter, done: Decision, then: Decision, saw: ApprovalState
) -> None:
    effect = counter.queue(meets_bar=False)
    counter.decide(effect, done, saw)
    before = counter.now(effect)
    with pytest.raises(StaleDecision, match="you saw pending"):
        counter.decide(effect, then, saw, actor="alex")
    assert counter.now(effect) == before
    assert _audited(counter, "approval.decision_lost") == ["alex"]


def _audited(counter: Counter, action: str) -> list[str]:
    with counter.database.read() as connection:
        return list(connection.scalars(select(audit_log.c.actor).where(audit_log.c.action == action)))


@pytest.mark.parametrize(
    ("decision", "saw"),
    [
        (Decision.REVOKE, ApprovalState.PENDING),
        (Decision.USED, ApprovalState.PENDING),
        (Decision.REQUESTED, ApprovalState.PENDING),
    ],
)
def test_a_decision_that_is_not_drawn_is_refused(counter: Counter, decision: Decision, saw: ApprovalState) -> None:
    effect = counter.queue(meets_bar=False)
    with pytest.raises(RefusedTransition):
        counter.decide(effect, decision, saw)
    assert counter.state() is PostState.NEEDS_HUMAN


def test_a_decision_about_other_content_is_stale(counter: Counter) -> None:
    effect = counter.queue(meets_bar=False)
    with pytest.raises(StaleDecision):
        counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING, fingerprint=Sha256("b" * 64))
    assert counter.state() is PostState.NEEDS_HUMAN


def test_a_request_that_lapsed_cannot_be_approved_and_is_swept(counter: Counter, clock: Any) -> None:
    effect = counter.queue(meets_bar=False)
    clock.step_to(DUE + timedelta(hours=counter.brand.policies.approval_hours))
    with pytest.raises(StaleDecision, match="expired"):
        counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING)
    assert counter.sweep().expired == (effect.id,)
    assert (counter.now(effect).state, counter.state()) == (EffectState.EXPIRED, PostState.NEEDS_HUMAN)
    again = counter.plane.queue.reschedule(
        brand=counter.brand, post=counter.post, due_at=clock.now() + timedelta(hours=1), actor="sam"
    )
    assert again.state is EffectState.AWAITING_APPROVAL


@pytest.fixture
def parked(counter: Counter, clock: Any) -> Effect:
    counter.queue()
    clock.step_to(DUE)
    ledger = counter.plane.ledger
    claimed = ledger.claim_due("worker", LEASE)
    assert claimed is not None
    sending = ledger.open_attempt(claimed, owner="worker", request={}, progress={}, guard=lambda _: None)
    unknown = ledger.move(sending, EffectState.UNKNOWN, reason="lost", columns={"not_before": clock.now()})
    return ledger.move(unknown, EffectState.PARKED, reason="unclear")


def test_a_person_may_say_that_it_is_live(counter: Counter, parked: Effect) -> None:
    counter.plane.decisions.resolve(parked.id, done=True, media_id="17", actor="sam", note="I see it")
    post = counter.plane.posts.get(counter.post)
    assert (counter.now(parked).state, post.state, post.media_id) == (EffectState.SUCCEEDED, PostState.PUBLISHED, "17")


def test_a_person_may_say_that_it_is_not_live_so_that_it_is_sent_now(
    counter: Counter, parked: Effect, clock: Any
) -> None:
    clock.sleep(86_400)
    counter.plane.decisions.resolve(parked.id, done=False, actor="sam", note="nothing there")
    assert (counter.now(parked).state, counter.state()) == (EffectState.QUEUED, PostState.SCHEDULED)
    assert counter.now(parked).due_at == clock.now()
    assert counter.sweep().missed == ()


def test_a_person_may_give_a_parked_effect_up(counter: Counter, parked: Effect) -> None:
    counter.plane.decisions.drop(parked.id, actor="sam", note="let it be")
    assert (counter.now(parked).state, counter.state()) == (EffectState.CANCELLED, PostState.CANCELLED)


def test_only_what_is_parked_is_resolved(counter: Counter) -> None:
    effect = counter.queue()
    with pytest.raises(RefusedTransition):
        counter.plane.decisions.resolve(effect.id, done=True, actor="sam", note="?")


def test_a_forged_row_makes_a_request_undecidable(counter: Counter) -> None:
    effect = counter.queue(meets_bar=False)
    later: datetime = DUE + timedelta(days=900)
    with counter.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(update(approvals).values(expires_at=later))
    with pytest.raises(Unauthorized):
        counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING)
    assert counter.state() is PostState.NEEDS_HUMAN
