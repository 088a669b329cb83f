"""Proposals of the tests: made as the orchestrator makes them, decided as people do."""

from datetime import timedelta
from typing import Any

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.person import Person
from marketing_pipeline.domain.proposal import (
    AdoptRule,
    EditPlan,
    EditPost,
    Payload,
    Proposal,
    ProposalKind,
    ProposalState,
    ReschedulePost,
)
from marketing_pipeline.workplace.asked import Settled
from marketing_pipeline_tests.cli.office import BRAND, FIRST, Office, state_of
from marketing_pipeline_tests.workplace.people_at_work import (
    APPROVER,
    EDITOR,
)

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
