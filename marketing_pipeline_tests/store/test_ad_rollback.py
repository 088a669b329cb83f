"""Rollback: a new, gated change made from the record of an applied one."""

import pytest

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.apply_ad_change import NothingApproved
from marketing_pipeline.store.ad_rollback import propose_rollback
from marketing_pipeline_tests.execution.ad_desk import (
    BUDGET,
    AdDesk,
    MemoryAds,
)

_A, _E = AdChangeState, EffectState


def test_a_rollback_is_a_new_change_that_a_person_approves(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    ad_desk.executor().apply(change.id)
    memory_ads.status = "LEARNING_BUDGET_CHANGE"
    back = propose_rollback(ad_desk.plane.ad_proposals, change.id, ad_desk.brand, actor="ann", note="it was worse")
    assert (back.state, back.payload.before, back.payload.after) == (
        _A.AWAITING_APPROVAL,
        change.payload.after,
        change.payload.before,
    )
    again = propose_rollback(ad_desk.plane.ad_proposals, change.id, ad_desk.brand, actor="ann", note="it was worse")
    assert again.id == back.id
    with pytest.raises(NothingApproved):
        ad_desk.executor().apply(back.id)
    ad_desk.approve(back)
    assert ad_desk.executor().apply(back.id).state is _E.SUCCEEDED
    assert memory_ads.values[BUDGET] == change.payload.before
    assert ad_desk.change(change.id).state is _A.ROLLED_BACK
    assert len(memory_ads.applied) == 2
