"""Who may not propose or decide, and what is no proposal: each refused, and nothing is stored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from marketing_pipeline.domain.approval import ApprovalState, Unauthorized
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.person import NotAllowed, Person
from marketing_pipeline.domain.proposal import (
    AdoptRule,
    EditPlan,
    EditPost,
    Payload,
    ProposalKind,
    ProposalState,
    ReschedulePost,
)
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.store.tables import proposals
from marketing_pipeline.workplace.asked_proposal import ProposalMoved
from marketing_pipeline.workplace.plan_edit import NotInPlan
from marketing_pipeline.workplace.post_words import NothingToEdit, OffTheRules
from marketing_pipeline.workplace.posts import InThePast
from marketing_pipeline.workplace.proposals import NoSuchProposal
from marketing_pipeline.workplace.proposed_acts import NothingToPropose
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, FIRST, SECOND, Office, wordings
from marketing_pipeline_tests.workplace.people_at_work import (
    BROKEN,
    BROKEN_NAMES,
    DECIDER,
    EDITOR,
    GIANT,
    READER,
    STRANGER,
    VIEWER,
)
from marketing_pipeline_tests.workplace.proposing import CAPTION, decide, move, plan, propose, stands

__all__ = ["brands", "office"]


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


def _said_by_another(office: Office) -> EditPost:
    office.queued(SECOND)
    return EditPost(post=FIRST, caption=wordings().variations[0].caption.upper())


@pytest.mark.parametrize(
    ("way", "payload", "error", "words"),
    [
        (Office.queued, _yesterday, InThePast, "has passed"),
        (Office.queued, _same_time, NothingToPropose, "at that time already"),
        (Office.published, move, NotInQueue, "is published"),
        (Office.queued, ReschedulePost(post="nothing", to="2030-01-01T00:00Z"), NotFound, "There is no post"),  # pyright: ignore[reportArgumentType]
        (Office.queued, EditPost(post=FIRST, caption="Too short"), OffTheRules, "at least 40 characters"),
        (Office.queued, EditPost(post=FIRST, caption=f"{CAPTION} cheap"), OffTheRules, "banned words"),
        (Office.queued, _said_by_another, OffTheRules, f"that of the post {SECOND}"),
        (Office.queued, EditPost(post=FIRST, caption=f"{CAPTION}\x00"), NotWritten, "no readable character"),
        (Office.queued, EditPost(post=FIRST, hashtags=("#tearoom",)), NothingToPropose, "says that already"),
        (Office.planned, EditPost(post=FIRST, caption=CAPTION), NothingToEdit, "no words yet"),
        (Office.sending, EditPost(post=FIRST, caption=CAPTION), NothingToEdit, "no longer be changed"),
        (Office.queued, plan(topic="A pot for two"), NotInPlan, r"propose other words .* ask for another picture"),
        (
            Office.queued,
            plan(slot="evening"),
            NotInPlan,
            r"Instead propose another time[^,]*$",
        ),
        (Office.published, plan(topic="A pot for two"), NotInPlan, "Change the plan of a post that is still planned"),
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
