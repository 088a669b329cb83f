"""Failures before and at the call that are clear: classified, bounded, and never a second post."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.desk import Desk

AN_HOUR = timedelta(hours=1)
PASSING: dict[str, list[dict[str, Any]]] = {
    "media fetch failed twice": [
        {"name": "error", "operation": "create_container", "code": 9004, "subcode": 2207052, "times": 2}
    ],
    "reply to the container lost": [{"name": "drop_after", "operation": "create_container"}],
    "a slow gateway at creation": [
        {"name": "html", "operation": "create_container", "effect": False, "http_status": 504}
    ],
    "100/33 on a fresh container": [{"name": "container_unreadable", "times": 3}],
    "quota unreadable once": [{"name": "drop_before", "operation": "read_quota"}],
    "not ready at the call": [{"name": "error", "operation": "publish", "code": 9007, "subcode": 2207027}],
    "media list unreadable once": [{"name": "half_json", "operation": "list_media"}],
    "container ends in ERROR once": [{"name": "container_stuck", "status": "ERROR"}],
    "container never gets ready once": [{"name": "container_stuck", "status": "IN_PROGRESS"}],
    "permalink unreadable": [{"name": "drop_before", "operation": "read_media"}],
    "own picture not served once": [{"name": "drop_before", "operation": "serve_media"}],
}  # fmt: skip


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING.keys())
def test_what_passes_by_itself_ends_in_one_post(desk: Desk, faults: list[dict[str, Any]]) -> None:
    effect = desk.queued()
    desk.order(*faults)
    desk.executor().drain(wait=AN_HOUR)
    assert desk.live == 1
    assert desk.post(effect).state is PostState.PUBLISHED


def test_a_permalink_that_cannot_be_read_never_fails_a_live_post_and_is_filled_in_later(desk: Desk) -> None:
    effect = desk.queued()
    desk.order({"name": "drop_before", "operation": "read_media", "times": 2})
    report = desk.executor().drain()
    assert report.published == (effect.id,)
    assert desk.post(effect).media_id is not None
    assert desk.post(effect).permalink is None
    desk.executor().drain()
    assert desk.post(effect).permalink is not None
    assert desk.calls == 1


@pytest.mark.parametrize("operation", ["create_container", "publish"])
def test_a_post_that_the_channel_refuses_fails_with_the_number(desk: Desk, operation: str) -> None:
    effect = desk.queued()
    desk.order({"name": "error", "operation": operation, "code": 36003, "subcode": 2207009})
    report = desk.executor().drain(wait=AN_HOUR)
    assert report.failed == (effect.id,)
    assert "36003/2207009" in desk.post(effect).state_reason
    assert desk.live == 0


@pytest.mark.parametrize("operation", ["read_quota", "create_container", "publish"])
def test_a_dead_token_stops_the_account_and_keeps_the_post(desk: Desk, operation: str) -> None:
    effect = desk.queued()
    desk.order({"name": "token_expired", "operation": operation})
    desk.executor().drain(wait=AN_HOUR)
    assert desk.live == 0
    assert desk.post(effect).state is PostState.SCHEDULED
    with desk.database.write() as connection:
        [hold] = desk.plane.holds.active(connection)
        assert "190/463" in hold.note
        desk.plane.holds.resume(connection, brand=hold.brand, channel=hold.channel, actor="sam")
    desk.executor().drain()
    assert desk.live == 1


def test_a_rate_limit_is_waited_out_for_as_long_as_the_header_says(desk: Desk) -> None:
    effect = desk.queued()
    desk.order({"name": "error", "operation": "create_container", "code": 80002, "subcode": None, "regain_minutes": 42})
    desk.executor().drain()
    waiting = desk.effect(effect)
    assert waiting.state is EffectState.RETRY_WAIT
    assert waiting.not_before is not None
    # Never before the moment that the header names, and not everybody at once.
    assert timedelta(minutes=42) < waiting.not_before - desk.clock.now() < timedelta(minutes=47)
    desk.executor().drain(wait=AN_HOUR)
    assert desk.live == 1


def test_without_quota_nothing_is_sent_and_the_post_waits(desk: Desk) -> None:
    effect = desk.queued()
    desk.order({"name": "quota_total", "total": 0, "times": 2})
    desk.executor().drain()
    assert (desk.calls, desk.journal("container_created")) == (0, [])
    assert desk.effect(effect).state is EffectState.RETRY_WAIT
    desk.executor().drain(wait=2 * AN_HOUR)
    assert desk.live == 1


def test_waits_are_bounded(desk: Desk) -> None:
    effect = desk.queued()
    desk.order({"name": "drop_before", "operation": "create_container", "times": 1000})
    desk.executor().drain(wait=5 * AN_HOUR)
    assert desk.effect(effect).state is EffectState.FAILED
    assert desk.effect(effect).state_reason.startswith("given up after 6 waits")


def test_containers_are_bounded(desk: Desk) -> None:
    effect = desk.queued()
    desk.order({"name": "container_stuck", "status": "ERROR", "times": 1000})
    desk.executor().drain(wait=5 * AN_HOUR)
    assert len(desk.journal("container_created")) == 3
    assert desk.effect(effect).state is EffectState.FAILED


def test_a_picture_that_was_exchanged_is_not_published(desk: Desk) -> None:
    effect = desk.queued()
    [sha256] = effect.payload.media
    (desk.home.media / f"{sha256}.jpg").write_bytes(b"another picture")
    desk.executor().drain(wait=AN_HOUR)
    assert desk.journal("container_created") == []
    assert desk.post(effect).state is PostState.FAILED


def test_a_caption_that_breaks_the_channels_rules_is_not_even_tried(desk: Desk) -> None:
    [post] = desk.designed()
    payload = desk.payload(post, caption="long " * 500)
    effect = desk.plane.queue.queue_post(brand=desk.brand, payload=payload, due_at=desk.clock.now())
    desk.executor().drain()
    assert desk.journal("container_created") == []
    assert desk.effect(effect).state is EffectState.FAILED


def test_an_account_without_a_client_waits_and_says_why(desk: Desk) -> None:
    effect = desk.queued()

    def no_client(_: Any) -> Any:
        raise MarketingError("There is no token for tea_room.", "Set INSTAGRAM_TOKEN_TEA_ROOM.")

    desk.executor(client_for=no_client).drain()
    assert desk.effect(effect).state is EffectState.RETRY_WAIT
    assert "INSTAGRAM_TOKEN_TEA_ROOM" in desk.effect(effect).state_reason


def test_a_defect_of_ours_is_written_down_and_does_not_stop_the_others(desk: Desk) -> None:
    first, second = desk.designed(posts=2)
    now = desk.clock.now()
    for post in (first, second):
        desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post), due_at=now)
    calls: list[str] = []

    def breaks_once(step: Any) -> None:
        calls.append(step)
        if len(calls) == 2:
            raise KeyError("a defect")

    desk.executor(on_step=breaks_once).drain()
    assert desk.newest_effect(first).state is EffectState.RETRY_WAIT
    assert "KeyError" in desk.newest_effect(first).state_reason
    assert desk.newest_effect(second).state is EffectState.SUCCEEDED


def test_a_defect_after_the_success_leaves_the_success_alone(desk: Desk) -> None:
    effect = desk.queued()

    def breaks(step: Step) -> None:
        if step is Step.PERMALINK_READ:
            raise KeyError("a defect")

    desk.executor(on_step=breaks).drain()
    assert desk.effect(effect).state is EffectState.SUCCEEDED
    assert desk.calls == 1
