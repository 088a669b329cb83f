"""Waits that the channel names, and accounts whose token it refuses: nothing is tried in vain, nothing is lost."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.pauses import backoff, no_sooner
from marketing_pipeline.execution.steps import OnStep, Step
from marketing_pipeline.store.token_files import TokenFiles
from marketing_pipeline.store.tokens import Tokens
from marketing_pipeline_tests.execution.desk import Desk

AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize("operation", ["create_container", "publish"])
def test_another_token_lifts_the_stop_of_a_dead_one_by_itself(desk: Desk, operation: str) -> None:
    effect = desk.queued()
    desk.order({"name": "token_expired", "operation": operation, "times": 5})
    desk.executor().drain(wait=AN_HOUR)
    assert desk.live == 0
    assert len(desk.journal("fault_applied")) == 1
    tokens = Tokens(desk.database, desk.plane.holds, TokenFiles(desk.home.secrets), random.Random(1))
    assert tokens.get("instagram", effect.brand).state is TokenState.REFUSED
    desk.order_none()
    tokens.in_use("instagram", effect.brand, SecretStr("another token"))
    desk.executor().drain()
    assert desk.live == 1


@pytest.mark.parametrize("code", [10, 200])
def test_a_permission_that_is_gone_stops_the_account_until_a_person_resumes_it_and_says_so(
    desk: Desk, code: int
) -> None:
    effect = desk.queued()
    desk.order({"name": "error", "operation": "create_container", "code": code, "subcode": None})
    desk.executor().drain(wait=AN_HOUR)
    with desk.database.read() as connection:
        [hold] = desk.plane.holds.active(connection)
    assert f"error {code}." in hold.note and "then `marketing resume`" in hold.note
    assert "then `marketing resume`" in desk.effect(effect).state_reason
    assert (desk.live, len(desk.journal("fault_applied"))) == (0, 1)
    with desk.database.write() as connection:
        desk.plane.holds.resume(connection, brand=hold.brand, channel=hold.channel, actor="sam")
    desk.executor().drain()
    assert desk.live == 1


def test_a_run_that_still_had_the_old_token_stops_nobody(desk: Desk) -> None:
    effect = desk.queued()
    tokens = Tokens(desk.database, desk.plane.holds, TokenFiles(desk.home.secrets), random.Random(1))
    tokens.in_use("instagram", effect.brand, SecretStr("another token"))
    desk.order({"name": "token_expired", "operation": "create_container"})
    desk.executor().drain()
    assert tokens.get("instagram", effect.brand).state is TokenState.VALID
    desk.clock.sleep(61)
    desk.executor().drain()
    assert desk.live == 1


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ({"code": 80002, "subcode": None, "regain_minutes": 42}, 42.0, 46.3),
        ({"code": 4, "subcode": None}, 30.0, 33.1),
        ({"code": 17, "subcode": None, "regain_minutes": 1}, 1.0, 1.2),
        # Transient, yet the header names a wait: no try within the claim, and none before.
        ({"code": 2, "subcode": None, "http_status": 500, "regain_minutes": 20}, 20.0, 22.1),
    ],
    ids=["account's limit", "no header", "short", "server in trouble"],
)
def test_waits_are_no_shorter_than_the_header_says_and_spread(
    desk: Desk, fault: dict[str, Any], least: float, most: float
) -> None:
    effect = desk.queued()
    desk.order({"name": "error", "operation": "create_container", **fault})
    desk.executor().drain()
    waiting = desk.effect(effect).not_before
    assert waiting is not None
    assert least <= (waiting - desk.clock.now()).total_seconds() / 60 <= most
    assert len(desk.journal("fault_applied")) == 1


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(1, 100_000))
def test_pauses_grow_to_their_bound_and_a_told_wait_is_never_cut(seed: int, tries: int, told: int) -> None:
    chance, first, longest = random.Random(seed), timedelta(minutes=1), timedelta(minutes=30)
    pause, full = backoff(first, longest, tries, chance), min(first * 2**tries, longest)
    assert 0.75 * full <= pause <= 1.25 * full
    wait = timedelta(seconds=told)
    assert wait <= no_sooner(wait, chance) <= 1.1 * wait


@pytest.mark.parametrize(
    ("fault", "reads"),
    [({"name": "error", "code": 4, "subcode": None, "regain_minutes": 90}, 1), ({"name": "token_expired"}, 1)],
    ids=["limit", "dead token"],
)
def test_while_nothing_can_be_read_back_no_look_is_counted_and_nothing_is_parked(
    desk: Desk, fault: dict[str, Any], reads: int
) -> None:
    effect = desk.queued()
    desk.order({"name": "drop_after", "operation": "publish"})
    desk.executor(on_step=_unreadable_from_the_call_on(desk, fault)).drain(wait=timedelta(minutes=80))
    assert desk.effect(effect).state is EffectState.UNKNOWN
    struck = [row for row in desk.journal("fault_applied") if row["subject"] == "read_container"]
    assert len(struck) == reads
    desk.order_none()
    with desk.database.write() as connection:
        desk.plane.holds.resume(connection, brand=effect.brand, channel=effect.channel, actor="sam")
    desk.executor().drain(wait=3 * AN_HOUR)
    assert desk.effect(effect).state is EffectState.SUCCEEDED
    assert (desk.live, desk.calls) == (1, 1)


def test_a_limit_between_two_looks_takes_nothing_from_the_window(desk: Desk) -> None:
    effect, looks = desk.queued(), list[Step]()

    def on_step(step: Step) -> None:
        if step is Step.READ_BACK_STORED and not looks:
            looks.append(step)
            limit = {"name": "error", "operation": "read_container", "code": 4, "subcode": None, "regain_minutes": 90}
            desk.order(limit, {"name": "container_unreadable"})

    desk.order({"name": "drop_before", "operation": "publish"})
    desk.executor(on_step=on_step).drain(wait=5 * AN_HOUR)
    assert len(desk.journal("fault_applied")) == 3
    assert (desk.effect(effect).state, desk.live) == (EffectState.SUCCEEDED, 1)


def _unreadable_from_the_call_on(desk: Desk, fault: dict[str, Any]) -> OnStep:
    """From the publish call on the channel takes no reads."""

    def on_step(step: Step) -> None:
        if step is Step.ATTEMPT_OPENED:
            desk.order({**fault, "operation": "read_container", "times": 50})

    return on_step


def test_a_limit_of_the_account_keeps_its_other_posts_from_asking_too(desk: Desk) -> None:
    first, second = desk.designed(2)
    for post in (first, second):
        desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post), due_at=desk.clock.now())
    desk.order({"name": "error", "operation": "create_container", "code": 80002, "subcode": None, "times": 9})
    desk.executor().drain()
    assert len(desk.journal("fault_applied")) == 1
    assert desk.newest_effect(second).state is EffectState.QUEUED
    desk.order_none()
    desk.executor().drain(wait=AN_HOUR)
    assert desk.live == 2
