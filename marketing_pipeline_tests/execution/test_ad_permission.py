"""What comes between an approval and the call: holds, decisions, expiry and edits. Each stops it."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.ad_authorize import Drifted, LiveAdState
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.approval import Decision, Unauthorized
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.ad_desk import (
    CUSTOMER,
    POUND,
    AdDesk,
    MemoryAds,
)

_A, _E = AdChangeState, EffectState


def test_a_hold_that_comes_between_dry_run_and_call_stops_the_call(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()

    def pause(step: Step) -> None:
        if step is Step.CHECKED:
            with ad_desk.database.write() as connection:
                ad_desk.plane.holds.pause(connection, brand=None, channel=None, actor="ann", note="stop")

    assert ad_desk.executor(on_step=pause).apply(change.id).state is _E.QUEUED
    assert memory_ads.applied == []


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BASELINE_READ, Step.CHECKED])
@pytest.mark.parametrize("decision", [Decision.REVOKE, Decision.REJECT])
def test_a_decision_that_comes_before_the_call_stops_it(
    ad_desk: AdDesk, memory_ads: MemoryAds, step: Step, decision: Decision
) -> None:
    change = ad_desk.approved()

    def interfere(now: Step) -> None:
        if now is step:
            assert not ad_desk.decide(change, decision).too_late

    assert ad_desk.executor(on_step=interfere).apply(change.id).state is _E.CANCELLED
    assert memory_ads.applied == []
    ends = _A.REJECTED if decision is Decision.REJECT else _A.AWAITING_APPROVAL
    assert ad_desk.change(change.id).state is ends


def test_a_decision_after_the_attempt_is_open_is_recorded_as_too_late(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    late: list[bool] = []

    def interfere(now: Step) -> None:
        if now is Step.ATTEMPT_OPENED:
            late.append(ad_desk.decide(change, Decision.REVOKE).too_late)

    assert ad_desk.executor(on_step=interfere).apply(change.id).state is _E.SUCCEEDED
    assert late == [True]
    assert len(memory_ads.applied) == 1


def test_an_approval_that_expires_before_it_is_applied_counts_no_more(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    ad_desk.clock.sleep(timedelta(hours=48).total_seconds())
    with pytest.raises(Unauthorized, match="expired"):
        ad_desk.executor().apply(change.id)
    ad_desk.drain()
    assert ad_desk.change(change.id).state is _A.AWAITING_APPROVAL
    ad_desk.approve(change)
    ad_desk.clock.sleep(timedelta(hours=24).total_seconds())
    ad_desk.drain()
    assert ad_desk.change(change.id).state is _A.EXPIRED
    assert memory_ads.calls == []


@pytest.mark.parametrize("value", [str(21 * POUND), None])
def test_the_lock_itself_refuses_a_moved_account(ad_desk: AdDesk, memory_ads: MemoryAds, value: str | None) -> None:
    """Also when the comparison before it were left out."""
    change = ad_desk.approved()
    live = LiveAdState(account=memory_ads.account(CUSTOMER), value=value)
    with ad_desk.database.read() as connection, pytest.raises(Drifted):
        ad_desk.bench().permission.require(connection, ad_desk.effect(change), live)
