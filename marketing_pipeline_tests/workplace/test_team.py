"""Deciding in a brand's team mode: known users alone, by their present role, and never about their own proposal."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import NotAllowed, Permission, Person, Role
from marketing_pipeline.domain.proposal import ProposalKind, ReschedulePost
from marketing_pipeline.workplace.asked import Settled
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.conftest import brands, office, run
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, Office, state_of, write_brand
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds, ad_brand
from marketing_pipeline_tests.workplace.people_at_work import told

__all__ = ["brands", "office", "run"]

TEAM: dict[str, Any] = {"mode": "team", "approvers": ["ann", "bob"]}
OPERATOR = Person(name="ana", role=Role.ADMIN, source="cli")
PENDING = ApprovalState.PENDING
CALMER = "Good leaf takes its time, and so does everybody at this table."


def person(name: str, **changes: Any) -> Person:
    """Who says to be an administrator, whatever the users' table says."""
    return OPERATOR.model_copy(update={"name": name, **changes})


@contextmanager
def team_of_another(brands: Path) -> Generator[BrandId]:
    """A brand that is there for as long as somebody is let in to see it."""
    file = brands / "bakery" / "brand.yaml"
    file.parent.mkdir()
    file.touch()
    yield BrandId("bakery")
    file.unlink()
    file.parent.rmdir()


@pytest.fixture
def team(office: Office, brands: Path) -> Office:
    """The tea room decided by a team: ann and bob may, eve and vic may not, dan is disabled, sam sees another brand."""
    brand = ad_brand(approvals=TEAM)
    policies = brand.policies.model_dump(mode="json")
    write_brand(brands, channels=brand.channels.model_dump(mode="json"), policies=policies)
    people = office.work.people
    for name, role in (("ann", Role.APPROVER), ("bob", Role.ADMIN), ("eve", Role.EDITOR), ("vic", Role.VIEWER)):
        people.add(OPERATOR, name, role)
    people.add(OPERATOR, "dan", Role.APPROVER)
    people.disable(OPERATOR, "dan")
    with team_of_another(brands) as bakery:
        people.add(OPERATOR, "sam", Role.APPROVER, brands=[bakery])
    return office


def decide(team: Office, who: Person, request: str = REQUEST, decision: Decision = Decision.APPROVE) -> Settled:
    """Decide about what stands there now."""
    asked = team.work.gate.asked(OPERATOR, request)
    return team.work.gate.decide(who, request, decision, note="seen", saw=asked.state, fingerprint=asked.fingerprint)


def moved(team: Office, who: Person) -> str:
    """A move of the first post, as that person proposes it."""
    payload = ReschedulePost(post=FIRST, to=team.post().scheduled_at + timedelta(hours=26))
    kind = ProposalKind.RESCHEDULE_POST
    desk = team.work.proposals
    return desk.propose(who, kind, FIRST, payload, reason="it fits better", proposed_by="orchestrator").id


REFUSED = [
    ("ana", "is no user here", "users add ana --role approver --brand tea_room"),
    ("dan", "is disabled here", "users enable dan"),
    ("eve", "is editor and may not decide", "users change eve --role approver"),
    ("vic", "is viewer and may not decide", "users change vic --role approver"),
    ("sam", "may not see the brand", "administrator"),
]


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT, Decision.REVOKE])
@pytest.mark.parametrize(("name", "why", "way"), REFUSED, ids=[row[0] for row in REFUSED])
def test_who_is_no_approver_of_the_team_decides_about_no_post(
    team: Office, name: str, why: str, way: str, decision: Decision
) -> None:
    team.awaiting()
    with pytest.raises(NotAllowed, match=why) as refusal:
        decide(team, person(name), decision=decision)
    assert way in refusal.value.mend
    assert state_of(team) is PENDING


