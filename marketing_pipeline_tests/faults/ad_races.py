"""Ad changes that several want at once: one claim, one decision, one answer to who came first."""

import fcntl
import random
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.faults.ad_children import race
from marketing_pipeline_tests.faults.ad_crashes import SENDING
from marketing_pipeline_tests.faults.ad_judge import judged, makes
from marketing_pipeline_tests.faults.ad_nursery import nursery
from marketing_pipeline_tests.faults.ad_operator import settle
from marketing_pipeline_tests.faults.ad_stage import ROOM, AdStage, open_stage
from marketing_pipeline_tests.faults.ad_threads import running
from marketing_pipeline_tests.faults.row import FaultRow, Figure

PROCESSES = 16
_PATIENCE = timedelta(minutes=2)


def many_want_one(tries: int, seed: int, folder: Path) -> Figure:
    """Row 9: in each round sixteen processes apply the same change. `broken` counts rounds with more than one claim."""
    figure = Figure(tries=0)
    for start in range(0, tries, ROOM):
        with open_stage(folder, durable=True) as stage:
            figure += _rounds(stage, min(ROOM, tries - start))
    return figure + Figure(tries=0, note=f"{PROCESSES} processes, 1 claim a round")


def _rounds(stage: AdStage, rounds: int) -> Figure:
    gates, results = stage.root / "gates", stage.root / "results"
    gates.mkdir()
    results.mkdir()
    with ExitStack() as closed:
        files = [closed.enter_context((gates / str(number)).open("w")) for number in range(rounds)]
        for file in files:
            fcntl.flock(file, fcntl.LOCK_EX)
        children = [nursery().start(race, stage.root, gates, results, rounds) for _ in range(PROCESSES)]
        _wait_for(results, "ready-*")
        changes: list[AdChange] = []
        for number, file in enumerate(files):
            changes.append(stage.approved())
            file.write(changes[-1].id)
            file.flush()
            fcntl.flock(file, fcntl.LOCK_UN)
            _wait_for(results, f"{number}-*")
        codes = [nursery().wait(child) for child in children]
    assert codes == [0] * PROCESSES, codes
    several = sum(stage.desk.effect(change).fence != 1 for change in changes)
    return judged(stage, changes) + Figure(tries=0, broken=several)


def _wait_for(folder: Path, pattern: str) -> None:
    """Wait until each process has left its mark."""
    clock = SystemClock()
    until = clock.now() + _PATIENCE
    while sum(1 for _ in folder.glob(pattern)) < PROCESSES:
        assert clock.now() < until, f"not every process came to {pattern}"
        clock.sleep(0.005)


def revoked_while_it_runs(tries: int, seed: int, folder: Path) -> Figure:
    """Row 18: at each step of the run in turn, and from a thread of its own at a random moment.

    `broken` counts changes that were made although the person was not told that it is too late, and the other way.
    """
    figure, chance = Figure(tries=0), random.Random(seed)
    for start in range(0, tries, ROOM):
        with open_stage(folder) as stage:
            changes: list[AdChange] = []
            told: list[bool] = []
            for number in range(min(ROOM, tries - start)):
                change = stage.approved()
                told.append(_at_a_step(stage, change, number) if number % 2 else _from_a_thread(stage, change, chance))
                changes.append(change)
            figure += judged(stage, changes)
            made = [any(makes(entry, change.payload) for entry in stage.sandbox.applied()) for change in changes]
            wrong = sum(late is not done for late, done in zip(told, made, strict=True))
            figure += Figure(tries=0, broken=wrong, note=f"{sum(made)} of {len(made)} were too late, and told so")
    return figure


def _at_a_step(stage: AdStage, change: AdChange, number: int) -> bool:
    """Whether the person who revokes at that step is told that it is too late."""
    told: list[bool] = []

    def revoke(step: Step) -> None:
        if step is SENDING[number // 2 % len(SENDING)] and not told:
            told.append(_revoked_too_late(stage.desk, change))

    with suppress(MarketingError):
        stage.desk.executor(on_step=revoke).apply(change.id)
    return told == [True]


def _from_a_thread(stage: AdStage, change: AdChange, chance: random.Random) -> bool:
    told: list[bool] = []
    after = chance.uniform(0, 0.06)

    def revoke() -> None:
        SystemClock().sleep(after)
        told.append(_revoked_too_late(stage.desk, change))

    with running(revoke), suppress(MarketingError):
        stage.desk.executor().apply(change.id)
    return told == [True]


def _revoked_too_late(desk: AdDesk, change: AdChange) -> bool:
    try:
        return desk.decide(change, Decision.REVOKE, saw=ApprovalState.APPROVED).too_late
    except (RefusedTransition, StaleDecision):
        return True  # it is used by now, and the refusal says so


def decided_both_ways(tries: int, seed: int, folder: Path) -> Figure:
    """Row 20: two approvers, opposite decisions, one moment. `broken` counts pairs without exactly one winner, one who
    is told, and a row in the audit log for each.
    """
    figure = Figure(tries=0)
    for start in range(0, tries, ROOM):
        with open_stage(folder) as stage:
            changes = [stage.desk.propose(stage.payload()) for _ in range(min(ROOM, tries - start))]
            figure += Figure(tries=0, broken=sum(not _one_wins(stage.desk, change) for change in changes))
            for change in changes:
                if stage.desk.state_of(change) is ApprovalState.APPROVED:
                    settle(stage.desk, change)
            figure += judged(stage, changes)
    return figure


def _one_wins(desk: AdDesk, change: AdChange) -> bool:
    together, lost = threading.Barrier(2), list[StaleDecision]()

    def decide(decision: Decision, actor: str) -> Callable[[], None]:
        def act() -> None:
            together.wait()
            try:
                desk.decide(change, decision, actor, saw=ApprovalState.PENDING)
            except StaleDecision as stale:
                lost.append(stale)

        return act

    with running(decide(Decision.APPROVE, "ann"), decide(Decision.REJECT, "ben")):
        pass
    with desk.database.read() as connection:
        written = connection.scalars(select(audit_log.c.action).where(audit_log.c.subject == desk.request_of(change)))
        actions = sorted(set(written) - {"approval.requested"})
    return len(lost) == 1 and actions in (
        ["approval.approved", "approval.decision_lost"],
        ["approval.decision_lost", "approval.rejected"],
    )


ROWS = (
    FaultRow("9", "16 executors take one change", "ad change", 2, 100, many_want_one),
    FaultRow("18", "revocation races execution", "ad change", 14, 200, revoked_while_it_runs),
    FaultRow("20", "two approvers, opposite decisions at once", "ad change", 5, 200, decided_both_ways),
)
