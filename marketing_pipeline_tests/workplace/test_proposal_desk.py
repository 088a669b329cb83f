"""Proposals: made, decided, carried out by the approver, moved, expired and superseded."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.proposal import (
    EditPost,
    ProposalKind,
    ProposalState,
    ReschedulePost,
    RuleState,
)
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.workplace.asked_proposal import AskedProposal, CouldNotBeDone, ProposalMoved
from marketing_pipeline.workplace.proposals import LIVES
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, Office, state_of
from marketing_pipeline_tests.workplace.people_at_work import (
    APPROVER,
    EDITOR,
    VIEWER,
    told,
)
from marketing_pipeline_tests.workplace.proposing import CAPTION, a_rule, decide, move, plan, propose, stands

__all__ = ["brands", "office"]


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
        (Decision.REQUESTED, "eve"),
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
