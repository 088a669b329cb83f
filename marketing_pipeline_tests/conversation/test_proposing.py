"""What is proposed in a conversation, decided at the gate by somebody else, and seen done."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.conversation import ToolOutcome
from marketing_pipeline.domain.proposal import Proposal, ProposalKind, ProposalState, RuleState
from marketing_pipeline_tests.cli.office import FIRST, SECOND, Office
from marketing_pipeline_tests.conversation.chatting import ANA, heard, said, tools
from marketing_pipeline_tests.conversation.test_tools import used
from marketing_pipeline_tests.workplace.people_at_work import APPROVER

REASON = "Ana asked for it in the chat"
CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."


def proposed(office: Office, tool: str, **arguments: Any) -> Proposal:
    """The one proposal that a tool makes; nothing has been done yet."""
    answer = used(office, tool, reason=REASON, **arguments)
    assert answer.outcome is ToolOutcome.OK, answer.told
    [found] = office.work.proposals.list(ANA, state=ProposalState.AWAITING_APPROVAL)
    assert f"/approvals/{found.id}" in answer.told
    return found


def approve(office: Office, proposal: Proposal) -> None:
    """Let it be done, as bob."""
    settled = office.work.gate.decide(
        APPROVER, proposal.id, Decision.APPROVE, note="", saw=ApprovalState.PENDING, fingerprint=proposal.fingerprint
    )
    assert settled.state is ApprovalState.USED
    assert office.work.plane.proposals.get(proposal.id).state is ProposalState.DONE


def test_other_words(office: Office) -> None:
    office.queued()
    before = office.newest_effect()
    found = proposed(office, "propose_edit", post=FIRST, caption=CAPTION, hashtags=["#tearoom", "#pot"])
    assert (found.kind, found.subject, found.proposed_by) == (ProposalKind.EDIT_POST, FIRST, "orchestrator")
    assert office.newest_effect() == before
    approve(office, found)
    assert office.newest_effect().payload.caption == f"{CAPTION}\n\n#tearoom #pot"


def test_another_plan(office: Office) -> None:
    office.planned()
    pillar = office.brand.pillars[1].id
    found = proposed(office, "propose_plan_edit", position=1, topic="A pot for two", pillar=pillar, hook="story")
    assert (found.kind, found.subject) == (ProposalKind.EDIT_PLAN, FIRST)
    assert office.post().topic != "A pot for two"
    approve(office, found)
    assert (office.post().topic, office.post().pillar, office.post().hook) == ("A pot for two", pillar, "story")


def test_a_rule(office: Office) -> None:
    found = proposed(office, "propose_rule", statement="Never open with a question", applies_to="copy")
    assert office.work.teaching.rule(found.subject).state is RuleState.PROPOSED
    approve(office, found)
    assert office.work.teaching.rule(found.subject).state is RuleState.ACCEPTED
    [told] = office.work.brand(office.brand.id).rules
    assert told.statement == "Never open with a question"


def test_a_move_that_was_asked_for_in_words_is_seen_in_the_queue(room: Office) -> None:
    effect = room.queued(SECOND)
    events = heard(room, f"Move {SECOND} to Friday 18:00")
    assert tools(events) == [("propose_reschedule", "ok")], said(events)
    [found] = room.work.proposals.list(ANA)
    approve(room, found)
    at = room.post(SECOND).scheduled_at.astimezone(room.brand.zone)
    assert (at.strftime("%A %H:%M"), at > room.now) == ("Friday 18:00", True)
    assert room.effect(effect.id).due_at == room.post(SECOND).scheduled_at
    assert abs(at - effect.due_at) < timedelta(days=7)


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("propose_edit", {"post": FIRST, "caption": "Cheap tea, as cheap as it gets, for all of you today."}, "cheap"),
        ("propose_edit", {"post": FIRST}, "Nothing would change"),
        ("propose_plan_edit", {"position": 1}, "Nothing would change"),
        ("propose_plan_edit", {"position": 1, "topic": "Another topic"}, "its words are written"),
        ("propose_plan_edit", {"position": 9, "topic": "Another topic"}, "There is no post"),
        ("propose_plan_edit", {"position": 1, "format": "film"}, "format"),
        ("propose_reschedule", {"post": FIRST, "to": "2026-11-01T18:00"}, "has passed"),
        ("propose_reschedule", {"post": FIRST, "to": "0001-01-01T00:00:00+23:59"}, "between the years"),
        ("propose_reschedule", {"post": FIRST, "to": "2999-12-31T18:00"}, "days ahead"),
        ("propose_rule", {"statement": "Never o\u200bpen with a question"}, "does not see"),
    ],
)
def test_what_could_not_be_done_is_not_proposed(office: Office, tool: str, arguments: dict[str, Any], why: str) -> None:
    office.queued()
    refused = used(office, tool, ANA, reason=REASON, **arguments)
    assert refused.outcome is ToolOutcome.REFUSED and why in refused.told, refused.told
    assert office.work.proposals.list(ANA) == ()
