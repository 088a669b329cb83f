"""The gate of ad changes: who may decide, what a sequence of decisions comes to, and who wins a race."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes, approvals
from marketing_pipeline_tests.execution.ad_desk import CUSTOMER, POUND, AdDesk, MemoryAds, ad_brand, budget_change

_A, _S = AdChangeState, ApprovalState
TEAM = {"mode": "team", "approvers": ["ann", "ben", "cem"], "quorum": 2, "quorum_above_percent": 15}


@pytest.fixture
def team(database: Database, clock: SteppedClock, memory_ads: MemoryAds) -> AdDesk:
    return AdDesk(database, clock, memory_ads, ad_brand(approvals=TEAM))


def queued(ad_desk: AdDesk) -> int:
    with ad_desk.database.read() as connection:
        return len(list_ad_effects(connection, states=(EffectState.QUEUED,)))


_AFTER = {Decision.APPROVE: _S.APPROVED, Decision.REJECT: _S.REJECTED, Decision.REVOKE: _S.REVOKED}
_MIRROR = {_S.APPROVED: _A.APPROVED, _S.REJECTED: _A.REJECTED, _S.REVOKED: _A.AWAITING_APPROVAL}


@pytest.mark.parametrize("sequence", list(product([Decision.APPROVE, Decision.REJECT, Decision.REVOKE], repeat=3)))
def test_of_decisions_in_sequence_the_last_that_applies_wins(ad_desk: AdDesk, sequence: tuple[Decision, ...]) -> None:
    change, stands = ad_desk.propose(), _S.PENDING
    for decision in sequence:
        try:
            ad_desk.decide(change, decision)
        except RefusedTransition:
            assert stands is _AFTER[decision] or (decision is Decision.REVOKE and stands is not _S.APPROVED)
        else:
            stands = _AFTER[decision]
        assert ad_desk.state_of(change) is stands
        assert ad_desk.change(change.id).state is _MIRROR.get(stands, _A.AWAITING_APPROVAL)
        assert queued(ad_desk) == (stands is _S.APPROVED)


def test_a_quorum_needs_different_people(team: AdDesk) -> None:
    change = team.propose()
    assert team.approve(change, "ann").state is _S.PENDING
    assert team.change(change.id).state is _A.AWAITING_APPROVAL
    assert queued(team) == 0
    with pytest.raises(RefusedTransition, match="approved it already"):
        team.approve(change, "ann")
    assert team.approve(change, "ben").state is _S.APPROVED
    assert queued(team) == 1


def test_a_small_change_needs_one(team: AdDesk) -> None:
    change = team.propose(budget_change(20 * POUND, 21 * POUND))
    assert team.approve(change, "ann").state is _S.APPROVED


def test_a_rejection_between_two_approvals_starts_the_quorum_anew(team: AdDesk) -> None:
    change = team.propose()
    team.approve(change, "ann")
    team.decide(change, Decision.REJECT, "cem")
    assert team.approve(change, "ben").state is _S.PENDING
    assert team.approve(change, "ann").state is _S.APPROVED


def test_each_approval_of_a_quorum_lives_its_own_time(team: AdDesk) -> None:
    team.brand = ad_brand(approvals={**TEAM, "hours": 10})
    change = team.propose()
    team.approve(change, "ann")
    team.clock.sleep(11 * 3600)
    assert team.state_of(change) is _S.EXPIRED
    assert team.approve(change, "ben").state is not _S.APPROVED
    assert queued(team) == 0


@pytest.mark.parametrize(
    ("actor", "others", "refusal"),
    [
        ("eve", {}, "no approver"),
        ("analyst", {}, "no approver"),
        ("policy:0123456789ab", {}, "no approver"),
        ("ann", {"source": "dagster"}, "not decided in Dagster"),
        ("ann", {"fingerprint": Sha256("0" * 64)}, "not what you saw"),
        ("ann", {"saw": _S.APPROVED}, "not what you saw"),
    ],
)
def test_who_may_not_decide_is_refused(team: AdDesk, actor: str, others: dict[str, Any], refusal: str) -> None:
    change = team.propose()
    with pytest.raises(MarketingError, match=refusal):
        team.approve(change, actor, **others)
    assert team.state_of(change) is _S.PENDING
    assert queued(team) == 0


def test_nobody_approves_their_own_proposal_in_a_team(team: AdDesk) -> None:
    change = team.propose()
    with team.database.write() as connection:
        team.ledger.move_change(connection, change.id, _A.DRIFTED, reason="test", actor="test")
    mine = team.propose(budget_change(20 * POUND, 23 * POUND))
    with team.database.write() as connection:
        connection.execute(update(ad_changes).where(ad_changes.c.id == mine.id).values(approval=None))
        request = team.plane.approvals.request(
            connection,
            kind="apply_ad_change",
            subject=mine.id,
            brand=team.brand.brand_id,
            fingerprint=mine.fingerprint,
            expires_at=mine.expires_at,
            actor="ann",
            why="mine",
        )
        connection.execute(update(ad_changes).where(ad_changes.c.id == mine.id).values(approval=request))
    with pytest.raises(Unauthorized, match="may not approve it"):
        team.approve(mine, "ann")


@pytest.mark.parametrize("in_dagster", [True, False])
def test_solo_decides_in_dagster_unless_switched_off(ad_desk: AdDesk, in_dagster: bool) -> None:
    ad_desk.brand = ad_brand(approvals={"in_dagster": in_dagster})
    change = ad_desk.propose()
    if in_dagster:
        assert ad_desk.approve(change, source="dagster").state is _S.APPROVED
        ad_desk.brand = ad_brand(approvals={"in_dagster": False})
        assert ad_desk.state_of(change) is _S.PENDING
    else:
        with pytest.raises(Unauthorized):
            ad_desk.approve(change, source="dagster")


def test_policy_passes_what_it_names_with_a_row_of_its_own(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.brand = ad_brand(by_itself=["pause_ad"])
    ad = f"customers/{CUSTOMER}/adGroupAds/7~8"
    memory_ads.values[ad] = "ENABLED"
    pause = budget_change(
        change_kind=AdChangeKind.PAUSE_AD, resource=ad, field="status", before="ENABLED", after="PAUSED"
    )
    change = ad_desk.propose(pause)
    assert change.state is _A.APPROVED
    with ad_desk.database.read() as connection:
        [row] = connection.execute(select(approvals).where(approvals.c.decision == "approve")).all()
    assert row.actor.startswith("policy:") and row.fingerprint == change.fingerprint
    ad_desk.executor().apply(change.id)
    assert memory_ads.values[ad] == "PAUSED"


def test_policy_s_word_counts_no_more_once_policy_asks_for_a_person(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.brand = ad_brand(by_itself=["pause_ad"])
    ad = f"customers/{CUSTOMER}/adGroupAds/7~8"
    memory_ads.values[ad] = "ENABLED"
    change = ad_desk.propose(
        budget_change(change_kind=AdChangeKind.PAUSE_AD, resource=ad, field="status", before="ENABLED", after="PAUSED")
    )
    ad_desk.brand = ad_brand()
    with pytest.raises(Unauthorized):
        ad_desk.executor().apply(change.id)
    assert memory_ads.calls == []


@pytest.mark.parametrize("reject_first", [True, False])
def test_a_reopened_change_must_not_meet_a_newer_one(ad_desk: AdDesk, reject_first: bool) -> None:
    change = ad_desk.propose()
    ad_desk.decide(change, Decision.REJECT)
    ad_desk.clock.sleep(60)
    newer = ad_desk.propose(budget_change(20 * POUND, 23 * POUND))
    if reject_first:
        ad_desk.decide(newer, Decision.REJECT)
        assert ad_desk.approve(change).state is _S.APPROVED
    else:
        with pytest.raises(RefusedTransition, match="another value"):
            ad_desk.approve(change)
