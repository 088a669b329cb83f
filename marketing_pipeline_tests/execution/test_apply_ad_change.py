"""Applying ad changes against an account in memory: once, absolutely, after a dry run, and never without permission."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from marketing_pipeline.domain.ad_authorize import SHARED_BY, Drifted, LiveAdState
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.apply_ad_change import NothingApproved
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_ledger import CapReached, NotClaimable
from marketing_pipeline.store.ad_rollback import propose_rollback
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes, effects
from marketing_pipeline_tests.execution.ad_desk import (
    BUDGET,
    CUSTOMER,
    POUND,
    AdDesk,
    MemoryAds,
    ad_brand,
    budget_change,
)

_A, _E = AdChangeState, EffectState


@pytest.fixture
def ads(clock: SteppedClock) -> MemoryAds:
    return MemoryAds(clock)


@pytest.fixture
def desk(database: Database, clock: SteppedClock, ads: MemoryAds) -> AdDesk:
    return AdDesk(database, clock, ads)


def test_an_approved_change_is_applied_once_after_a_dry_run(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    done = desk.executor().apply(change.id)
    assert done.state is _E.SUCCEEDED
    assert [name for name, *_ in ads.calls] == ["validate", "apply"]
    assert ads.values[BUDGET] == str(24 * POUND)
    after = desk.change(change.id)
    assert (after.state, after.applied_at) == (_A.APPLIED, desk.clock.now())
    assert desk.state_of(change) is ApprovalState.USED
    with pytest.raises(NothingApproved):
        desk.executor().apply(change.id)
    assert len(ads.applied) == 1


def test_without_an_approval_nothing_is_applied(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.propose()
    with pytest.raises(NothingApproved):
        desk.executor().apply(change.id)
    assert ads.calls == []


def test_a_value_that_is_there_already_needs_no_call(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.values[BUDGET] = str(24 * POUND)
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert desk.change(change.id).state is _A.APPLIED
    assert ads.calls == []


@pytest.mark.parametrize("value", [str(21 * POUND), None], ids=["changed by somebody", "removed"])
def test_a_drifted_value_is_refused(desk: AdDesk, ads: MemoryAds, value: str | None) -> None:
    change = desk.approved()
    if value is None:
        del ads.values[BUDGET]
    else:
        ads.values[BUDGET] = value
    assert desk.executor().apply(change.id).state is _E.FAILED
    assert desk.change(change.id).state is _A.DRIFTED
    assert ads.calls == []


def _learning(desk: AdDesk, ads: MemoryAds) -> None:
    ads.status = "LEARNING_BUDGET_CHANGE"


def _edited_lately(desk: AdDesk, ads: MemoryAds) -> None:
    ads.somebody_sets(BUDGET, str(20 * POUND))


def _account_full(desk: AdDesk, ads: MemoryAds) -> None:
    ads.total = 997 * POUND


@pytest.mark.parametrize("obstacle", [_learning, _edited_lately, _account_full])
def test_what_may_pass_later_waits(desk: AdDesk, ads: MemoryAds, obstacle: Any) -> None:
    change = desk.approved()
    obstacle(desk, ads)
    assert desk.executor().apply(change.id).state is _E.RETRY_WAIT
    assert desk.change(change.id).state is _A.APPROVED
    assert ads.calls == []
    with pytest.raises(NotClaimable):
        desk.executor().apply(change.id)


def _shared(desk: AdDesk, ads: MemoryAds) -> None:
    ads.shared_by = 2


def _other_currency(desk: AdDesk, ads: MemoryAds) -> None:
    ads.currency = "JPY"


def _stricter_policy(desk: AdDesk, ads: MemoryAds) -> None:
    desk.brand = ad_brand({"change_percent": 10})


@pytest.mark.parametrize("obstacle", [_shared, _other_currency, _stricter_policy])
def test_what_policy_refuses_ends(desk: AdDesk, ads: MemoryAds, obstacle: Any) -> None:
    change = desk.approved()
    obstacle(desk, ads)
    assert desk.executor().apply(change.id).state is _E.FAILED
    assert desk.change(change.id).state is _A.FAILED
    assert ads.calls == []


@pytest.mark.parametrize("named", [["spring"], ["spring", "spring"], "ab"])
def test_a_shared_budget_needs_every_campaign_named(desk: AdDesk, ads: MemoryAds, named: Any) -> None:
    change = desk.approved(evidence=({SHARED_BY: named},))
    ads.shared_by = 2
    assert desk.executor().apply(change.id).state is _E.FAILED


def test_a_shared_budget_whose_campaigns_are_named_passes(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved(evidence=({SHARED_BY: ["spring", "brand"]},))
    ads.shared_by = 2
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED


def test_without_a_policy_nothing_is_applied(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    desk.brand = desk.brand.model_copy(update={"policies": desk.brand.policies.model_copy(update={"ads": None})})
    with pytest.raises(Unauthorized, match="no policy"):
        desk.executor().apply(change.id)
    assert ads.calls == []


def test_a_hold_stops_it_until_it_is_lifted(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    with desk.database.write() as connection:
        desk.plane.holds.pause(connection, brand=None, channel="google_ads", actor="ann", note="wait")
    with pytest.raises(Unauthorized, match="Held"):
        desk.executor().apply(change.id)
    with desk.database.write() as connection:
        desk.plane.holds.resume(connection, brand=None, channel="google_ads", actor="ann")
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(ads.applied) == 1


def test_a_hold_that_comes_between_dry_run_and_call_stops_the_call(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()

    def pause(step: Step) -> None:
        if step is Step.CHECKED:
            with desk.database.write() as connection:
                desk.plane.holds.pause(connection, brand=None, channel=None, actor="ann", note="stop")

    assert desk.executor(on_step=pause).apply(change.id).state is _E.QUEUED
    assert ads.applied == []


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BASELINE_READ, Step.CHECKED])
@pytest.mark.parametrize("decision", [Decision.REVOKE, Decision.REJECT])
def test_a_decision_that_comes_before_the_call_stops_it(
    desk: AdDesk, ads: MemoryAds, step: Step, decision: Decision
) -> None:
    change = desk.approved()

    def interfere(now: Step) -> None:
        if now is step:
            assert not desk.decide(change, decision).too_late

    assert desk.executor(on_step=interfere).apply(change.id).state is _E.CANCELLED
    assert ads.applied == []
    ends = _A.REJECTED if decision is Decision.REJECT else _A.AWAITING_APPROVAL
    assert desk.change(change.id).state is ends


def test_a_decision_after_the_attempt_is_open_is_recorded_as_too_late(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    late: list[bool] = []

    def interfere(now: Step) -> None:
        if now is Step.ATTEMPT_OPENED:
            late.append(desk.decide(change, Decision.REVOKE).too_late)

    assert desk.executor(on_step=interfere).apply(change.id).state is _E.SUCCEEDED
    assert late == [True]
    assert len(ads.applied) == 1


def test_an_approval_that_expires_before_it_is_applied_counts_no_more(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    desk.clock.sleep(timedelta(hours=48).total_seconds())
    with pytest.raises(Unauthorized, match="expired"):
        desk.executor().apply(change.id)
    desk.drain()
    assert desk.change(change.id).state is _A.AWAITING_APPROVAL
    desk.approve(change)
    desk.clock.sleep(timedelta(hours=24).total_seconds())
    desk.drain()
    assert desk.change(change.id).state is _A.EXPIRED
    assert ads.calls == []


@pytest.mark.parametrize(
    ("failure", "effect", "change_state"),
    [
        (AdFailureClass.REFUSED, _E.FAILED, _A.FAILED),
        (AdFailureClass.RETRY, _E.RETRY_WAIT, _A.APPROVED),
        (AdFailureClass.DEFER, _E.RETRY_WAIT, _A.APPROVED),
        (AdFailureClass.HUMAN, _E.RETRY_WAIT, _A.APPROVED),
        (AdFailureClass.UNKNOWN_OUTCOME, _E.RETRY_WAIT, _A.APPROVED),
    ],
)
@pytest.mark.parametrize("call", ["read", "validate"])
def test_a_failure_before_the_call_means_nothing_was_done(
    desk: AdDesk,
    ads: MemoryAds,
    call: str,
    failure: AdFailureClass,
    effect: EffectState,
    change_state: AdChangeState,
) -> None:
    change = desk.approved()
    ads.failing = {call: failure}
    assert desk.executor().apply(change.id).state is effect
    assert desk.change(change.id).state is change_state
    assert ads.applied == []
    if effect is _E.RETRY_WAIT:
        ads.failing = {}
        desk.clock.sleep(timedelta(hours=4).total_seconds())
        assert desk.executor().apply(change.id).state is _E.SUCCEEDED
        assert len(ads.applied) == 1


@pytest.mark.parametrize(
    ("failure", "effect"),
    [
        (AdFailureClass.REFUSED, _E.FAILED),
        (AdFailureClass.RETRY, _E.RETRY_WAIT),
        (AdFailureClass.DEFER, _E.RETRY_WAIT),
        (AdFailureClass.UNKNOWN_OUTCOME, _E.UNKNOWN),
    ],
)
def test_a_failure_of_the_call_itself(
    desk: AdDesk, ads: MemoryAds, failure: AdFailureClass, effect: EffectState
) -> None:
    change = desk.approved()
    ads.failing = {"apply": failure}
    assert desk.executor().apply(change.id).state is effect


def test_an_account_that_cannot_be_read_puts_it_off(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.failing = {"account": AdFailureClass.DEFER}
    with pytest.raises(AdPlatformFailure):
        desk.executor().apply(change.id)
    ads.failing = {}
    with pytest.raises(NotClaimable):
        desk.executor().apply(change.id)


def test_a_lost_reply_is_read_back_and_never_sent_again(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.losing = True
    assert desk.executor().apply(change.id).state is _E.UNKNOWN
    with pytest.raises((NotClaimable, NothingApproved)):
        desk.executor().apply(change.id)
    desk.settle()
    assert desk.effect(change).state is _E.SUCCEEDED
    assert desk.change(change.id).state is _A.APPLIED
    assert len(ads.applied) == 1


def test_a_lost_request_is_sent_again_only_after_the_settle_window(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.executor().apply(change.id)
    ads.failing = {}
    desk.settle(hours=0.2)
    assert desk.effect(change).state is _E.UNKNOWN
    desk.settle(hours=0.5)
    assert desk.effect(change).state is _E.QUEUED
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(ads.applied) == 1


def test_a_late_commit_is_found_within_the_settle_window(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.executor().apply(change.id)
    desk.drain()
    desk.clock.sleep(30)
    ads.somebody_sets(BUDGET, str(24 * POUND))
    desk.settle()
    assert desk.change(change.id).state is _A.APPLIED
    assert ads.applied == []


def test_a_change_that_was_made_and_overwritten_counts_as_made(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.losing = True
    desk.executor().apply(change.id)
    ads.somebody_sets(BUDGET, str(19 * POUND))
    desk.settle()
    assert desk.change(change.id).state is _A.APPLIED
    assert "somebody has changed it since" in desk.effect(change).state_reason


@pytest.mark.parametrize("broken", ["read", "events", "neither value"])
def test_what_cannot_be_proved_is_parked_and_never_sent(desk: AdDesk, ads: MemoryAds, broken: str) -> None:
    change = desk.approved()
    ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.executor().apply(change.id)
    if broken == "neither value":
        ads.failing, ads.values[BUDGET] = {}, str(22 * POUND)
    else:
        ads.failing = {broken: AdFailureClass.RETRY}
    desk.settle()
    assert desk.effect(change).state is _E.PARKED
    assert desk.change(change.id).state is _A.PARKED
    with pytest.raises(MarketingError):
        desk.executor().apply(change.id)
    assert ads.applied == []


@pytest.mark.parametrize("done", [True, False])
def test_a_person_settles_what_is_parked(desk: AdDesk, ads: MemoryAds, done: bool) -> None:
    change = desk.approved()
    ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.executor().apply(change.id)
    ads.failing = {"read": AdFailureClass.RETRY}
    desk.settle()
    ads.failing = {}
    desk.decisions.resolve(desk.effect(change).id, done=done, actor="ann", note="looked")
    assert desk.change(change.id).state is (_A.APPLIED if done else _A.APPROVED)
    if not done:
        assert desk.executor().apply(change.id).state is _E.SUCCEEDED
        assert len(ads.applied) == 1


def test_a_parked_change_that_is_dropped_is_over(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    ads.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.executor().apply(change.id)
    ads.failing = {"events": AdFailureClass.RETRY}
    desk.settle()
    desk.decisions.drop(desk.effect(change).id, actor="ann", note="no more")
    assert desk.change(change.id).state is _A.REJECTED


def test_two_changes_of_one_account_never_run_at_once(desk: AdDesk, ads: MemoryAds) -> None:
    first = desk.approved()
    other = budget_change(resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    ads.values[other.resource] = other.before
    second = desk.approved(other)
    refused: list[str] = []

    def interfere(step: Step) -> None:
        if step is Step.CHECKED:
            with pytest.raises(NotClaimable) as caught:
                desk.executor().apply(second.id)
            refused.append(caught.value.message)

    desk.executor(on_step=interfere).apply(first.id)
    assert len(refused) == 1
    assert desk.executor().apply(second.id).state is _E.SUCCEEDED


def test_a_day_full_of_raises_puts_the_next_off_until_the_account_s_midnight(desk: AdDesk, ads: MemoryAds) -> None:
    desk.brand = ad_brand({"raise_per_day": 6})
    ads.zone = "Pacific/Auckland"
    first = desk.approved()
    other = budget_change(resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    ads.values[other.resource] = other.before
    second = desk.approved(other)
    desk.executor().apply(first.id)
    with pytest.raises(CapReached):
        desk.executor().apply(second.id)
    # Monday 16 November 2026, 09:00 UTC is 22:00 in Auckland: its day ends two hours later.
    assert desk.effect(second).not_before == desk.clock.now() + timedelta(hours=2)
    desk.clock.sleep(7200)
    assert desk.executor().apply(second.id).state is _E.SUCCEEDED


def test_the_number_of_changes_of_a_day_is_capped(desk: AdDesk, ads: MemoryAds) -> None:
    desk.brand = ad_brand({"changes_per_day": 1})
    desk.executor().apply(desk.approved().id)
    other = budget_change(20 * POUND, 19 * POUND, resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    ads.values[other.resource] = other.before
    with pytest.raises(CapReached):
        desk.executor().apply(desk.approved(other).id)


def test_a_rollback_is_a_new_change_that_a_person_approves(desk: AdDesk, ads: MemoryAds) -> None:
    change = desk.approved()
    desk.executor().apply(change.id)
    ads.status = "LEARNING_BUDGET_CHANGE"
    back = propose_rollback(desk.ledger, desk.decisions, change.id, desk.brand, actor="ann", note="it was worse")
    assert (back.state, back.payload.before, back.payload.after) == (
        _A.AWAITING_APPROVAL,
        change.payload.after,
        change.payload.before,
    )
    again = propose_rollback(desk.ledger, desk.decisions, change.id, desk.brand, actor="ann", note="it was worse")
    assert again.id == back.id
    with pytest.raises(NothingApproved):
        desk.executor().apply(back.id)
    desk.approve(back)
    assert desk.executor().apply(back.id).state is _E.SUCCEEDED
    assert ads.values[BUDGET] == change.payload.before
    assert desk.change(change.id).state is _A.ROLLED_BACK
    assert len(ads.applied) == 2


@pytest.mark.parametrize("field", ["resource", "before", "after", "customer_id", "currency", "change_kind"])
@pytest.mark.parametrize("table", ["effects", "ad_changes", "both"])
def test_an_edited_payload_is_refused(desk: AdDesk, ads: MemoryAds, field: str, table: str) -> None:
    change = desk.approved()
    content = change.payload.model_dump(mode="json")
    content[field] = {
        "resource": f"customers/{CUSTOMER}/campaignBudgets/8",
        "before": str(19 * POUND),
        "after": str(25 * POUND),
        "customer_id": "1234567891",
        "currency": "EUR",
        "change_kind": "set_bid",
    }[field]
    ads.values[content["resource"]] = content["before"]
    with desk.database.write() as connection:
        if table != "ad_changes":
            connection.execute(update(effects).values(payload=content))
        if table != "effects":
            connection.execute(update(ad_changes).values(payload=content))
    with pytest.raises((Unauthorized, ValueError)):
        desk.executor().apply(change.id)
    assert ads.calls == []


@pytest.mark.parametrize("value", [str(21 * POUND), None])
def test_the_lock_itself_refuses_a_moved_account(desk: AdDesk, ads: MemoryAds, value: str | None) -> None:
    """Also when the comparison before it were left out."""
    change = desk.approved()
    live = LiveAdState(account=ads.account(CUSTOMER), value=value)
    with desk.database.read() as connection, pytest.raises(Drifted):
        desk.bench().permission.require(connection, desk.effect(change), live)
