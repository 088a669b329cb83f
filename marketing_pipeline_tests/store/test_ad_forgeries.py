"""Rows that somebody wrote into the database: they apply nothing."""

import pytest

from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds


def test_a_second_effect_under_a_used_approval_applies_nothing(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = ad_desk.approved()
    ad_desk.executor().apply(change.id)
    memory_ads.somebody_sets(change.payload.resource, change.payload.before)
    with ad_desk.database.write() as connection:
        ad_desk.ledger.enqueue_within(connection, change, ad_desk.request_of(change), "forger")
    with pytest.raises(Unauthorized, match="used"):
        ad_desk.executor().apply(change.id)
    assert len(memory_ads.applied) == 1
