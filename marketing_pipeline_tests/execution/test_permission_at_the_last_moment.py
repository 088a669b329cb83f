"""Between claim and call the world may change: whatever forbids the call then, no call is made."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import ContentApproval
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.tables import approvals, effects
from marketing_pipeline_tests.execution.desk import Desk
from marketing_pipeline_tests.sandbox.tea_room import tea_room

Meddling = Callable[[Desk, Effect], None]


def _pause_everything(desk: Desk, effect: Effect) -> None:
    with desk.database.write() as connection:
        desk.plane.holds.pause(connection, brand=None, channel=None, actor="sam", note="stop")


def _pause_the_brand(desk: Desk, effect: Effect) -> None:
    with desk.database.write() as connection:
        desk.plane.holds.pause(connection, brand=effect.brand, channel=None, actor="sam", note="stop")


def _pause_the_channel(desk: Desk, effect: Effect) -> None:
    with desk.database.write() as connection:
        desk.plane.holds.pause(connection, brand=None, channel="instagram", actor="sam", note="stop")


def _revoke(desk: Desk, effect: Effect) -> None:
    decided = desk.plane.decisions.decide(
        effect.approval, Decision.REVOKE, actor="sam", source="cli", note="wrong", saw=ApprovalState.APPROVED
    )
    assert not decided.too_late


def _let_it_expire(desk: Desk, effect: Effect) -> None:
    desk.clock.sleep(timedelta(hours=desk.brand.policies.approval_hours + 1).total_seconds())


def _ask_for_people(desk: Desk, effect: Effect) -> None:
    policies = tea_room().policies.model_copy(update={"content_approval": ContentApproval.ALL})
    brands = desk.brands
    assert isinstance(brands, dict)
    brands[desk.brand.brand_id] = tea_room().model_copy(update={"policies": policies})


def _change_the_caption(desk: Desk, effect: Effect) -> None:
    payload = effect.payload.model_copy(update={"caption": "Something else"}).model_dump(mode="json")
    with desk.database.write() as connection:
        connection.execute(update(effects).values(payload=payload))


def _forge_an_approval(desk: Desk, effect: Effect) -> None:
    with desk.database.write() as connection:
        [*_, last] = desk.plane.approvals.rows_of(connection, effect.approval)
        forged = last.model_copy(update={"sequence": last.sequence + 1, "signature": "0" * 64})
        connection.execute(insert(approvals).values(**forged.model_dump()))


def _forget_the_brand(desk: Desk, effect: Effect) -> None:
    brands = desk.brands
    assert isinstance(brands, dict)
    brands.clear()


MEDDLINGS: dict[str, tuple[Meddling, EffectState, PostState]] = {
    "everything paused": (_pause_everything, EffectState.QUEUED, PostState.SCHEDULED),
    "the brand paused": (_pause_the_brand, EffectState.QUEUED, PostState.SCHEDULED),
    "the channel paused": (_pause_the_channel, EffectState.QUEUED, PostState.SCHEDULED),
    "approval revoked": (_revoke, EffectState.CANCELLED, PostState.NEEDS_HUMAN),
    "policy asks for people now": (_ask_for_people, EffectState.CANCELLED, PostState.NEEDS_HUMAN),
    "caption edited in the database": (_change_the_caption, EffectState.FAILED, PostState.FAILED),
    "approval row forged": (_forge_an_approval, EffectState.FAILED, PostState.FAILED),
    "brand gone": (_forget_the_brand, EffectState.FAILED, PostState.FAILED),
}


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BASELINE_READ])
@pytest.mark.parametrize(("meddle", "state", "post"), MEDDLINGS.values(), ids=MEDDLINGS.keys())
def test_what_is_forbidden_after_the_claim_is_not_sent(
    desk: Desk, meddle: Meddling, state: EffectState, post: PostState, step: Step
) -> None:
    effect = desk.queued()
    if meddle is _forget_the_brand and step is Step.CLAIMED:
        state, post = EffectState.RETRY_WAIT, PostState.SCHEDULED

    def on_step(taken: Step) -> None:
        if taken is step:
            meddle(desk, effect)

    desk.executor(on_step=on_step).drain()
    assert (desk.calls, desk.live) == (0, 0)
    assert desk.effect(effect).state is state
    assert desk.post(effect).state is post


def test_an_approval_that_expires_after_the_claim_is_asked_for_anew(desk: Desk) -> None:
    effect = desk.queued()

    def on_step(taken: Step) -> None:
        if taken is Step.CLAIMED:
            _let_it_expire(desk, effect)

    desk.executor(on_step=on_step).drain()
    assert desk.calls == 0
    assert desk.effect(effect).state is EffectState.EXPIRED
    assert desk.newest_effect(effect.subject).state is EffectState.AWAITING_APPROVAL
    with desk.database.read() as connection:
        [request] = desk.plane.approvals.list_requests(connection, state=ApprovalState.PENDING)
    assert request.id == desk.newest_effect(effect.subject).approval


def test_when_the_hold_is_lifted_the_post_goes_out(desk: Desk) -> None:
    effect = desk.queued()
    _pause_everything(desk, effect)
    desk.executor().drain()
    assert desk.calls == 0
    with desk.database.write() as connection:
        assert desk.plane.holds.resume(connection, brand=None, channel=None, actor="sam") == 1
    desk.executor().drain()
    assert desk.live == 1


def test_a_held_post_stays_until_it_is_released(desk: Desk) -> None:
    effect = desk.queued()
    desk.plane.posts.hold(PostId(effect.subject), actor="sam", reason="a typo?")
    desk.executor().drain()
    assert desk.calls == 0
    desk.plane.posts.release(PostId(effect.subject), actor="sam", reason="it was right")
    desk.executor().drain()
    assert desk.live == 1


def test_a_revocation_after_the_call_is_recorded_as_too_late(desk: Desk) -> None:
    effect = desk.queued()
    late: list[bool] = []

    def on_step(taken: Step) -> None:
        if taken is Step.ATTEMPT_OPENED:
            decided = desk.plane.decisions.decide(
                effect.approval, Decision.REVOKE, actor="sam", source="cli", note="no", saw=ApprovalState.APPROVED
            )
            late.append(decided.too_late)

    desk.executor(on_step=on_step).drain()
    assert late == [True]
    assert desk.live == 1
    assert desk.effect(effect).state is EffectState.SUCCEEDED


def test_the_disk_that_cannot_take_the_attempt_takes_no_call(desk: Desk) -> None:
    effect = desk.queued()

    def on_step(taken: Step) -> None:
        if taken is Step.BASELINE_READ:
            with desk.database.write() as connection:
                connection.execute(
                    text(
                        "CREATE TRIGGER disk_full BEFORE INSERT ON effect_attempts"
                        " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                    )
                )

    desk.executor(on_step=on_step).drain()
    assert (desk.calls, desk.live) == (0, 0)
    assert desk.effect(effect).attempts == 0
