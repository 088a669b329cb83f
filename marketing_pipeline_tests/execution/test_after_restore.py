"""Reconciling a restored database with the channels: what is settled, what is parked, what keeps it blocked."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatform
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.execution.after_restore import AfterRestore, Reconciled
from marketing_pipeline.execution.permission import Held, Permission
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.settings import ServiceOff
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.reconciliations import NotReconciled, open_reconciliation
from marketing_pipeline_tests.execution.ad_desk import BUDGET, POUND, AdDesk, MemoryAds
from marketing_pipeline_tests.execution.desk import Desk
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT

WINDOW = ExecutionRules().settle_window


def no_ads(brand: Brand) -> AdPlatform:
    raise NotFound(f"{brand.id} has no ad account.", "None is needed.")


def off(brand: Brand) -> Any:
    raise ServiceOff("instagram is switched off.", "Switch it on.")


def block(desk: Any) -> None:
    """What a restore does last."""
    with desk.database.write() as connection:
        desk.plane.reconciliations.begin(connection, reason="restored from a copy", actor="sam")


def publish_elsewhere(desk: Desk, caption: str) -> str:
    """A post of the account that this database does not know: made after the copy was."""
    client, picture = desk.client(), desk.payload(desk.plane.posts.find()[0].id).media[0]
    url = f"{desk.url}/media/{picture}.jpg"
    container = client.create_image_container(
        ACCOUNT, image_url=url, caption=caption, alt_text="", is_ai_generated=True
    )
    desk.clock.sleep(60)
    client.container_status(container)
    media = client.publish(ACCOUNT, container)
    desk.clock.sleep(120)
    return media


def reconcile(desk: Desk, *, accept: bool = False, after: timedelta = WINDOW, **others: Any) -> Reconciled:
    """One pass, some time later."""
    desk.clock.sleep(after.total_seconds())

    def client(brand: Brand) -> InstagramClient:
        return desk.client()

    parts: dict[str, Any] = {"instagram": client, "ads": no_ads, **others}
    return AfterRestore(desk.plane, desk.brands, **parts).run(actor="sam", accept=accept)


def test_nothing_runs_while_it_is_open(desk: Desk) -> None:
    effect = desk.queued()
    block(desk)
    with pytest.raises(NotReconciled, match="restored from a copy"):
        desk.executor().drain()
    assert desk.plane.ledger.claim_due("worker", timedelta(minutes=1)) is None
    permission = Permission(desk.plane.approvals, desk.plane.holds, desk.plane.ledger.moves, desk.brands)
    with desk.database.read() as connection, pytest.raises(Held, match="channels are compared"):
        permission.require(connection, effect)
    assert desk.calls == 0


def test_what_went_out_meanwhile_is_found_by_its_caption(desk: Desk) -> None:
    effect = desk.queued()
    block(desk)
    media = publish_elsewhere(desk, f"  {effect.payload.caption} ")
    done = reconcile(desk, after=timedelta(0))
    assert done.closed and desk.effect(effect).state is EffectState.SUCCEEDED
    assert desk.post(effect).media_id == media
    desk.executor().drain()
    assert desk.live == 1


def test_what_did_not_go_out_goes_out_after_the_window(desk: Desk) -> None:
    effect = desk.queued()
    block(desk)
    early = reconcile(desk, after=timedelta(minutes=1))
    assert not early.closed and early.accounts[0].waits_until is not None and early.left == (desk.brand.brand_id,)
    assert reconcile(desk).closed
    with desk.database.read() as connection:
        assert open_reconciliation(connection) is None
    desk.executor().drain()
    assert desk.effect(effect).state is EffectState.SUCCEEDED and desk.live == 1


def test_a_post_that_matches_nothing_parks_what_was_due_until_a_person_accepts(desk: Desk) -> None:
    effect = desk.queued()
    block(desk)
    media = publish_elsewhere(desk, "Edited since the copy was made")
    done = reconcile(desk)
    assert not done.closed and done.left == () and done.unknown == 1
    assert done.accounts[0].unknown[0]["media_id"] == media
    assert desk.effect(effect).state is EffectState.PARKED
    accepted = reconcile(desk, accept=True)
    assert accepted.closed
    desk.executor().drain()
    assert desk.live == 1, "what is parked is never sent by itself"


def test_a_post_that_was_not_queued_yet_is_held_when_it_may_be_live(desk: Desk) -> None:
    [post] = desk.designed()
    desk.clock.step_to(desk.plane.posts.get(post).scheduled_at)
    block(desk)
    publish_elsewhere(desk, "Perhaps the one")
    done = reconcile(desk)
    assert [each.now for each in done.accounts[0].settled] == ["held"]
    assert desk.plane.posts.get(post).held


def test_two_effects_of_one_caption_are_never_guessed(desk: Desk) -> None:
    first, second = desk.designed(posts=2)
    words = {"account_id": ACCOUNT, "caption": "The same words"}
    due = desk.clock.now() + timedelta(hours=1)
    effects = [
        desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post).model_copy(update=words), due_at=due)
        for post in (first, second)
    ]
    desk.clock.step_to(due)
    block(desk)
    publish_elsewhere(desk, "The same words")
    reconcile(desk)
    assert {desk.effect(effect).state for effect in effects} == {EffectState.PARKED}


def test_an_account_that_cannot_be_read_keeps_it_blocked(desk: Desk) -> None:
    desk.queued()
    block(desk)
    desk.order({"name": "error", "operation": "list_media", "code": 190, "subcode": None, "times": 9})
    done = reconcile(desk, accept=True)
    assert not done.closed and done.accounts[0].problem


def test_a_channel_that_is_off_is_no_obstacle_where_nothing_waits_for_it(desk: Desk) -> None:
    desk.designed()
    block(desk)
    assert reconcile(desk, instagram=off).closed


def test_a_channel_that_is_off_keeps_it_blocked_where_something_waits(desk: Desk) -> None:
    desk.queued()
    block(desk)
    assert not reconcile(desk, instagram=off).closed


def blocked_ads(desk: AdDesk) -> AdChange:
    """An approved change of twenty to twenty-four pounds, with effects blocked."""
    change = desk.approved()
    block(desk)
    return change


def compare_ads(desk: AdDesk, after: timedelta = WINDOW) -> Reconciled:
    desk.clock.sleep(after.total_seconds())
    brands = {desk.brand.brand_id: desk.brand}
    comparing = AfterRestore(desk.plane, brands, instagram=off, ads=lambda _: desk.platform)
    return comparing.run(actor="sam")


@pytest.mark.parametrize(
    ("live", "state"),
    [(20, EffectState.QUEUED), (24, EffectState.SUCCEEDED), (30, EffectState.PARKED)],
    ids=["not made", "made", "neither"],
)
def test_ad_changes_are_settled_by_the_live_value(
    ad_desk: AdDesk, memory_ads: MemoryAds, live: int, state: EffectState
) -> None:
    change = blocked_ads(ad_desk)
    memory_ads.values[BUDGET] = str(live * POUND)
    assert compare_ads(ad_desk).closed
    assert ad_desk.effect(change).state is state
    assert memory_ads.applied == []


def test_an_ad_change_that_was_made_and_overwritten_is_known_by_the_history(
    ad_desk: AdDesk, memory_ads: MemoryAds
) -> None:
    change = blocked_ads(ad_desk)
    memory_ads.somebody_sets(BUDGET, str(24 * POUND))
    memory_ads.somebody_sets(BUDGET, str(20 * POUND))
    compare_ads(ad_desk, after=timedelta(0))
    assert ad_desk.effect(change).state is EffectState.SUCCEEDED


def test_an_ad_change_is_not_applied_while_it_is_open(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    change = blocked_ads(ad_desk)
    with pytest.raises(Unauthorized, match="channels are compared"):
        ad_desk.executor().apply(change.id)
    assert memory_ads.calls == []


def test_an_ad_account_that_cannot_be_read_keeps_it_blocked(ad_desk: AdDesk, memory_ads: MemoryAds) -> None:
    blocked_ads(ad_desk)
    memory_ads.failing["events"] = AdFailureClass.RETRY
    done = compare_ads(ad_desk)
    assert not done.closed and done.accounts[1].problem
