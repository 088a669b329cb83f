"""A process that ends between an approval and its carrying out: a drain carries it out once, or says why not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import ApprovalId
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
from marketing_pipeline.store.proposal_row import PATIENCE
from marketing_pipeline.store.tables import proposals
from marketing_pipeline.workplace.unfinished import finish_proposals
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, FIRST, Office, state_of
from marketing_pipeline_tests.workplace.dying import APPROVED, CARRIED_OUT, CHANGED, approve_and_die
from marketing_pipeline_tests.workplace.people_at_work import APPROVER, EDITOR, told

__all__ = ["brands", "office"]

CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."
DONE = (ProposalState.DONE, ApprovalState.USED)
FAILED = (ProposalState.FAILED, ApprovalState.REJECTED)
OPEN = (ProposalState.AWAITING_APPROVAL, ApprovalState.APPROVED)


def a_move(office: Office) -> Payload:
    office.queued()
    return ReschedulePost(
        post=FIRST, to=(office.post().scheduled_at + timedelta(hours=26)).astimezone(office.brand.zone)
    )


def other_words(office: Office) -> Payload:
    office.queued()
    return EditPost(post=FIRST, caption=CAPTION, hashtags=("#tearoom", "#pot"))


def another_plan(office: Office) -> Payload:
    office.planned()
    pillar, slot = office.brand.pillars[1].id, office.brand.posting.slots[0].id
    return EditPlan(brand=BRAND, week="2026-11-16", position=1, topic="A pot for two", pillar=pillar, slot=slot)


def a_rule(office: Office) -> Payload:
    rule = office.work.teaching.state(EDITOR, BRAND, "Never open with a question", AppliesTo.COPY)
    return AdoptRule(rule=rule.id)


KINDS = {
    ReschedulePost: ProposalKind.RESCHEDULE_POST,
    EditPost: ProposalKind.EDIT_POST,
    EditPlan: ProposalKind.EDIT_PLAN,
    AdoptRule: ProposalKind.ADOPT_RULE,
}


def proposed(office: Office, payload: Payload) -> Proposal:
    """The proposal of it; a rule has one already."""
    desk = office.work.proposals
    if isinstance(payload, AdoptRule):
        return desk.list(EDITOR)[0]
    kind = KINDS[type(payload)]
    return desk.propose(EDITOR, kind, payload.subject, payload, reason="it fits better", proposed_by="eve")


def interrupted(office: Office, payload: Payload, fatal: str = APPROVED) -> Proposal:
    """A proposal that bob approved in a process that ended there."""
    proposal = proposed(office, payload)
    assert approve_and_die(office.work.settings, APPROVER, proposal.id, fatal)
    assert stands(office, proposal) == OPEN
    return proposal


def stands(office: Office, proposal: Proposal) -> tuple[ProposalState, ApprovalState]:
    """Where the proposal and its request stand."""
    return office.work.plane.proposals.get(proposal.id).state, state_of(office, proposal.id)


def later(office: Office, by: timedelta = PATIENCE) -> None:
    office.step_to(office.now + by)


def is_made(office: Office, payload: Payload) -> bool:
    """Whether it has been carried out."""
    match payload:
        case ReschedulePost():
            return office.effect().due_at == office.post().scheduled_at == payload.to
        case EditPost():
            return office.newest_effect().payload.caption == f"{CAPTION}\n\n#tearoom #pot"
        case EditPlan():
            return office.post().topic == "A pot for two"
        case AdoptRule():
            return office.work.teaching.rule(payload.rule).state is RuleState.ACCEPTED


@pytest.mark.parametrize("fatal", [APPROVED, CARRIED_OUT])
@pytest.mark.parametrize("wanted", [a_move, other_words, another_plan, a_rule])
def test_it_is_carried_out_once_by_the_next_drain(office: Office, wanted: Any, fatal: str) -> None:
    payload = wanted(office)
    proposal = interrupted(office, payload, fatal)
    assert is_made(office, payload) is (fatal == CARRIED_OUT)
    assert finish_proposals(office.work) == () and proposal.id not in office.work.due_effects(), "it may be under way"
    later(office)
    assert proposal.id in office.work.due_effects()
    assert finish_proposals(office.work) == (proposal.id,)
    assert is_made(office, payload) and stands(office, proposal) == DONE
    again = told(office)
    later(office)
    assert finish_proposals(office.work) == () and told(office) == again
    assert proposal.id not in office.work.due_effects()
    assert told(office, "proposal.done") == [("proposal.done", "bob", proposal.id)]
    rows = office.work.gate.asked(EDITOR, proposal.id).rows
    assert [(row.decision, row.actor) for row in rows][1:] == [(Decision.APPROVE, "bob"), (Decision.USED, "bob")]
    assert isinstance(payload, AdoptRule) or not office.post().held


def test_a_drain_does_it(office: Office) -> None:
    payload = another_plan(office)
    proposal = interrupted(office, payload)
    office.work.home.sandbox.mkdir()
    (office.work.home.sandbox / "url").write_text("http://127.0.0.1:9", encoding="utf-8")
    later(office)
    office.work.drain("a worker")
    assert is_made(office, payload) and stands(office, proposal) == DONE


def moved_by_another(office: Office) -> None:
    office.work.post_desk.reschedule(EDITOR, FIRST, office.post().scheduled_at + timedelta(hours=1))


def cancelled(office: Office) -> None:
    office.work.post_desk.cancel(EDITOR, FIRST)


@pytest.mark.parametrize(
    ("since", "why"), [(moved_by_another, "has changed since it was approved"), (cancelled, "could not be done")]
)
def test_what_has_moved_since_fails(office: Office, since: Any, why: str) -> None:
    proposal = interrupted(office, a_move(office))
    since(office)
    before = office.post()
    later(office)
    finish_proposals(office.work)
    assert (stands(office, proposal), office.post()) == (FAILED, before)
    assert why in office.work.plane.proposals.get(proposal.id).state_reason


def test_an_edit_that_was_broken_off_fails_with_the_post_held(office: Office) -> None:
    proposal = interrupted(office, other_words(office), CHANGED)
    assert office.post().held
    later(office)
    finish_proposals(office.work)
    post, effect = office.post(), office.newest_effect()
    assert (stands(office, proposal), post.held, post.state) == (FAILED, True, PostState.SCHEDULED)
    assert effect.state is EffectState.QUEUED and CAPTION not in effect.payload.caption


def test_of_two_drains_one_takes_it_up(office: Office) -> None:
    proposal = interrupted(office, a_move(office))
    later(office)
    store = office.work.plane.proposals
    assert store.take_up(proposal.id) is not None
    assert store.take_up(proposal.id) is None and finish_proposals(office.work) == ()
    later(office)  # the one that took it up has died, too
    assert finish_proposals(office.work) == (proposal.id,) and stands(office, proposal) == DONE


def test_who_comes_back_late_changes_nothing_about_its_end(office: Office) -> None:
    proposal = interrupted(office, a_move(office))
    later(office)
    finish_proposals(office.work)
    office.work.plane.proposals.failed(proposal.id, actor="bob", reason="late")
    assert stands(office, proposal) == DONE
    office.work.plane.proposals.done(proposal.id, actor="bob", source="cli", reason="late")
    assert len(office.work.gate.asked(EDITOR, proposal.id).rows) == 3


def test_what_nobody_drains_before_its_time_is_over_expires(office: Office) -> None:
    proposal = interrupted(office, a_move(office))
    before = office.post()
    office.step_to(proposal.expires_at)
    assert finish_proposals(office.work) == ()
    assert office.work.plane.proposals.expire() == (proposal.id,)
    assert office.post() == before
    assert "approved, and not carried out" in office.work.plane.proposals.get(proposal.id).state_reason


def test_what_was_written_over_is_not_carried_out(office: Office) -> None:
    proposal = interrupted(office, a_move(office))
    before, forged = office.post(), {"payload": {"post": FIRST, "to": "2026-11-25T12:00:00+00:00"}}
    with office.work.database.write() as connection:
        connection.execute(update(proposals).where(proposals.c.id == proposal.id).values(**forged))
    later(office)
    finish_proposals(office.work)
    assert (stands(office, proposal)[0], office.post()) == (ProposalState.FAILED, before)
    later(office)
    assert proposal.id not in office.work.due_effects()


def test_an_approval_that_was_cut_in_is_not_carried_out(office: Office) -> None:
    """A row in the table alone lets nothing through: it has no signature."""
    proposal = proposed(office, a_move(office))
    before = office.post()
    copied = text(
        "INSERT INTO approvals SELECT id, 2, kind, subject, brand, fingerprint, 'approve', 'bob', 'cli', note,"
        " decided_at, expires_at, signature FROM approvals WHERE id = :id"
    )
    with office.work.database.write() as connection:
        connection.execute(copied, {"id": ApprovalId(proposal.id)})
    later(office)
    finish_proposals(office.work)
    assert (stands(office, proposal)[0], office.post()) == (ProposalState.FAILED, before)
