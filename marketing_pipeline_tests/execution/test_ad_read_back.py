"""Ad changes of unknown outcome: read back, never sent blindly, and parked where nothing is proved."""

import pytest

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.apply_ad_change import NothingApproved
from marketing_pipeline.store.ad_ledger import NotClaimable
from marketing_pipeline_tests.execution.ad_desk import (
    BUDGET,
    POUND,
    AdDesk,
    MemoryAds,
)

_A, _E = AdChangeState, EffectState


def test_a_lost_reply_is_read_back_and_never_sent_again(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.losing = True
    assert ad_desk.executor().apply(change.id).state is _E.UNKNOWN
    with pytest.raises((NotClaimable, NothingApproved)):
        ad_desk.executor().apply(change.id)
    ad_desk.settle()
    assert ad_desk.effect(change).state is _E.SUCCEEDED
    assert ad_desk.change(change.id).state is _A.APPLIED
    assert len(memory_ads.applied) == 1


def test_a_lost_request_is_sent_again_only_after_the_settle_window(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply(change.id)
    memory_ads.failing = {}
    ad_desk.settle(hours=0.2)
    assert ad_desk.effect(change).state is _E.UNKNOWN
    ad_desk.settle(hours=0.5)
    assert ad_desk.effect(change).state is _E.QUEUED
    assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(memory_ads.applied) == 1


def test_a_late_commit_is_found_within_the_settle_window(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply(change.id)
    ad_desk.drain()
    ad_desk.clock.sleep(30)
    memory_ads.somebody_sets(BUDGET, str(24 * POUND))
    ad_desk.settle()
    assert ad_desk.change(change.id).state is _A.APPLIED
    assert memory_ads.applied == []


def test_a_change_that_was_made_and_overwritten_counts_as_made(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.losing = True
    ad_desk.executor().apply(change.id)
    memory_ads.somebody_sets(BUDGET, str(19 * POUND))
    ad_desk.settle()
    assert ad_desk.change(change.id).state is _A.APPLIED
    assert "somebody has changed it since" in ad_desk.effect(change).state_reason


@pytest.mark.parametrize("broken", ["read", "events", "neither value"])
def test_what_cannot_be_proved_is_parked_and_never_sent(ad_desk: AdDesk, memory_ads: MemoryAds, broken: str) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply(change.id)
    if broken == "neither value":
        memory_ads.failing, memory_ads.values[BUDGET] = {}, str(22 * POUND)
    else:
        memory_ads.failing = {broken: AdFailureClass.RETRY}
    ad_desk.settle()
    assert ad_desk.effect(change).state is _E.PARKED
    assert ad_desk.change(change.id).state is _A.PARKED
    with pytest.raises(MarketingError):
        ad_desk.executor().apply(change.id)
    assert memory_ads.applied == []


@pytest.mark.parametrize("done", [True, False])
def test_a_person_settles_what_is_parked(ad_desk: AdDesk, memory_ads: MemoryAds, done: bool) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply(change.id)
    memory_ads.failing = {"read": AdFailureClass.RETRY}
    ad_desk.settle()
    memory_ads.failing = {}
    ad_desk.decisions.resolve(ad_desk.effect(change).id, done=done, actor="ann", note="looked")
    assert ad_desk.change(change.id).state is (_A.APPLIED if done else _A.APPROVED)
    if not done:
        assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED
        assert len(memory_ads.applied) == 1


def test_a_parked_change_that_is_dropped_is_over(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    ad_desk.executor().apply(change.id)
    memory_ads.failing = {"events": AdFailureClass.RETRY}
    ad_desk.settle()
    ad_desk.decisions.drop(ad_desk.effect(change).id, actor="ann", note="no more")
    assert ad_desk.change(change.id).state is _A.REJECTED
