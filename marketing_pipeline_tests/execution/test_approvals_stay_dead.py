"""What was rejected, revoked or has lapsed does not come back to life: not by a cut row, not by a clock set back."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import approvals
from marketing_pipeline_tests.execution.desk import DUE, KEY, Desk
from marketing_pipeline_tests.store.tampering import take_away_the_guards


class WrongClock:
    """The home's clock on a machine whose own is set back `by` so much."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.by = timedelta(0)

    def now(self) -> datetime:
        return self._right.now() - self.by

    def sleep(self, seconds: float) -> None:
        self._right.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        await self._right.pause(seconds)


@pytest.fixture
def wrong(desk: Desk) -> Iterator[WrongClock]:
    """The desk's control plane on a machine with a clock of its own."""
    clock = WrongClock(desk.clock)
    database = Database.open(desk.home.control_plane_url, clock)
    desk.plane = ControlPlane.of(database, KEY)
    yield clock
    database.close()


def _cut_the_last_decision(desk: Desk, effect: Effect) -> None:
    with desk.database.write() as connection:
        take_away_the_guards(connection)
        [*_, last] = desk.plane.approvals.rows_of(connection, effect.approval)
        wanted = (approvals.c.id == last.id) & (approvals.c.sequence == last.sequence)
        assert connection.execute(delete(approvals).where(wanted)).rowcount == 1


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BASELINE_READ])
@pytest.mark.parametrize("decision", [Decision.REVOKE, Decision.REJECT])
def test_a_decision_cut_from_the_table_does_not_revive_the_approval(desk: Desk, step: Step, decision: Decision) -> None:
    effect = desk.queued()

    def on_step(taken: Step) -> None:
        if taken is step:
            with desk.database.write() as connection:
                desk.plane.approvals.record(connection, effect.approval, decision, actor="sam", source="cli", note="no")
            _cut_the_last_decision(desk, effect)
            with desk.database.read() as connection:
                rows = desk.plane.approvals.rows_of(connection, effect.approval)
            # Nothing in the table itself shows what is gone.
            assert rows[-1].decision is Decision.APPROVE
            assert desk.plane.approvals.signatures_hold(rows)

    desk.executor(on_step=on_step).drain()
    assert (desk.calls, desk.live) == (0, 0)
    assert desk.effect(effect).state is EffectState.FAILED


def test_an_approval_with_a_cut_revocation_lets_no_later_effect_out(desk: Desk) -> None:
    effect = desk.queued()
    desk.plane.decisions.decide(
        effect.approval, Decision.REVOKE, actor="sam", source="cli", note="wrong", saw=ApprovalState.APPROVED
    )
    _cut_the_last_decision(desk, effect)
    later = DUE + timedelta(hours=2)
    desk.plane.queue.reschedule(brand=desk.brand, post=PostId(effect.subject), due_at=later, actor="sam")
    again = desk.newest_effect(effect.subject)
    assert again.state is EffectState.AWAITING_APPROVAL
    assert again.approval != effect.approval


@pytest.mark.parametrize("approver", ["policy", "ann"])
@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BASELINE_READ])
def test_a_clock_set_back_does_not_revive_a_lapsed_approval(
    desk: Desk, wrong: WrongClock, step: Step, approver: str
) -> None:
    effect = desk.queued()
    if approver != "policy":
        with desk.database.write() as connection:
            desk.plane.approvals.record(
                connection, effect.approval, Decision.APPROVE, actor=approver, source="cli", note="seen"
            )

    def on_step(taken: Step) -> None:
        if taken is step:
            _let_it_lapse_and_set_the_clock_back(desk, wrong)

    desk.executor(on_step=on_step).drain()
    assert (desk.calls, desk.live) == (0, 0)
    assert desk.effect(effect).state is EffectState.EXPIRED
    assert desk.newest_effect(effect.subject).state is EffectState.AWAITING_APPROVAL


def test_a_post_is_not_moved_under_an_approval_that_has_lapsed_by_the_later_clock(
    desk: Desk, wrong: WrongClock
) -> None:
    effect = desk.queued()
    _let_it_lapse_and_set_the_clock_back(desk, wrong)
    later = DUE + timedelta(hours=2)
    desk.plane.queue.reschedule(brand=desk.brand, post=PostId(effect.subject), due_at=later, actor="sam")
    assert desk.newest_effect(effect.subject).approval != effect.approval


def _let_it_lapse_and_set_the_clock_back(desk: Desk, wrong: WrongClock) -> None:
    lifetime = timedelta(hours=desk.brand.policies.approval_hours + 1)
    desk.clock.sleep(lifetime.total_seconds())
    with desk.database.write() as connection:
        # The installation is used: its records know of the later time.
        desk.plane.holds.pause(connection, brand=None, channel="google_ads", actor="sam", note="another channel")
    wrong.by = lifetime