@pytest.mark.parametrize(("name", "why", "way"), REFUSED, ids=[row[0] for row in REFUSED])
def test_nor_about_a_proposal_or_an_ad_change(team: Office, name: str, why: str, way: str) -> None:
    team.queued()
    desk = AdDesk(team.work.database, team.work.clock, MemoryAds(team.work.clock), ad_brand(approvals=TEAM))
    desk.plane = team.work.plane
    desk.ledger, desk.decisions = desk.plane.ad_ledger, desk.plane.ad_decisions
    for request in (moved(team, person("eve")), desk.request_of(desk.propose())):
        with pytest.raises(NotAllowed, match=why):
            decide(team, person(name), request)
        assert state_of(team, request) is PENDING


def test_a_token_narrower_than_its_user_does_not_decide(team: Office) -> None:
    team.awaiting()
    with pytest.raises(NotAllowed):
        decide(team, person("ann", source="api", permissions=frozenset({Permission.READ, Permission.EDIT})))
    assert state_of(team) is PENDING


def test_a_known_user_decides_under_their_own_name(team: Office) -> None:
    team.awaiting()
    assert decide(team, person("Ann")).said.startswith("Approved by ann.")
    assert told(team, "approval.approved")[-1] == ("approval.approved", "ann", REQUEST)


@pytest.mark.parametrize("proposer", ["ann", "Ann"])
def test_nobody_approves_their_own_proposal(team: Office, proposer: str) -> None:
    effect = team.queued()
    request = moved(team, person(proposer))
    with pytest.raises(NotAllowed, match="ann proposed it and may not approve it"):
        decide(team, person("ann"), request)
    assert state_of(team, request) is PENDING and team.effect().due_at == effect.due_at
    decide(team, person("bob"), request)
    assert team.effect().due_at == effect.due_at + timedelta(hours=26)


def test_everybody_may_reject_their_own_proposal(team: Office) -> None:
    team.queued()
    request = moved(team, person("ann"))
    decide(team, person("ann"), request, Decision.REJECT)
    assert state_of(team, request) is ApprovalState.REJECTED


def test_who_wrote_a_posts_words_does_not_let_them_out(team: Office) -> None:
    team.awaiting()
    team.work.post_desk.edit(person("ann"), FIRST, note="calmer", caption=CALMER)
    request = team.newest_effect().approval
    assert request is not None and state_of(team, request) is PENDING
    with pytest.raises(NotAllowed, match="ann proposed it"):
        decide(team, person("ann"), request)
    decide(team, person("bob"), request)


def test_an_ad_change_of_ones_own_is_not_approved_under_other_capitals(team: Office) -> None:
    desk = AdDesk(team.work.database, team.work.clock, MemoryAds(team.work.clock), ad_brand(approvals=TEAM))
    change = desk.propose(by="Ann")
    with pytest.raises(Unauthorized, match="may not approve"):
        desk.approve(change, "ann")


def test_who_proposed_cannot_be_written_over(team: Office) -> None:
    from sqlalchemy import text

    team.queued()
    request = moved(team, person("ann"))
    with team.work.database.write() as connection:
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE approvals SET actor = 'eve' WHERE id = :id"), {"id": request})
    with pytest.raises(Unauthorized, match="not written by this system"):
        decide(team, person("ann"), request)


def test_the_command_line_says_how_to_add_who_decides(team: Office, run: Run) -> None:
    team.awaiting()
    refused = run("approvals", "approve", REQUEST)
    assert refused.code == 1
    assert "ana is no user here" in refused.err and "marketing users add ana --role approver" in refused.err
    assert state_of(team) is PENDING
    assert run("users", "add", "ana", "--role", "approver", "--brand", BRAND).code == 0
    assert run("approvals", "approve", REQUEST).code == 0
    assert state_of(team) is ApprovalState.APPROVED


def test_a_broken_brand_file_lets_nobody_in_who_is_no_user(team: Office, brands: Path) -> None:
    team.awaiting()
    write_brand(brands, currency="pounds")
    with pytest.raises(NotAllowed, match="is no user"):
        decide(team, OPERATOR)
    decide(team, person("ann"))


def test_in_solo_mode_nobody_needs_to_be_a_user(office: Office) -> None:
    office.queued()
    request = moved(office, OPERATOR)
    decide(office, OPERATOR, request)
    assert state_of(office, request) is ApprovalState.USED
