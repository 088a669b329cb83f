"""Proposals: made, decided, carried out by the approver, moved, expired and superseded."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import NotAllowed, Person
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.proposal import (
    AdoptRule,
    EditPlan,
    EditPost,
    Payload,
    Proposal,
    ProposalKind,
    ProposalState,
    ReschedulePost,
    RuleState,
)
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.store.tables import proposals
from marketing_pipeline.workplace.asked import Settled
from marketing_pipeline.workplace.asked_proposal import AskedProposal, CouldNotBeDone, ProposalMoved
from marketing_pipeline.workplace.plan_edit import NotInPlan
from marketing_pipeline.workplace.post_words import NothingToEdit, OffTheRules
from marketing_pipeline.workplace.posts import InThePast
from marketing_pipeline.workplace.proposals import LIVES, NoSuchProposal
from marketing_pipeline.workplace.proposed_acts import NothingToPropose
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, SECOND, Office, state_of
from marketing_pipeline_tests.workplace.people_at_work import (
    APPROVER,
    BROKEN,
    BROKEN_NAMES,
    DECIDER,
    EDITOR,
    GIANT,
    READER,
    STRANGER,
    VIEWER,
    told,
)

__all__ = ["brands", "office"]

CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."
KINDS = {
    ReschedulePost: ProposalKind.RESCHEDULE_POST,
    EditPost: ProposalKind.EDIT_POST,
    EditPlan: ProposalKind.EDIT_PLAN,
    AdoptRule: ProposalKind.ADOPT_RULE,
}


def plan(**changes: Any) -> EditPlan:
    """Another plan for the first post."""
    return EditPlan.model_validate({"brand": BRAND, "week": "2026-11-16", "position": 1, **changes})


def move(office: Office, hours: float = 26) -> ReschedulePost:
    """Another time for the first post."""
    return ReschedulePost(post=FIRST, to=office.post().scheduled_at + timedelta(hours=hours))


def propose(office: Office, payload: Payload, person: Person = EDITOR, **more: Any) -> Proposal:
    """Propose it, as the orchestrator does for a person."""
    given: dict[str, Any] = {"reason": "it fits better", "proposed_by": f"orchestrator for {person.name}", **more}
    return office.work.proposals.propose(person, KINDS[type(payload)], payload.subject, payload, **given)


def decide(
    office: Office, proposal: Proposal, decision: Decision = Decision.APPROVE, person: Person = APPROVER, **more: Any
) -> Settled:
    """Decide what stands there now."""
    given: dict[str, Any] = {
        "note": "seen",
        "saw": ApprovalState.PENDING,
        "fingerprint": proposal.fingerprint,
        **more,
    }
    return office.work.gate.decide(person, proposal.id, decision, **given)


def stands(office: Office, proposal: Proposal) -> tuple[ProposalState, ApprovalState]:
    """Where the proposal and its request stand."""
    return office.work.plane.proposals.get(proposal.id).state, state_of(office, proposal.id)


def a_rule(office: Office) -> str:
    """A rule that somebody stated, and that nobody has decided yet; its proposal is made with it."""
    stated = office.work.teaching.state(EDITOR, BRAND, "Never open with a question", AppliesTo.COPY)
    return stated.id


def test_a_move_is_carried_out_by_who_approves_it(office: Office) -> None:
    effect = office.queued()
    proposal = propose(office, move(office), conversation="c1")
    assert (proposal.id, proposal.state, proposal.conversation) == (
        f"{FIRST}-p1",
        ProposalState.AWAITING_APPROVAL,
        "c1",
    )
    assert office.effect().due_at == effect.due_at, "nothing moves before a person says so"
    settled = decide(office, proposal)
    assert settled.said == f"Approved by bob, and done: {FIRST} goes out Wed 18 Nov 2026 20:30 GMT."
    assert office.effect().due_at == office.post().scheduled_at == effect.due_at + timedelta(hours=26)
    assert stands(office, proposal) == (ProposalState.DONE, ApprovalState.USED)
    assert told(office, "proposal.") == [
        ("proposal.proposed", "eve", proposal.id),
        ("proposal.done", "bob", proposal.id),
    ]
    rows = office.work.gate.asked(VIEWER, proposal.id).rows
    assert [(row.decision, row.actor) for row in rows] == [
        (Decision.REQUESTED, "orchestrator for eve"),
        (Decision.APPROVE, "bob"),
        (Decision.USED, "bob"),
    ]
    assert office.work.plane.approvals.signatures_hold(rows)


def test_other_words_are_put_in_and_decided_about_as_any_edit(office: Office) -> None:
    office.queued()
    proposal = propose(office, EditPost(post=FIRST, caption=CAPTION))
    decide(office, proposal)
    assert office.newest_effect().payload.caption == f"{CAPTION}\n\n#tearoom"
    assert office.effect().state is EffectState.SUPERSEDED
    assert stands(office, proposal) == (ProposalState.DONE, ApprovalState.USED)


def test_a_plan_is_changed_before_it_is_written(office: Office) -> None:
    office.planned()
    pillar, slot = office.brand.pillars[1].id, office.brand.posting.slots[0]
    proposal = propose(office, plan(pillar=pillar, hook="story", topic="A pot for two", slot=slot.id))
    decide(office, proposal)
    post = office.post()
    assert (post.pillar, post.hook, post.topic, post.slot) == (pillar, Hook.STORY, "A pot for two", slot.id)
    assert post.scheduled_at.astimezone(office.brand.zone).time() == slot.at
    assert post.state is PostState.PLANNED


def test_a_rule_is_adopted_or_refused_at_the_gate(office: Office) -> None:
    rule = a_rule(office)
    [proposal] = office.work.proposals.list(EDITOR, state=ProposalState.AWAITING_APPROVAL)
    assert (proposal.kind, proposal.subject) == (ProposalKind.ADOPT_RULE, rule)
    decide(office, proposal)
    assert office.work.teaching.rule(rule).state is RuleState.ACCEPTED
    assert stands(office, proposal) == (ProposalState.DONE, ApprovalState.USED)


def test_a_refused_rule_is_refused_for_the_brand(office: Office) -> None:
    rule = a_rule(office)
    [proposal] = office.work.proposals.list(EDITOR)
    decide(office, proposal, Decision.REJECT, note="we do ask")
    assert office.work.teaching.rule(rule).state is RuleState.REJECTED
    assert stands(office, proposal) == (ProposalState.REJECTED, ApprovalState.REJECTED)


def test_a_refused_proposal_does_nothing(office: Office) -> None:
    office.queued()
    before = office.post()
    proposal = propose(office, move(office))
    assert decide(office, proposal, Decision.REJECT).said == "Rejected by bob. Nothing is done."
    assert (office.post(), stands(office, proposal)) == (before, (ProposalState.REJECTED, ApprovalState.REJECTED))
    with pytest.raises(RefusedTransition, match="is rejected: approve does not apply") as refusal:
        decide(office, proposal, saw=ApprovalState.REJECTED)
    assert "bob decided" in refusal.value.mend and "proposed anew" in refusal.value.mend


def test_a_newer_proposal_replaces_the_older_one(office: Office) -> None:
    office.queued()
    older, newer = propose(office, move(office)), propose(office, move(office, 50))
    other = propose(office, EditPost(post=FIRST, caption=CAPTION))
    assert stands(office, older) == (ProposalState.SUPERSEDED, ApprovalState.REJECTED)
    assert {stands(office, each) for each in (newer, other)} == {
        (ProposalState.AWAITING_APPROVAL, ApprovalState.PENDING)
    }
    with pytest.raises(StaleDecision):
        decide(office, older)


def test_the_same_proposal_again_is_the_one_that_stands(office: Office) -> None:
    office.queued()
    assert propose(office, move(office)) == propose(office, move(office), person=APPROVER)
    assert len(office.work.proposals.list(EDITOR)) == 1


def test_what_has_moved_since_is_not_decided_about(office: Office) -> None:
    effect = office.queued()
    proposal = propose(office, move(office))
    office.work.post_desk.reschedule(EDITOR, FIRST, effect.due_at + timedelta(hours=1))
    with pytest.raises(ProposalMoved, match="has changed since this was proposed"):
        decide(office, proposal)
    assert stands(office, proposal) == (ProposalState.AWAITING_APPROVAL, ApprovalState.PENDING)


def test_what_is_approved_and_not_possible_any_more_has_failed(office: Office) -> None:
    office.queued()
    proposal = propose(office, move(office))
    office.work.queue.cancel(FIRST, actor="another", note="no")
    with pytest.raises(CouldNotBeDone, match=r"bob approved it, but it could not be done: Post .* is cancelled"):
        decide(office, proposal)
    assert stands(office, proposal) == (ProposalState.FAILED, ApprovalState.REJECTED)
    assert "could not be done" in office.work.plane.proposals.get(proposal.id).state_reason


def test_what_nobody_decides_is_swept_by_a_drain(office: Office) -> None:
    office.planned()
    proposal = propose(office, plan(topic="A pot for two"))
    office.step_to(office.now + LIVES - timedelta(seconds=1))
    assert proposal.id not in office.work.due_effects()
    office.step_to(office.now + timedelta(seconds=1))
    assert proposal.id in office.work.due_effects()
    with pytest.raises(StaleDecision, match="is expired"):
        decide(office, proposal)
    office.work.home.sandbox.mkdir()
    (office.work.home.sandbox / "url").write_text("http://127.0.0.1:9", encoding="utf-8")
    office.work.drain("a worker")
    assert stands(office, proposal) == (ProposalState.EXPIRED, ApprovalState.EXPIRED)
    assert proposal.id not in office.work.due_effects()
    with pytest.raises(RefusedTransition, match="is expired: approve does not apply"):
        decide(office, proposal, saw=ApprovalState.EXPIRED)


def test_a_move_lapses_when_its_time_has_come(office: Office) -> None:
    office.queued()
    soon = ReschedulePost(post=FIRST, to=office.now + timedelta(hours=3))
    assert propose(office, soon).expires_at == soon.to


def test_of_two_who_approve_at_once_one_is_told_and_it_is_done_once(office: Office) -> None:
    office.queued()
    proposal = propose(office, EditPost(post=FIRST, caption=CAPTION))
    start, said = Barrier(2), list[str]()

    def approving(name: str) -> None:
        start.wait()
        try:
            decide(office, proposal, person=APPROVER.model_copy(update={"name": name}))
            said.append("done")
        except (StaleDecision, ProposalMoved):
            said.append("told")

    threads = [Thread(target=approving, args=(name,)) for name in ("bob", "cat")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["done", "told"]
    assert len(told(office, "proposal.done")) == len(told(office, "effect.superseded")) == 1


@pytest.mark.parametrize("person", [VIEWER, STRANGER, READER], ids=["viewer", "wrong brand", "token that reads"])
def test_who_may_not_edit_may_not_propose(office: Office, person: Person) -> None:
    office.queued()
    with pytest.raises(NotAllowed):
        propose(office, move(office), person)
    assert office.work.plane.proposals.find() == ()


@pytest.mark.parametrize("person", [VIEWER, EDITOR, STRANGER, READER], ids=["viewer", "editor", "stranger", "reader"])
def test_who_may_not_decide_may_not_approve(office: Office, person: Person) -> None:
    office.queued()
    proposal = propose(office, move(office))
    with pytest.raises(NotAllowed):
        decide(office, proposal, person=person)
    assert stands(office, proposal) == (ProposalState.AWAITING_APPROVAL, ApprovalState.PENDING)


def test_a_token_that_decides_carries_out_what_it_approves_and_edits_nothing_else(office: Office) -> None:
    office.queued()
    proposal = propose(office, move(office))
    with pytest.raises(NotAllowed):
        office.work.post_desk.hold(DECIDER, FIRST)
    assert decide(office, proposal, person=DECIDER).state is ApprovalState.USED


def test_proposals_are_those_of_the_brands_that_a_person_sees(office: Office) -> None:
    office.queued()
    proposal = propose(office, move(office))
    assert office.work.proposals.list(VIEWER) == (proposal,)
    assert office.work.proposals.list(STRANGER) == ()
    assert office.work.proposals.list(VIEWER, state=ProposalState.DONE) == ()
    with pytest.raises(NotAllowed):
        office.work.proposals.get(STRANGER, proposal.id)
    with pytest.raises(NotFound):
        office.work.proposals.get(VIEWER, "nothing")


@pytest.mark.parametrize("reason", [GIANT, *BROKEN], ids=["giant", *BROKEN_NAMES])
def test_a_reason_that_cannot_be_kept_is_refused(office: Office, reason: str) -> None:
    office.queued()
    with pytest.raises(NotWritten):
        propose(office, move(office), reason=reason)
    assert office.work.plane.proposals.find() == ()


def _taken_slot(office: Office) -> EditPlan:
    return plan(slot=office.work.posts.get(SECOND).slot)


def _as_it_is(office: Office) -> EditPlan:
    return plan(topic=office.post().topic)


def _same_time(office: Office) -> ReschedulePost:
    return move(office, 0)


def _yesterday(office: Office) -> ReschedulePost:
    return ReschedulePost(post=FIRST, to=office.now - timedelta(days=1))


@pytest.mark.parametrize(
    ("way", "payload", "error", "words"),
    [
        (Office.queued, _yesterday, InThePast, "has passed"),
        (Office.queued, _same_time, NothingToPropose, "at that time already"),
        (Office.published, move, NotInQueue, "is published"),
        (Office.queued, ReschedulePost(post="nothing", to="2030-01-01T00:00Z"), NotFound, "There is no post"),  # pyright: ignore[reportArgumentType]
        (Office.queued, EditPost(post=FIRST, caption="Too short"), OffTheRules, "at least 40 characters"),
        (Office.queued, EditPost(post=FIRST, caption=f"{CAPTION} cheap"), OffTheRules, "banned words"),
        (Office.queued, EditPost(post=FIRST, caption=f"{CAPTION}\x00"), NotWritten, "no readable character"),
        (Office.queued, EditPost(post=FIRST, hashtags=("#tearoom",)), NothingToPropose, "says that already"),
        (Office.planned, EditPost(post=FIRST, caption=CAPTION), NothingToEdit, "no words yet"),
        (Office.sending, EditPost(post=FIRST, caption=CAPTION), NothingToEdit, "no longer be changed"),
        (Office.queued, plan(topic="A pot for two"), NotInPlan, "words are written"),
        (Office.planned, plan(pillar="nothing"), NotInPlan, "no pillar 'nothing'"),
        (Office.planned, plan(slot="nothing"), NotInPlan, "no slot 'nothing'"),
        (Office.planned, _taken_slot, NotInPlan, "goes out in the slot"),
        (Office.planned, _as_it_is, NotInPlan, "planned so already"),
        (Office.planned, plan(topic="A pot\x00 for two"), NotWritten, "no readable character"),
        (Office.planned, AdoptRule(rule="nothing"), NotFound, "nothing"),
    ],
)
def test_what_could_not_be_done_is_not_proposed(
    office: Office,
    way: Callable[[Office], Any],
    payload: Payload | Callable[[Office], Payload],
    error: type[MarketingError],
    words: str,
) -> None:
    way(office)
    wanted = payload(office) if callable(payload) else payload
    with pytest.raises(error, match=words):
        propose(office, wanted)
    assert office.work.plane.proposals.find() == ()


def test_a_slot_of_a_week_that_has_passed_is_not_planned(office: Office) -> None:
    office.planned()
    office.step_to(office.now + timedelta(days=6))
    with pytest.raises(NotInPlan, match="has passed"):
        propose(office, plan(slot=office.brand.posting.slots[0].id))


def test_kind_subject_and_content_belong_together(office: Office) -> None:
    office.queued()
    desk, why = office.work.proposals, {"reason": "so", "proposed_by": "eve"}
    with pytest.raises(NoSuchProposal):
        desk.propose(EDITOR, ProposalKind.EDIT_POST, FIRST, move(office), **why)
    with pytest.raises(NoSuchProposal):
        desk.propose(EDITOR, ProposalKind.RESCHEDULE_POST, SECOND, move(office), **why)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (EditPost, {"post": FIRST}),
        (EditPlan, {"brand": BRAND, "week": "2026-11-16", "position": 1}),
        (EditPlan, {"brand": BRAND, "week": "2026-11-17", "position": 1, "topic": "A pot for two"}),
        (EditPlan, {"brand": BRAND, "week": "soon", "position": 1, "topic": "A pot for two"}),
        (EditPlan, {"brand": BRAND, "week": "2026-11-16", "position": 0, "topic": "A pot for two"}),
        (EditPlan, {"brand": BRAND, "week": "2026-11-16", "position": 1, "topic": "A", "price": 3}),
        (ReschedulePost, {"post": FIRST, "to": "2026-11-18T18:30:00"}),
        (ReschedulePost, {"post": FIRST, "to": "2026-11-18T18:30:00Z", "state": "published"}),
    ],
)
def test_content_that_says_nothing_or_too_much_is_none(kind: type[Payload], content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(content)


@pytest.mark.parametrize(
    "forged",
    [{"payload": {"post": FIRST, "to": "2026-11-30T00:00:00Z"}}, {"before": {}}, {"fingerprint": "0" * 64}],
    ids=lambda values: next(iter(values)),
)
def test_a_proposal_that_was_written_over_is_not_decided(office: Office, forged: dict[str, Any]) -> None:
    office.queued()
    proposal = propose(office, move(office))
    with office.work.database.write() as connection:
        connection.execute(update(proposals).where(proposals.c.id == proposal.id).values(**forged))
    with pytest.raises((Unauthorized, ProposalMoved)):
        decide(office, proposal)
    assert office.work.plane.proposals.get(proposal.id).state is ProposalState.AWAITING_APPROVAL


def test_the_gate_of_posts_lets_no_proposal_through(office: Office) -> None:
    office.queued()
    proposal = propose(office, move(office))
    with pytest.raises(RefusedTransition, match="lets no post out"):
        office.work.decisions.decide(
            proposal.id, Decision.APPROVE, actor="bob", source="cli", note="", saw=ApprovalState.PENDING
        )
    assert state_of(office, proposal.id) is ApprovalState.PENDING


def test_a_proposal_does_not_stand_in_the_way_of_the_posts_own_request(office: Office) -> None:
    office.awaiting()
    proposal = propose(office, move(office))
    file = office.work.post_desk.file(EDITOR, PostId(FIRST))
    assert file.pending is not None and file.pending.id == REQUEST
    assert [request.id for request in file.approvals] == [REQUEST, proposal.id]


def test_what_is_asked_says_what_would_be_other(office: Office) -> None:
    office.queued()
    asked = office.work.gate.asked(VIEWER, propose(office, move(office)).id)
    assert isinstance(asked, AskedProposal)
    facts = dict(asked.facts)
    assert (facts["from"], facts["to"]) == ("Tue 17 Nov 2026 18:30 GMT", "Wed 18 Nov 2026 20:30 GMT")
    assert asked.summary == f"Move {FIRST} to Wed 18 Nov 2026 20:30 GMT"
    words = office.work.gate.asked(VIEWER, propose(office, EditPost(post=FIRST, hashtags=("#tearoom", "#pot"))).id)
    assert (dict(words.facts)["hashtags now"], dict(words.facts)["hashtags then"]) == ("#tearoom", "#tearoom #pot")
    assert words.summary == f"Change hashtags of {FIRST}"
