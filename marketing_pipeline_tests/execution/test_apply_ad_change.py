"""Applying ad changes against an account in memory: once, absolutely, after a dry run, and never without permission."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_authorize import SHARED_BY
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.approval import ApprovalState, Unauthorized
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.apply_ad_change import NothingApproved
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_ledger import NotClaimable
from marketing_pipeline.store.ad_reservations import CapReached
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


def test_an_approved_change_is_applied_once_after_a_dry_run(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    done = ad_desk.executor().apply(change.id)
    assert done.state is _E.SUCCEEDED
    assert [name for name, *_ in memory_ads.calls] == ["validate", "apply"]
    assert memory_ads.values[BUDGET] == str(24 * POUND)
    after = ad_desk.change(change.id)
    assert (after.state, after.applied_at) == (_A.APPLIED, ad_desk.clock.now())
    assert ad_desk.state_of(change) is ApprovalState.USED
    with pytest.raises(NothingApproved):
        ad_desk.executor().apply(change.id)
    assert len(memory_ads.applied) == 1


def test_without_an_approval_nothing_is_applied(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.propose()
    with pytest.raises(NothingApproved):
        ad_desk.executor().apply(change.id)
    assert memory_ads.calls == []


def test_a_value_that_is_there_already_needs_no_call(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.values[BUDGET] = str(24 * POUND)
    assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert ad_desk.change(change.id).state is _A.APPLIED
    assert memory_ads.calls == []


@pytest.mark.parametrize("value", [str(21 * POUND), None], ids=["changed by somebody", "removed"])
def test_a_drifted_value_is_refused(ad_desk: AdDesk, memory_ads: MemoryAds, value: str | None) -> None:
    change = ad_desk.approved()
    if value is None:
        del memory_ads.values[BUDGET]
    else:
        memory_ads.values[BUDGET] = value
    assert ad_desk.executor().apply(change.id).state is _E.FAILED
    assert ad_desk.change(change.id).state is _A.DRIFTED
    assert memory_ads.calls == []


def _learning(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    memory_ads.status = "LEARNING_BUDGET_CHANGE"


def _edited_lately(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    memory_ads.somebody_sets(BUDGET, str(20 * POUND))


def _account_full(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    memory_ads.total = 997 * POUND


@pytest.mark.parametrize("obstacle", [_learning, _edited_lately, _account_full])
def test_what_may_pass_later_waits(ad_desk: AdDesk, memory_ads: MemoryAds, obstacle: Any) -> None:
    change = ad_desk.approved()
    obstacle(ad_desk, memory_ads)
    assert ad_desk.executor().apply(change.id).state is _E.RETRY_WAIT
    assert ad_desk.change(change.id).state is _A.APPROVED
    assert memory_ads.calls == []
    with pytest.raises(NotClaimable):
        ad_desk.executor().apply(change.id)


def _shared(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    memory_ads.shared_by = 2


def _other_currency(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    memory_ads.currency = "JPY"


def _stricter_policy(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.brand = ad_brand({"change_percent": 10})


@pytest.mark.parametrize("obstacle", [_shared, _other_currency, _stricter_policy])
def test_what_policy_refuses_ends(ad_desk: AdDesk, memory_ads: MemoryAds, obstacle: Any) -> None:
    change = ad_desk.approved()
    obstacle(ad_desk, memory_ads)
    assert ad_desk.executor().apply(change.id).state is _E.FAILED
    assert ad_desk.change(change.id).state is _A.FAILED
    assert memory_ads.calls == []


@pytest.mark.parametrize("named", [["spring"], ["spring", "spring"], "ab"])
def test_a_shared_budget_needs_every_campaign_named(ad_desk: AdDesk, memory_ads: MemoryAds, named: Any) -> None:
    change = ad_desk.approved(evidence=({SHARED_BY: named},))
    memory_ads.shared_by = 2
    assert ad_desk.executor().apply(change.id).state is _E.FAILED


def test_a_shared_budget_whose_campaigns_are_named_passes(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved(evidence=({SHARED_BY: ["spring", "brand"]},))
    memory_ads.shared_by = 2
    assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED


def test_without_a_policy_nothing_is_applied(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    ad_desk.brand = ad_desk.brand.model_copy(
        update={"policies": ad_desk.brand.policies.model_copy(update={"ads": None})}
    )
    with pytest.raises(Unauthorized, match="no policy"):
        ad_desk.executor().apply(change.id)
    assert memory_ads.calls == []


def test_a_hold_stops_it_until_it_is_lifted(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    with ad_desk.database.write() as connection:
        ad_desk.plane.holds.pause(connection, brand=None, channel="google_ads", actor="ann", note="wait")
    with pytest.raises(Unauthorized, match="Held"):
        ad_desk.executor().apply(change.id)
    with ad_desk.database.write() as connection:
        ad_desk.plane.holds.resume(connection, brand=None, channel="google_ads", actor="ann")
    assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(memory_ads.applied) == 1


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
    ad_desk: AdDesk,
    memory_ads: MemoryAds,
    call: str,
    failure: AdFailureClass,
    effect: EffectState,
    change_state: AdChangeState,
) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {call: failure}
    assert ad_desk.executor().apply(change.id).state is effect
    assert ad_desk.change(change.id).state is change_state
    assert memory_ads.applied == []
    if effect is _E.RETRY_WAIT:
        memory_ads.failing = {}
        ad_desk.clock.sleep(timedelta(hours=4).total_seconds())
        assert ad_desk.executor().apply(change.id).state is _E.SUCCEEDED
        assert len(memory_ads.applied) == 1


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
    ad_desk: AdDesk, memory_ads: MemoryAds, failure: AdFailureClass, effect: EffectState
) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"apply": failure}
    assert ad_desk.executor().apply(change.id).state is effect


def test_an_account_that_cannot_be_read_puts_it_off(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    memory_ads.failing = {"account": AdFailureClass.DEFER}
    with pytest.raises(AdPlatformFailure):
        ad_desk.executor().apply(change.id)
    memory_ads.failing = {}
    with pytest.raises(NotClaimable):
        ad_desk.executor().apply(change.id)


def test_two_changes_of_one_account_never_run_at_once(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    first = ad_desk.approved()
    other = budget_change(resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    memory_ads.values[other.resource] = other.before
    second = ad_desk.approved(other)
    refused: list[str] = []

    def interfere(step: Step) -> None:
        if step is Step.CHECKED:
            with pytest.raises(NotClaimable) as caught:
                ad_desk.executor().apply(second.id)
            refused.append(caught.value.message)

    ad_desk.executor(on_step=interfere).apply(first.id)
    assert len(refused) == 1
    assert ad_desk.executor().apply(second.id).state is _E.SUCCEEDED


def test_a_day_full_of_raises_puts_the_next_off_until_the_account_s_midnight(
    ad_desk: AdDesk, memory_ads: MemoryAds
) -> None:
    ad_desk.brand = ad_brand({"raise_per_day": 6})
    memory_ads.zone = "Pacific/Auckland"
    first = ad_desk.approved()
    other = budget_change(resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    memory_ads.values[other.resource] = other.before
    second = ad_desk.approved(other)
    ad_desk.executor().apply(first.id)
    with pytest.raises(CapReached):
        ad_desk.executor().apply(second.id)
    # Monday 16 November 2026, 09:00 UTC is 22:00 in Auckland: its day ends two hours later.
    assert ad_desk.effect(second).not_before == ad_desk.clock.now() + timedelta(hours=2)
    ad_desk.clock.sleep(7200)
    assert ad_desk.executor().apply(second.id).state is _E.SUCCEEDED


def test_the_number_of_changes_of_a_day_is_capped(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    ad_desk.brand = ad_brand({"changes_per_day": 1})
    ad_desk.executor().apply(ad_desk.approved().id)
    other = budget_change(20 * POUND, 19 * POUND, resource=f"customers/{CUSTOMER}/campaignBudgets/8")
    memory_ads.values[other.resource] = other.before
    with pytest.raises(CapReached):
        ad_desk.executor().apply(ad_desk.approved(other).id)
