"""Ledger and posts under every order of acts that people, workers and time can take, against a model of the truth."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import seed as with_seed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketing_pipeline.domain.approval import ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.effect import AttemptOutcome, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.permission import Held
from marketing_pipeline.store.decisions import AfterRejection
from marketing_pipeline.store.effect_moves import Fenced
from marketing_pipeline.store.effect_rows import BLOCKING
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline_tests.faults.post_world import PostWorld
from marketing_pipeline_tests.faults.row import FaultRow, Figure

STEPS = 60
LEASE, CALL = timedelta(minutes=15), timedelta(seconds=60)
_E = EffectState
numbers = st.integers(0, 99)


class PostLife(PostWorld):
    """What people, workers and time do."""

    # -- people and time -----------------------------------------------------------------------------------------------

    @rule(which=numbers, words=st.sampled_from("ab"), asks=st.booleans(), hours=st.integers(0, 3))
    def queue(self, which: int, words: str, asks: bool, hours: int) -> None:
        self.put(self.plane.queue.queue_post, which, words, asks, hours)

    @rule(which=numbers, words=st.sampled_from("ab"), asks=st.booleans(), hours=st.integers(0, 3))
    def edit(self, which: int, words: str, asks: bool, hours: int) -> None:
        self.put(self.plane.queue.supersede, which, words, asks, hours)

    @rule(which=numbers, decision=st.sampled_from((Decision.APPROVE, Decision.REJECT, Decision.REVOKE)))
    def decide(self, which: int, decision: Decision) -> None:
        saw = ApprovalState.APPROVED if decision is Decision.REVOKE else ApprovalState.PENDING
        with self.database.read() as connection:
            requests = self.plane.approvals.list_requests(connection, state=saw)
        if requests:
            request = requests[which % len(requests)].id
            with suppress(MarketingError):
                self.plane.decisions.decide(
                    request,
                    decision,
                    actor="sam",
                    source="cli",
                    note="",
                    saw=saw,
                    after_rejection=tuple(AfterRejection)[which % 2],
                )

    @rule(which=numbers, release=st.booleans())
    def hold_or_release(self, which: int, release: bool) -> None:
        act = self.plane.posts.release if release else self.plane.posts.hold
        with suppress(MarketingError):
            act(self.post_at(which), actor="sam", reason="wait")

    @rule(which=numbers, resume=st.booleans())
    def pause_or_resume(self, which: int, resume: bool) -> None:
        brand = list(self.brands)[which % 2]
        with self.database.write() as connection:
            if resume:
                self.plane.holds.resume(connection, brand=brand, channel=None, actor="sam")
            else:
                self.plane.holds.pause(connection, brand=brand, channel=None, actor="sam", note="stop")

    @rule(which=numbers, hours=st.integers(0, 400))
    def reschedule(self, which: int, hours: int) -> None:
        post = self.post_at(which)
        brand, due_at = self.brands[self.plane.posts.get(post).brand], self.clock.now() + timedelta(hours=hours)
        with suppress(MarketingError):
            self.plane.queue.reschedule(brand=brand, post=post, due_at=due_at, actor="sam")

    @rule(which=st.integers(0, 400))
    def cancel(self, which: int) -> None:
        if which % 8 == 0:
            with suppress(MarketingError):
                self.plane.queue.cancel(self.post_at(which // 8), actor="sam", note="no")

    @rule(minutes=st.sampled_from((1, 16, 60, 400, 11_000)))
    def time_passes(self, minutes: int) -> None:
        self.clock.sleep(minutes * 60)

    @rule()
    def sweep(self) -> None:
        Sweep(self.plane.ledger, self.brands).run()

    @rule(which=numbers, drop=st.booleans())
    def resolve(self, which: int, drop: bool) -> None:
        parked = self.effects_in(_E.PARKED)
        if not parked:
            return
        effect = parked[which % len(parked)]
        if drop and not self.live[effect.id]:
            self.plane.decisions.drop(effect.id, actor="sam", note="let it be")
        else:
            done = self.live[effect.id] > 0
            self.plane.decisions.resolve(effect.id, done=done, actor="sam", note="looked in the app")

    # -- workers -------------------------------------------------------------------------------------------------------

    @rule()
    def claim(self) -> None:
        busy = {effect.payload.account_id for effect in self.effects_in(*BLOCKING)}
        effect = self.plane.ledger.claim_due("worker", LEASE)
        if effect is not None:
            assert effect.payload.account_id not in busy
            assert not effect.held and effect.due_at <= self.clock.now()
            self.workers.append(effect)

    @precondition(lambda self: self.workers)
    @rule(which=numbers, happens=st.booleans())
    def send(self, which: int, happens: bool) -> None:
        """As the executor does it: the attempt first, then the call, unless the lease is nearly over."""
        effect = self.worker_in(which, _E.CLAIMED)
        if effect is None:
            return
        ledger = self.plane.ledger
        try:
            sending = ledger.open_attempt(
                effect,
                owner="worker",
                request={},
                progress={},
                guard=lambda connection: self.permission.require(connection, effect),
            )
        except Fenced:
            return
        except Unauthorized as refusal:
            with suppress(Fenced):
                ledger.move(effect, _E.QUEUED if isinstance(refusal, Held) else _E.FAILED, reason=str(refusal))
            return
        if sending.lease_until is None or self.clock.now() + CALL > sending.lease_until:
            ended = (AttemptOutcome.NOT_DONE, "stood still")
            columns: dict[str, Any] = {"not_before": self.clock.now()}
            ledger.move(sending, _E.RETRY_WAIT, reason="stood still", attempt=ended, columns=columns)
            return
        self.live[effect.id] += happens
        self.workers.append(sending)

    @precondition(lambda self: self.workers)
    @rule(which=numbers, clear=st.booleans(), final=st.booleans())
    def answer(self, which: int, clear: bool, final: bool) -> None:
        """The call comes back, perhaps long after another has taken over: then nothing may be written."""
        effect = self.worker_in(which, _E.SENDING)
        if effect is None:
            return
        ledger, now = self.plane.ledger, self.clock.now()
        columns: dict[str, Any] = {"not_before": now}
        with suppress(Fenced):
            if not clear:
                ended = (AttemptOutcome.UNKNOWN, "no answer")
                ledger.move(effect, _E.UNKNOWN, reason="no answer", attempt=ended, columns=columns)
            elif self.live[effect.id]:
                done = (AttemptOutcome.SUCCEEDED, "1")
                ledger.succeed(effect, media_id="1", published_at=now, reason="published", attempt=done)
            else:
                refused, to = (AttemptOutcome.REFUSED, "no"), _E.FAILED if final else _E.RETRY_WAIT
                ledger.move(effect, to, reason="refused", attempt=refused, columns={} if final else columns)

    @precondition(lambda self: self.workers)
    @rule(which=numbers)
    def crash(self, which: int) -> None:
        self.workers.pop(which % len(self.workers))

    @rule(verdict=st.sampled_from(("wait", "settle", "park", "crash")))
    def read_back(self, verdict: str) -> None:
        """One look. What it settles is the truth: that it proves it is for other tests."""
        effect, now, ledger = self.plane.ledger.claim_read_back("reader", LEASE), self.clock.now(), self.plane.ledger
        if effect is None or verdict == "crash":
            return
        if verdict == "wait":
            ledger.keep_unknown(effect, reason="not yet", progress={}, next_read=now + timedelta(minutes=5))
        elif verdict == "park":
            ledger.move(effect, _E.PARKED, reason="cannot be told")
        elif self.live[effect.id]:
            ledger.succeed(effect, media_id="1", published_at=now, reason="seen")
        else:
            ledger.move(effect, _E.QUEUED, reason="not there", columns={"not_before": None, "read_backs": 0})


def live_many_lives(examples: int, steps: int, seed: int | None = None) -> None:
    """Run the machine; raises AssertionError with the shortest sequence of acts that breaks a promise."""
    machine = PostLife if seed is None else with_seed(seed)(type("SeededPostLife", (PostLife,), {}))
    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, report_multiple_bugs=False
        ),
    )


def lives(tries: int, seed: int, _: Path) -> Figure:
    """`tries` lives, each of up to `STEPS` acts; what breaks a promise is told as the shortest such life."""
    try:
        live_many_lives(tries, STEPS, seed)
    except AssertionError as broken:
        return Figure(tries=tries, broken=1, note=str(broken))
    return Figure(tries=tries, note=f"each of up to {STEPS} acts of people, workers and time")


ROWS = (FaultRow("lives", "Any order of acts on the ledger and its posts", "lifecycle", 25, 1000, lives),)
