"""Proposals: an identical one is not repeated, a newer one ends the older with its approval and its effect."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.ad_change import (
    AdChangeProposal,
    AdChangeState,
    ApplyAdChange,
    Forecast,
    RiskClass,
)
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_proposals import Recorded
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.execution.ad_desk import POUND, AdDesk, MemoryAds, budget_change, negative

_A, _E = AdChangeState, EffectState


def propose(desk: AdDesk, name: str, payload: ApplyAdChange | None = None) -> Recorded:
    """Record a proposal as the daily analysis does, a minute after the last."""
    desk.clock.sleep(60)
    now = desk.clock.now()
    proposal = AdChangeProposal(
        id=name,
        brand=desk.brand.brand_id,
        week="2026-11-16",
        payload=payload or budget_change(),
        label="Budget of the spring campaign",
        reason="It earns more for each pound than the others.",
        evidence=(),
        forecast=Forecast(metric="conversions", days=14, expected=3, low=1, high=5),
        risk=RiskClass.HIGH,
        proposed_at=now,
        expires_at=now + timedelta(hours=72),
    )
    return desk.plane.ad_proposals.record([proposal], desk.brand)


def requests(ad_desk: AdDesk, state: ApprovalState) -> list[ApprovalRequest]:
    with ad_desk.database.read() as connection:
        return ad_desk.plane.approvals.list_requests(connection, state=state)


def acts(ad_desk: AdDesk, subject: str) -> list[str]:
    with ad_desk.database.read() as connection:
        return list(connection.scalars(select(audit_log.c.action).where(audit_log.c.subject == subject)))


NEWER = budget_change(20 * POUND, 22 * POUND)


def test_a_proposal_asks_at_the_gate_in_the_same_transaction(ad_desk: AdDesk) -> None:
    assert propose(ad_desk, "one").stored == ("one",)
    assert ad_desk.change("one").state is _A.AWAITING_APPROVAL
    [asked] = requests(ad_desk, ApprovalState.PENDING)
    assert (asked.subject, asked.fingerprint) == ("one", ad_desk.change("one").fingerprint)
    assert acts(ad_desk, "one") == ["ad_change.proposed", "ad_change.awaiting_approval"]


def test_an_identical_open_proposal_is_not_repeated(ad_desk: AdDesk) -> None:
    propose(ad_desk, "one")
    assert propose(ad_desk, "two") == Recorded(repeated=("one",))
    assert len(requests(ad_desk, ApprovalState.PENDING)) == 1


def test_a_newer_value_ends_what_waits_for_a_person(ad_desk: AdDesk) -> None:
    propose(ad_desk, "old")
    assert propose(ad_desk, "new", NEWER) == Recorded(stored=("new",), superseded=("old",))
    old = ad_desk.change("old")
    assert (old.state, old.state_reason) == (_A.SUPERSEDED, "replaced by new")
    assert [asked.subject for asked in requests(ad_desk, ApprovalState.PENDING)] == ["new"]
    [withdrawn] = requests(ad_desk, ApprovalState.REJECTED)
    assert (withdrawn.subject, withdrawn.note) == ("old", "withdrawn: replaced by new")


@pytest.mark.parametrize("decision", list(Decision))
def test_nothing_is_decided_about_what_was_replaced(ad_desk: AdDesk, decision: Decision) -> None:
    propose(ad_desk, "old")
    propose(ad_desk, "new", NEWER)
    with pytest.raises(RefusedTransition, match="superseded: replaced by new"):
        ad_desk.decide(ad_desk.change("old"), decision)
    assert ad_desk.change("old").state is _A.SUPERSEDED


def test_approved_as_v1_and_made_again_as_v2_neither_is_executable(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    """Row 16 of the acceptance list."""
    propose(ad_desk, "v1")
    ad_desk.approve(ad_desk.change("v1"))
    assert ad_desk.effect(ad_desk.change("v1")).state is _E.QUEUED
    propose(ad_desk, "v2", NEWER)
    assert ad_desk.effect(ad_desk.change("v1")).state is _E.SUPERSEDED
    for version in ("v1", "v2"):
        with pytest.raises(MarketingError):
            ad_desk.executor().apply(version)
    assert memory_ads.calls == []
    assert requests(ad_desk, ApprovalState.APPROVED) == requests(ad_desk, ApprovalState.USED) == []
    ad_desk.approve(ad_desk.change("v2"))
    assert ad_desk.executor().apply("v2").state is _E.SUCCEEDED
    assert [value for _, value in memory_ads.applied] == [NEWER.after]


def test_a_change_that_waits_for_another_try_is_replaced(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    propose(ad_desk, "old")
    ad_desk.approve(ad_desk.change("old"))
    memory_ads.failing = {"read": AdFailureClass.RETRY}
    assert ad_desk.executor().apply("old").state is _E.RETRY_WAIT
    propose(ad_desk, "new", NEWER)
    assert ad_desk.effect(ad_desk.change("old")).state is _E.SUPERSEDED


@pytest.mark.parametrize("same", [True, False])
def test_what_is_replaced_while_it_is_at_work_does_not_come_back(
    ad_desk: AdDesk, memory_ads: MemoryAds, same: bool
) -> None:
    """It was claimed, so it may be done; but when nothing was done, the newer one stands."""
    propose(ad_desk, "old")
    ad_desk.approve(ad_desk.change("old"))

    def propose_another(step: Step) -> None:
        if step is Step.CLAIMED:
            propose(ad_desk, "new", None if same else NEWER)

    memory_ads.failing = {"validate": AdFailureClass.RETRY}
    ended = ad_desk.executor(on_step=propose_another).apply("old")
    assert ended.state is (_E.RETRY_WAIT if same else _E.SUPERSEDED)
    assert ad_desk.change("old").state is (_A.APPROVED if same else _A.SUPERSEDED)
    assert requests(ad_desk, ApprovalState.APPROVED if same else ApprovalState.PENDING) != []
    if not same:
        assert requests(ad_desk, ApprovalState.APPROVED) == []


def test_a_parked_change_that_was_not_made_gives_way_to_the_newer(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    propose(ad_desk, "old")
    ad_desk.approve(ad_desk.change("old"))
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply("old")
    memory_ads.failing = {"read": AdFailureClass.RETRY}
    ad_desk.settle()
    propose(ad_desk, "new", NEWER)
    assert ad_desk.change("old").state is _A.PARKED
    settled = ad_desk.decisions.resolve(
        ad_desk.effect(ad_desk.change("old")).id, done=False, actor="ann", note="not there"
    )
    assert (settled.state, ad_desk.change("old").state) == (_E.SUPERSEDED, _A.SUPERSEDED)


def test_two_negative_keywords_of_a_campaign_do_not_replace_each_other(ad_desk: AdDesk) -> None:
    propose(ad_desk, "one", negative("PHRASE:jobs"))
    assert propose(ad_desk, "two", negative("PHRASE:clipart")).superseded == ()
    ad_desk.decide(ad_desk.change("one"), Decision.REJECT)
    assert ad_desk.approve(ad_desk.change("one")).state is ApprovalState.APPROVED


def test_a_lapsed_proposal_does_not_stand_in_the_way(ad_desk: AdDesk) -> None:
    propose(ad_desk, "old")
    ad_desk.approve(ad_desk.change("old"))
    ad_desk.clock.sleep(timedelta(hours=73).total_seconds())
    assert propose(ad_desk, "new").stored == ("new",)
    assert (ad_desk.change("old").state, ad_desk.effect(ad_desk.change("old")).state) == (_A.EXPIRED, _E.EXPIRED)


def _expired(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.clock.sleep(timedelta(hours=73).total_seconds())
    ad_desk.drain()


def _drifted(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.approve(ad_desk.change("one"))
    memory_ads.somebody_sets(budget_change().resource, str(21 * POUND))
    ad_desk.executor().apply("one")


def _failed(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.approve(ad_desk.change("one"))
    memory_ads.failing = {"apply": AdFailureClass.REFUSED}
    ad_desk.executor().apply("one")


def _applied(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.approve(ad_desk.change("one"))
    ad_desk.executor().apply("one")


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (_expired, "expired: nobody decided"),
        (_drifted, "drifted: The live value is £21, not the approved £20[.] The"),
        (_failed, "failed: apply failed"),
        (_applied, "applied: applied and read back.*marketing ads rollback"),
    ],
)
def test_what_is_over_is_not_decided_any_more_and_says_why(
    ad_desk: AdDesk, memory_ads: MemoryAds, way: Any, words: str
) -> None:
    propose(ad_desk, "one")
    way(ad_desk, memory_ads)
    made = len(memory_ads.applied)
    for decision in (Decision.APPROVE, Decision.REJECT, Decision.REVOKE):
        with pytest.raises(RefusedTransition, match=f"Ad change one is {words}"):
            ad_desk.decide(ad_desk.change("one"), decision)
    assert len(memory_ads.applied) == made


def test_a_step_that_is_not_drawn_is_refused_and_leaves_no_audit_row(ad_desk: AdDesk) -> None:
    propose(ad_desk, "one")
    before = acts(ad_desk, "one")
    with pytest.raises(RefusedTransition):
        ad_desk.ledger.changes.move("one", _A.APPLIED, reason="no", actor="somebody")
    assert acts(ad_desk, "one") == before
