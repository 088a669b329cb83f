"""The gate and the queue: who lets a post out, and what people do to it while it waits."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.brand import Brand, ContentApproval
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.approvals import ApprovalRequest
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import AfterRejection, StaleDecision
from marketing_pipeline.store.effect_rows import due_count, get_effect, newest_effect_of, next_due_at
from marketing_pipeline.store.intent import KeyReused
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline.store.tables import approvals, audit_log
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.planned_week import record_week
from marketing_pipeline_tests.store.tampering import take_away_the_guards

DUE = NOW + timedelta(hours=2)
LEASE = timedelta(minutes=10)


class Counter:
    """The control plane with one designed post."""

    def __init__(self, database: Database, brand: Brand) -> None:
        self.database = database
        self.brand = brand
        self.plane = ControlPlane.of(database, b"key")
        self.posts = [post.id for post in record_week(database, brand, self.plane.audit).posts]
        for post in self.posts:
            for state in (PostState.DRAFTED, PostState.DESIGNED):
                self.plane.posts.move(post, state, actor="test", reason="made")
        self.post: PostId = self.posts[0]

    def payload(self, **changes: Any) -> PublishPost:
        content: dict[str, Any] = {
            "account_id": self.brand.channels.instagram.account_id,
            "post": self.post,
            "caption": "Cotton paper",
            "alt_text": "A print",
            "media": (Sha256("a" * 64),),
            "is_ai_generated": True,
        }
        return PublishPost.model_validate({**content, **changes})

    def policy(self, approval: ContentApproval, late: LatePolicy = LatePolicy.ASK) -> None:
        policies = self.brand.policies.model_copy(update={"content_approval": approval})
        posting = self.brand.posting.model_copy(update={"late_policy": late})
        self.brand = self.brand.model_copy(update={"policies": policies, "posting": posting})

    def queue(self, **options: Any) -> Effect:
        content: dict[str, Any] = {"brand": self.brand, "payload": self.payload(), "due_at": DUE}
        return self.plane.queue.queue_post(**{**content, **options})

    def decide(self, effect: Effect, decision: Decision, saw: ApprovalState, **options: Any) -> Any:
        who: dict[str, Any] = {"actor": "sam", "source": "cli", "note": "why not"}
        return self.plane.decisions.decide(effect.approval, decision, saw=saw, **{**who, **options})

    def state(self) -> PostState:
        return self.plane.posts.get(self.post).state

    def now(self, effect: Effect) -> Effect:
        with self.database.read() as connection:
            return get_effect(connection, effect.id)

    def newest(self) -> Effect:
        with self.database.read() as connection:
            found = newest_effect_of(connection, self.post)
        assert found is not None
        return found

    def requests(self, state: ApprovalState | None = None) -> list[ApprovalRequest]:
        with self.database.read() as connection:
            return self.plane.approvals.list_requests(connection, brand=self.brand.brand_id, state=state)

    def sweep(self) -> Any:
        return Sweep(self.plane.ledger, {self.brand.brand_id: self.brand}).run()


@pytest.fixture
def counter(database: Database, brand: Brand) -> Iterator[Counter]:
    """Every test leaves an intact audit chain behind."""
    made = Counter(database, brand)
    yield made
    with database.read() as connection:
        assert made.plane.audit.verify(connection).intact


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
        (LatePolicy.SKIP, PostState.MISSED),
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


def test_a_forged_row_makes_a_request_undecidable(counter: Counter) -> None:
    effect = counter.queue(meets_bar=False)
    later: datetime = DUE + timedelta(days=900)
    with counter.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(update(approvals).values(expires_at=later))
    with pytest.raises(Unauthorized):
        counter.decide(effect, Decision.APPROVE, ApprovalState.PENDING)
    assert counter.state() is PostState.NEEDS_HUMAN


@pytest.mark.parametrize("act", ["cancel", "supersede"])
def test_a_request_that_nobody_needs_any_more_is_withdrawn(counter: Counter, act: str) -> None:
    effect = counter.queue(meets_bar=False)
    ACTS[act](counter)
    assert effect.approval not in [request.id for request in counter.requests(ApprovalState.PENDING)]
