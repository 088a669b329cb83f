"""The rest after a change: Google's history goes back a month, our own record as far as the rest may last."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.ad_effect_rows import ready_ad_effects
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.execution.ad_desk import POUND, AdDesk, MemoryAds, ad_brand, budget_change, negative


@pytest.mark.parametrize(
    ("days", "state"), [(40, EffectState.RETRY_WAIT), (59, EffectState.RETRY_WAIT), (61, EffectState.SUCCEEDED)]
)
def test_our_own_changes_count_beyond_what_the_history_shows(
    database: Database, clock: SteppedClock, days: int, state: EffectState
) -> None:
    ads = MemoryAds(clock)
    desk = AdDesk(database, clock, ads, ad_brand(cool_down_days=60))
    first = desk.approved()
    assert desk.executor().apply(first.id).state is EffectState.SUCCEEDED
    clock.sleep(timedelta(days=days).total_seconds())
    change = desk.approved(budget_change(24 * POUND, 26 * POUND))
    assert ads.recent_change_events(change.payload, clock.now() - ExecutionRules().change_history) == ()
    effect = desk.executor().apply(change.id)
    assert effect.state is state, effect.state_reason


def target_change(ads: MemoryAds) -> ApplyAdChange:
    """A target of the campaign whose negative keywords `negative` adds."""
    campaign = negative("EXACT:x").resource
    ads.values[campaign] = str(2 * POUND)
    kind = AdChangeKind.SET_TARGET_CPA
    return budget_change(2 * POUND, 1 * POUND, change_kind=kind, resource=campaign, field="target_cpa_micros")


def test_negative_keywords_of_a_campaign_do_not_make_each_other_rest_nor_the_campaign(
    ad_desk: AdDesk, memory_ads: MemoryAds
) -> None:
    for change in (negative("EXACT:free posters"), negative("PHRASE:jobs"), target_change(memory_ads)):
        ad_desk.clock.sleep(60)
        effect = ad_desk.executor().apply(ad_desk.approved(change).id)
        assert effect.state is EffectState.SUCCEEDED, effect.state_reason
    assert ad_desk.ledger.changes.last_changed(ad_desk.brand.brand_id, ZoneInfo("UTC")) == {
        change.resource: ad_desk.clock.now().date()
    }


def test_a_negative_keyword_alone_changes_no_campaign_for_the_analysis(ad_desk: AdDesk) -> None:
    assert ad_desk.executor().apply(ad_desk.approved(negative("EXACT:jobs")).id).state is EffectState.SUCCEEDED
    assert ad_desk.ledger.changes.last_changed(ad_desk.brand.brand_id, ZoneInfo("UTC")) == {}


def test_a_negative_keyword_rests_after_a_change_of_its_campaign(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    assert ad_desk.executor().apply(ad_desk.approved(target_change(memory_ads)).id).state is EffectState.SUCCEEDED
    ad_desk.clock.sleep(60)
    assert ad_desk.executor().apply(ad_desk.approved(negative("EXACT:jobs")).id).state is EffectState.RETRY_WAIT


def test_the_same_negative_keyword_rests_after_itself(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    words = negative("EXACT:jobs")
    assert ad_desk.executor().apply(ad_desk.approved(words).id).state is EffectState.SUCCEEDED
    memory_ads.values.clear()
    ad_desk.clock.sleep(60)
    assert ad_desk.executor().apply(ad_desk.approved(words).id).state is EffectState.RETRY_WAIT


@pytest.mark.parametrize(("hours", "tries", "state"), [(72, 1, AdChangeState.EXPIRED), (240, 2, AdChangeState.APPLIED)])
def test_what_rests_is_tried_once_the_rest_is_over_and_never_after_it_expired(
    database: Database, clock: SteppedClock, memory_ads: MemoryAds, hours: int, tries: int, state: AdChangeState
) -> None:
    desk = AdDesk(database, clock, memory_ads, ad_brand(approvals={"hours": 336}))
    assert desk.executor().apply(desk.approved().id).state is EffectState.SUCCEEDED
    clock.sleep(60)
    change = desk.approved(budget_change(24 * POUND, 25 * POUND), hours=hours)
    for _ in range(200):
        with desk.database.read() as connection:
            ready = ready_ad_effects(connection, clock.now())
        for found in ready:
            desk.executor().apply(found.change)
        clock.sleep(3600)
        desk.drain()
    assert (desk.change(change.id).state, desk.effect(change).fence) == (state, tries)
    assert len(memory_ads.applied) == tries


def test_nothing_is_ready_after_it_expired_even_before_it_is_swept(ad_desk: AdDesk) -> None:
    ad_desk.approved(hours=1)
    for seconds, left in ((0, 1), (3599, 1), (1, 0)):
        ad_desk.clock.sleep(seconds)
        with ad_desk.database.read() as connection:
            assert len(ready_ad_effects(connection, ad_desk.clock.now())) == left
