"""The gate of ad changes: who may decide, what a sequence of decisions comes to, and who wins a race."""

import threading
from datetime import timedelta
from itertools import count, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_effect_rows import list_ad_effects, reserved_on
from marketing_pipeline.store.ad_ledger import CapReached, NotClaimable
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.store.tables import ad_changes, approvals, audit_log, effects
from marketing_pipeline_tests.execution.ad_desk import CUSTOMER, POUND, AdDesk, MemoryAds, ad_brand, budget_change

_A, _S = AdChangeState, ApprovalState
TEAM = {"mode": "team", "approvers": ["ann", "ben", "cem"], "quorum": 2, "quorum_above_percent": 15}


@pytest.fixture
def ads(clock: SteppedClock) -> MemoryAds:
    return MemoryAds(clock)


@pytest.fixture
def desk(database: Database, clock: SteppedClock, ads: MemoryAds) -> AdDesk:
    return AdDesk(database, clock, ads)


@pytest.fixture
def team(database: Database, clock: SteppedClock, ads: MemoryAds) -> AdDesk:
    return AdDesk(database, clock, ads, ad_brand(approvals=TEAM))


def queued(desk: AdDesk) -> int:
    with desk.database.read() as connection:
        return len(list_ad_effects(connection, states=(EffectState.QUEUED,)))


_AFTER = {Decision.APPROVE: _S.APPROVED, Decision.REJECT: _S.REJECTED, Decision.REVOKE: _S.REVOKED}
_MIRROR = {_S.APPROVED: _A.APPROVED, _S.REJECTED: _A.REJECTED, _S.REVOKED: _A.AWAITING_APPROVAL}


@pytest.mark.parametrize("sequence", list(product([Decision.APPROVE, Decision.REJECT, Decision.REVOKE], repeat=3)))
def test_of_decisions_in_sequence_the_last_that_applies_wins(desk: AdDesk, sequence: tuple[Decision, ...]) -> None:
    change, stands = desk.propose(), _S.PENDING
    for decision in sequence:
        try:
            desk.decide(change, decision)
        except RefusedTransition:
            assert stands is _AFTER[decision] or (decision is Decision.REVOKE and stands is not _S.APPROVED)
        else:
            stands = _AFTER[decision]
        assert desk.state_of(change) is stands
        assert desk.change(change.id).state is _MIRROR.get(stands, _A.AWAITING_APPROVAL)
        assert queued(desk) == (stands is _S.APPROVED)


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
def test_solo_decides_in_dagster_unless_switched_off(desk: AdDesk, in_dagster: bool) -> None:
    desk.brand = ad_brand(approvals={"in_dagster": in_dagster})
    change = desk.propose()
    if in_dagster:
        assert desk.approve(change, source="dagster").state is _S.APPROVED
        desk.brand = ad_brand(approvals={"in_dagster": False})
        assert desk.state_of(change) is _S.PENDING
    else:
        with pytest.raises(Unauthorized):
            desk.approve(change, source="dagster")


def test_policy_passes_what_it_names_with_a_row_of_its_own(desk: AdDesk, ads: MemoryAds) -> None:
    desk.brand = ad_brand(by_itself=["pause_ad"])
    ad = f"customers/{CUSTOMER}/adGroupAds/7~8"
    ads.values[ad] = "ENABLED"
    pause = budget_change(
        change_kind=AdChangeKind.PAUSE_AD, resource=ad, field="status", before="ENABLED", after="PAUSED"
    )
    change = desk.propose(pause)
    assert change.state is _A.APPROVED
    with desk.database.read() as connection:
        [row] = connection.execute(select(approvals).where(approvals.c.decision == "approve")).all()
    assert row.actor.startswith("policy:") and row.fingerprint == change.fingerprint
    desk.executor().apply(change.id)
    assert ads.values[ad] == "PAUSED"


