"""Claims of ad changes: revocations around them, and what they reserve of the day."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.store.ad_effect_rows import reserved_on
from marketing_pipeline.store.tables import effects
from marketing_pipeline_tests.execution.ad_desk import CUSTOMER, POUND, AdDesk


def test_a_claim_that_came_to_nothing_gives_its_reservation_back(ad_desk: AdDesk) -> None:
    change = ad_desk.approved()
    policy = ad_desk.brand.policies.ads
    assert policy is not None
    taken = ad_desk.ledger.claim(
        ad_desk.effect(change).id, "a", timedelta(minutes=10), caps=policy.caps, zone=ZoneInfo("UTC")
    )
    with ad_desk.database.read() as connection:
        assert reserved_on(connection, CUSTOMER, ad_desk.clock.now().date()) == (1, 4 * POUND)
    ad_desk.ledger.move(taken, EffectState.QUEUED, reason="nothing happened")
    with ad_desk.database.read() as connection:
        assert reserved_on(connection, CUSTOMER, ad_desk.clock.now().date()) == (0, 0)
        assert connection.scalar(select(effects.c.state)) == "queued"
