"""`marketing posts choose` and `redesign`, and proposals at `marketing approvals`."""

import os

import pytest

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.proposal import EditPost, Proposal, ProposalKind
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, Office, state_of

CAPTION = "Good leaf takes its time, and a warm pot keeps what it gives."
EVE = Person(name="eve", role=Role.EDITOR, source="console")


def proposed(office: Office) -> Proposal:
    """Other words for the first post, proposed for eve."""
    return office.work.proposals.propose(
        EVE,
        ProposalKind.EDIT_POST,
        FIRST,
        EditPost(post=FIRST, caption=CAPTION),
        reason="it is calmer",
        proposed_by="orchestrator for eve",
    )


def test_another_wording_is_chosen(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "choose", FIRST, f"{FIRST}-r1-v2", "--note", "warmer")
    assert said.code == 0
    assert f"{FIRST} says {FIRST}-r1-v2; it is scheduled" in said.words
    assert office.newest_effect().payload.caption.startswith("Why is the pot warm?")


def test_a_wording_of_nothing_is_refused(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "choose", FIRST, "nothing")
    assert (said.code, "There is no variation nothing" in said.words) == (1, True)


def test_a_picture_is_asked_for_anew(office: Office, run: Run) -> None:
    office.queued()
    said = run("posts", "redesign", FIRST, "--note", "a darker wall", "--yes")
    assert said.code == 0
    assert f"{FIRST} is drafted: a new picture is asked for: a darker wall" in said.words
    assert (office.post().state, office.effect().state) == (PostState.DRAFTED, EffectState.SUPERSEDED)


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("--note", "a darker wall"), 1, "Add --yes"),
        (("--yes",), 2, "Missing option '--note'"),
        (("--note", "", "--yes"), 1, "what shall be other"),
        (("--note", "x" * 2_001, "--yes"), 1, "2,001 characters; at most 2,000"),
    ],
)
def test_a_redesign_is_refused(office: Office, run: Run, words: tuple[str, ...], code: int, reason: str) -> None:
    office.queued()
    before = office.post()
    said = run("posts", "redesign", FIRST, *words)
    assert (said.code, reason in said.words) == (code, True)
    assert office.post() == before


@pytest.mark.parametrize("command", [("posts", "hold", FIRST), ("approvals", "approve", REQUEST)])
@pytest.mark.parametrize("note", ["x" * 2_001, os.fsdecode(b"broken \xff")], ids=["giant", "no UTF-8"])
def test_a_note_that_cannot_be_kept_is_refused(office: Office, run: Run, command: tuple[str, ...], note: str) -> None:
    office.awaiting()
    before = office.post()
    said = run(*command, "--note", note)
    assert said.code == 1 and "The note h" in said.err
    assert (office.post(), state_of(office)) == (before, ApprovalState.PENDING)


@pytest.mark.parametrize("command", [("posts", "show"), ("posts", "hold"), ("approvals", "show")])
def test_an_id_that_is_no_text_is_not_found(office: Office, run: Run, command: tuple[str, ...]) -> None:
    said = run(*command, os.fsdecode(b"\xff"))
    assert (said.code, "There is no such" in said.err) == (1, True)


def test_a_proposal_is_listed_shown_and_carried_out(office: Office, run: Run) -> None:
    office.queued()
    proposal = proposed(office)
    assert proposal.id in run("approvals", "list").out
    assert [request["kind"] for request in run("approvals", "list", "--state", "pending", "--json").json] == [
        "edit_post"
    ]
    shown = run("approvals", "show", proposal.id)
    for words in (f"Change caption of {FIRST}", "What does steam smell of?", CAPTION, "it is calmer", "for eve"):
        assert words in shown.words
    told = run("approvals", "show", proposal.id, "--json").json
    assert (told["kind"], told["payload"]["caption"], told["state"]) == ("edit_post", CAPTION, "pending")
    assert f"marketing approvals show {proposal.id}" in run("status").words
    said = run("approvals", "approve", proposal.id, "--note", "better")
    assert said.code == 0 and "Approved by ana, and done" in said.words
    assert office.newest_effect().payload.caption == f"{CAPTION}\n\n#tearoom"
    assert state_of(office, proposal.id) is ApprovalState.USED


def test_a_proposal_is_refused(office: Office, run: Run) -> None:
    office.queued()
    proposal = proposed(office)
    said = run("approvals", "reject", proposal.id, "--note", "no", "--yes")
    assert said.code == 0 and "This refuses the proposal for good: no" in said.words
    assert office.newest_effect().payload.caption.startswith("What does steam smell of?")
    again = run("approvals", "approve", proposal.id)
    assert again.code == 1 and "is rejected: approve does not apply" in again.words


def test_a_proposal_that_is_overtaken_says_what_moved(office: Office, run: Run) -> None:
    office.queued()
    proposal = proposed(office)
    assert run("posts", "edit", FIRST, "--caption", f"{CAPTION} Slowly.", "--note", "mine").code == 0
    said = run("approvals", "approve", proposal.id)
    assert said.code == 1 and "has changed since this was proposed (caption)" in said.words