def test_policy_s_word_counts_no_more_once_policy_asks_for_a_person(desk: AdDesk, ads: MemoryAds) -> None:
    desk.brand = ad_brand(by_itself=["pause_ad"])
    ad = f"customers/{CUSTOMER}/adGroupAds/7~8"
    ads.values[ad] = "ENABLED"
    change = desk.propose(
        budget_change(change_kind=AdChangeKind.PAUSE_AD, resource=ad, field="status", before="ENABLED", after="PAUSED")
    )
    desk.brand = ad_brand()
    with pytest.raises(Unauthorized):
        desk.executor().apply(change.id)
    assert ads.calls == []


def test_of_two_opposite_decisions_at_once_one_wins_and_both_are_audited(desk: AdDesk) -> None:
    change, together, lost = desk.propose(), threading.Barrier(2), list[StaleDecision]()

    def decide(decision: Decision, actor: str) -> None:
        together.wait()
        try:
            desk.decide(change, decision, actor, saw=_S.PENDING)
        except StaleDecision as stale:
            lost.append(stale)

    threads = [
        threading.Thread(target=decide, args=pair) for pair in ((Decision.APPROVE, "ann"), (Decision.REJECT, "ben"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 1
    with desk.database.read() as connection:
        told = connection.scalars(
            select(audit_log.c.action).where(audit_log.c.subject == desk.request_of(change), audit_log.c.sequence > 0)
        ).all()
    assert len([act for act in told if act in ("approval.approved", "approval.rejected")]) == 1
    assert told.count("approval.decision_lost") == 1


@pytest.mark.parametrize("reject_first", [True, False])
def test_a_reopened_change_must_not_meet_a_newer_one(desk: AdDesk, reject_first: bool) -> None:
    change = desk.propose()
    desk.decide(change, Decision.REJECT)
    desk.clock.sleep(60)
    newer = desk.propose(budget_change(20 * POUND, 23 * POUND))
    if reject_first:
        desk.decide(newer, Decision.REJECT)
        assert desk.approve(change).state is _S.APPROVED
    else:
        with pytest.raises(RefusedTransition, match="another value"):
            desk.approve(change)


def _forged_approval(desk: AdDesk, request: str) -> None:
    with desk.database.write() as connection:
        [row] = connection.execute(select(approvals).where(approvals.c.id == request)).mappings().all()
        connection.execute(insert(approvals).values({**row, "sequence": 2, "decision": "approve", "actor": "ann"}))


def test_rows_written_into_the_database_apply_nothing(desk: AdDesk, ads: MemoryAds) -> None:
    """A forged approval, a forged state and a forged effect, alone and together."""
    change = desk.propose()
    _forged_approval(desk, desk.request_of(change))
    with pytest.raises(Unauthorized):
        desk.decide(change, Decision.REJECT)
    with desk.database.write() as connection:
        connection.execute(update(ad_changes).values(state="approved"))
        desk.ledger.enqueue_within(connection, change, desk.request_of(change), "forger")
    with pytest.raises(Unauthorized):
        desk.executor().apply(change.id)
    assert ads.calls == []


def test_a_second_effect_under_a_used_approval_applies_nothing(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    desk.executor().apply(change.id)
    ads.somebody_sets(change.payload.resource, change.payload.before)
    with desk.database.write() as connection:
        desk.ledger.enqueue_within(connection, change, desk.request_of(change), "forger")
    with pytest.raises(Unauthorized, match="used"):
        desk.executor().apply(change.id)
    assert len(ads.applied) == 1


def test_an_approval_of_another_change_does_not_count(desk: AdDesk, ads: MemoryAds) -> None:
    small = desk.approved(budget_change(20 * POUND, 21 * POUND))
    large = desk.propose(budget_change(20 * POUND, 29 * POUND, resource=f"customers/{CUSTOMER}/campaignBudgets/8"))
    with desk.database.write() as connection:
        connection.execute(
            update(ad_changes).where(ad_changes.c.id == large.id).values(state="approved", approval=small.approval)
        )
        assert small.approval is not None
        desk.ledger.enqueue_within(connection, large, small.approval, "forger")
    with pytest.raises(Unauthorized):
        desk.executor().apply(large.id)
    assert ads.calls == []


def _revoked_at_step(desk: AdDesk, change: AdChange, at: int) -> bool | None:
    """Apply a change and revoke it at that step; whether it was told that it came too late, None if never reached."""
    steps, late = count(), list[bool]()

    def revoke(_: Step) -> None:
        if next(steps) != at:
            return
        try:
            late.append(desk.decide(change, Decision.REVOKE).too_late)
        except RefusedTransition:
            late.append(True)  # used already: the person is told by the refusal

    desk.executor(on_step=revoke).apply(change.id)
    return late[0] if late else None


def test_two_hundred_revocations_around_the_claim(desk: AdDesk, ads: MemoryAds) -> None:
    """Before the attempt: nothing is applied. After it: recorded as too late. Nothing between."""
    desk.brand = ad_brand({"changes_per_day": 200, "raise_per_day": 10_000}, cool_down_days=0)
    outcomes: list[tuple[bool, bool]] = []
    for number in range(200):
        resource = f"customers/{CUSTOMER}/campaignBudgets/{number + 100}"
        ads.values[resource] = str(20 * POUND)
        change = desk.approved(budget_change(resource=resource))
        late = _revoked_at_step(desk, change, number % 8)
        if late is not None:
            outcomes.append((any(name == resource for name, _ in ads.applied), late))
    assert all(applied == too_late for applied, too_late in outcomes)
    assert {True, False} == {applied for applied, _ in outcomes}
    assert len(outcomes) >= 150


def test_fifty_claims_at_once_never_pass_the_cap_of_the_day(desk: AdDesk) -> None:
    """Each raises by four pounds; thirty pounds leave room for seven. Those claimed stay reserved, parked."""
    brand = ad_brand({"raise_per_day": 30, "changes_per_day": 200})
    changes = [
        desk.approved(budget_change(resource=f"customers/{CUSTOMER}/campaignBudgets/{number}"))
        for number in range(1, 51)
    ]
    ids, sums, refused = [desk.effect(change).id for change in changes], list[int](), list[CapReached]()
    policy, zone = brand.policies.ads, ZoneInfo("Europe/London")
    assert policy is not None

    def claim(effect: Any) -> None:
        for _ in range(400):
            try:
                taken = desk.ledger.claim(effect, "racer", timedelta(minutes=10), caps=policy.caps, zone=zone)
            except NotClaimable:
                threading.Event().wait(0.002)
                continue
            except CapReached as full:
                refused.append(full)
                return
            with desk.database.read() as connection:
                sums.append(reserved_on(connection, CUSTOMER, desk.clock.now().date())[1])
            unknown = desk.ledger.move(taken, EffectState.UNKNOWN, reason="test")
            desk.ledger.move(unknown, EffectState.PARKED, reason="test")
            return

    threads = [threading.Thread(target=claim, args=(effect,)) for effect in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sums) == 7 and len(refused) == 43
    assert max(sums) <= 30 * POUND
    with desk.database.read() as connection:
        assert reserved_on(connection, CUSTOMER, desk.clock.now().date()) == (7, 28 * POUND)


def test_a_claim_that_came_to_nothing_gives_its_reservation_back(desk: AdDesk) -> None:
    change = desk.approved()
    policy = desk.brand.policies.ads
    assert policy is not None
    taken = desk.ledger.claim(
        desk.effect(change).id, "a", timedelta(minutes=10), caps=policy.caps, zone=ZoneInfo("UTC")
    )
    with desk.database.read() as connection:
        assert reserved_on(connection, CUSTOMER, desk.clock.now().date()) == (1, 4 * POUND)
    desk.ledger.move(taken, EffectState.QUEUED, reason="nothing happened")
    with desk.database.read() as connection:
        assert reserved_on(connection, CUSTOMER, desk.clock.now().date()) == (0, 0)
        assert connection.scalar(select(effects.c.state)) == "queued"
