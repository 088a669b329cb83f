"""The kill switch: set at any moment between the claim and the call no call goes out, and lifted all goes on, once."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.hold import Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds
from marketing_pipeline_tests.execution.desk import Desk

BRAND = BrandId("tea_room")
CLAIM_TO_CALL = [
    Step.CLAIMED, Step.CHILD_MADE, Step.CHILD_STORED, Step.CONTAINER_MADE, Step.CONTAINER_STORED, Step.CONTAINER_READY,
    Step.BASELINE_READ,
]  # fmt: skip
"""Every step of a carousel before the attempt is open; from then on the call counts as sent."""
AD_CLAIM_TO_CALL = [Step.CLAIMED, Step.BASELINE_READ, Step.CHECKED]
Scope = tuple[BrandId | None, str | None]
COVERING: list[Callable[[str], Scope]] = [
    lambda _: (None, None),
    lambda _: (BRAND, None),
    lambda channel: (None, channel),
    lambda channel: (BRAND, channel),
]
SCOPES = pytest.mark.parametrize("scope", COVERING, ids=["everything", "brand", "channel", "brand on channel"])


def _pause(plane: Any, scope: Scope) -> Hold:
    with plane.database.write() as connection:
        return plane.holds.pause(connection, brand=scope[0], channel=scope[1], actor="sam", note="stop")


def _resume(plane: Any, scope: Scope) -> int:
    with plane.database.write() as connection:
        return plane.holds.resume(connection, brand=scope[0], channel=scope[1], actor="sam")


@SCOPES
@pytest.mark.parametrize("step", CLAIM_TO_CALL)
def test_a_pause_at_any_step_of_a_post_stops_the_call_and_a_resume_sends_it_once(
    desk: Desk, step: Step, scope: Callable[[str], Scope]
) -> None:
    effect, met = desk.queued(pictures=2), list[Step]()

    def on_step(taken: Step) -> None:
        met.append(taken)
        if taken is step and met.count(step) == 1:
            _pause(desk.plane, scope("instagram"))

    desk.executor(on_step=on_step).drain()
    assert step in met
    assert (desk.calls, desk.live) == (0, 0)
    assert desk.effect(effect).state is EffectState.QUEUED
    desk.executor().drain()
    assert desk.calls == 0
    assert _resume(desk.plane, scope("instagram")) == 1
    desk.executor().drain()
    assert (desk.calls, desk.live) == (1, 1)
    assert desk.effect(effect).state is EffectState.SUCCEEDED


@SCOPES
@pytest.mark.parametrize("step", AD_CLAIM_TO_CALL)
def test_a_pause_at_any_step_of_an_ad_change_stops_the_call_and_a_resume_makes_it_once(
    ad_desk: AdDesk, memory_ads: MemoryAds, step: Step, scope: Callable[[str], Scope]
) -> None:
    change, met = ad_desk.approved(), list[Step]()
    assert ad_desk.brand.brand_id == BRAND

    def on_step(taken: Step) -> None:
        met.append(taken)
        if taken is step:
            _pause(ad_desk.plane, scope("google_ads"))

    assert ad_desk.executor(on_step=on_step).apply(change.id).state is EffectState.QUEUED
    assert step in met
    assert "Held" in ad_desk.executor().apply_once(change.id)
    assert memory_ads.applied == []
    assert _resume(ad_desk.plane, scope("google_ads")) == 1
    assert ad_desk.executor().apply_once(change.id) == ""
    assert len(memory_ads.applied) == 1


@pytest.mark.parametrize("scope", [(None, "google_ads"), (BrandId("another"), None), (BrandId("another"), "instagram")])
def test_a_pause_of_something_else_stops_nothing(desk: Desk, scope: Scope) -> None:
    desk.queued()
    _pause(desk.plane, scope)
    desk.executor().drain()
    assert desk.live == 1


def test_a_narrow_resume_does_not_lift_a_wider_pause(desk: Desk) -> None:
    desk.queued()
    _pause(desk.plane, (None, None))
    _pause(desk.plane, (BRAND, "instagram"))
    assert _resume(desk.plane, (BRAND, "instagram")) == 1
    desk.executor().drain()
    assert desk.calls == 0
    assert _resume(desk.plane, (None, None)) == 1
    desk.executor().drain()
    assert desk.live == 1


def test_a_call_that_is_out_is_still_read_back_under_a_pause(desk: Desk) -> None:
    """A pause stops effects, never the finding out of what became of them."""
    effect = desk.queued()
    desk.order({"name": "drop_after", "operation": "publish"})

    def on_step(taken: Step) -> None:
        if taken is Step.ATTEMPT_OPENED:
            _pause(desk.plane, (None, None))

    desk.executor(on_step=on_step).drain()
    assert desk.live == 1
    for _ in range(30):
        desk.clock.sleep(120)
        desk.executor().drain()
    assert desk.effect(effect).state is EffectState.SUCCEEDED
    assert desk.calls == 1


def test_every_line_about_an_effect_names_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    from marketing_pipeline.settings.logs import guard_records

    before = logging.getLogRecordFactory()
    guard_records()
    try:
        effect = desk.queued()
        caplog.clear()
        caplog.set_level(logging.INFO, "marketing_pipeline")
        desk.executor().drain()
    finally:
        logging.setLogRecordFactory(before)
    named = [record.__dict__["ids"] for record in caplog.records if f"effect.sending: {effect.id}" in record.message]
    assert named == [{"run": "test run", "brand": BRAND, "post": effect.subject, "effect": effect.id}]
