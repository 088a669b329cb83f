"""Ad changes whose worker dies, or stands still and wakes: a process of its own, at every point of the executor."""

import os
import random
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.execution.crashing import DIED
from marketing_pipeline_tests.faults.ad_children import live_aloud, live_until, stand_still
from marketing_pipeline_tests.faults.ad_judge import judged
from marketing_pipeline_tests.faults.ad_nursery import nursery
from marketing_pipeline_tests.faults.ad_operator import settle
from marketing_pipeline_tests.faults.ad_stage import ROOM, AdStage, open_stage
from marketing_pipeline_tests.faults.row import FaultRow, Figure

SENDING = (
    Step.CLAIMED,
    Step.BASELINE_READ,
    Step.CHECKED,
    Step.ATTEMPT_OPENED,
    Step.ANSWERED,
    Step.READ_BACK_DONE,
    Step.RECORDED,
)
POINTS = (*SENDING, Step.READ_BACK_CLAIMED, Step.READ_BACK_STORED)
ONE_OR_TWO: tuple[tuple[Step, ...], ...] = (*((point,) for point in POINTS), *product(POINTS, repeat=2))
SCHEDULES = tuple(product(ONE_OR_TWO, ("", "lost_after")))
"""Every point and every pair of points, each with every reply and with the first one lost after the change was made."""
_LEASE = timedelta(minutes=16)
_MOST_RESUMES = 2
_LONGEST_START = timedelta(seconds=60)
_AFTER_OPENING = frozenset({Step.ATTEMPT_OPENED, Step.ANSWERED, Step.READ_BACK_DONE, Step.RECORDED})


def crash_at_points(tries: int, seed: int, folder: Path, *, blind: bool = False) -> Figure:
    """Row 1. With `blind` the executor is the mutant that reads nothing back."""
    chosen: Sequence[tuple[tuple[Step, ...], str]] = SCHEDULES
    if tries < len(SCHEDULES):
        chosen = random.Random(seed).sample(SCHEDULES, tries)
    figure = Figure(tries=0)
    for start in range(0, len(chosen), ROOM):
        with open_stage(folder, durable=True) as stage:
            changes = [_crashed(stage, points, fault, blind) for points, fault in chosen[start : start + ROOM]]
            figure += judged(stage, changes)
    return figure + Figure(tries=0, note=f"{len(POINTS)} points, all {len(POINTS) ** 2} pairs, os._exit in a child")


def _crashed(stage: AdStage, points: Sequence[Step], fault: str, blind: bool) -> AdChange:
    change = stage.approved()
    if fault:
        stage.order(fault, validate_only=False)
    for point in points:
        code = nursery().run(live_until, stage.root, change.id, point, blind)
        assert code in (0, DIED), f"the child that should die at {point} failed with {code}"
        stage.desk.clock.sleep(_LEASE.total_seconds())
    if blind:
        nursery().run(live_until, stage.root, change.id, None, blind)
    settle(stage.desk, change)
    stage.sandbox.clear_faults()
    return change


def killed_at_random(tries: int, seed: int, folder: Path) -> Figure:
    """Row 2. The moment is drawn from the whole length of an undisturbed life."""
    figure, chance, killed = Figure(tries=0), random.Random(seed), 0
    whole = _length_of_a_life(folder)
    for start in range(0, tries, ROOM):
        with open_stage(folder, durable=True) as stage:
            changes: list[AdChange] = []
            for _ in range(min(ROOM, tries - start)):
                change = stage.approved()
                code, forgotten = _killed(stage, change, chance.uniform(0, whole))
                figure += Figure(tries=0, lost=forgotten)
                killed += code == -signal.SIGKILL
                changes.append(change)
            figure += judged(stage, changes)
    return figure + Figure(tries=0, note=f"{killed} killed before they were done")


def _length_of_a_life(folder: Path) -> float:
    """Seconds from ready to the end, undisturbed: the longest of three."""
    clock, longest = SystemClock(), 0.0
    with open_stage(folder, durable=True) as stage:
        for _ in range(3):
            diary, change = _diary(stage), stage.approved()
            child = nursery().start(live_aloud, stage.root, change.id, diary)
            _wait_for_words(diary)
            begun = clock.now()
            nursery().wait(child)
            longest = max(longest, (clock.now() - begun).total_seconds())
    return longest


def _killed(stage: AdStage, change: AdChange, after: float) -> tuple[int, bool]:
    """Kill a life that many seconds after it was ready; its exit code, and whether something it knew is lost."""
    diary = _diary(stage)
    child = nursery().start(live_aloud, stage.root, change.id, diary)
    _wait_for_words(diary)
    SystemClock().sleep(after)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    code = nursery().wait(child)
    known = {Step(word) for word in diary.read_text().split() if word != "ready"}
    effect, claims = stage.desk.effect(change), list[Step]()
    forgotten = bool(known & _AFTER_OPENING) and effect.attempts == 0
    forgotten |= Step.RECORDED in known and effect.state is not EffectState.SUCCEEDED
    stage.desk.clock.sleep(_LEASE.total_seconds())
    settle(stage.desk, change, lambda step: claims.append(step) if step is Step.CLAIMED else None)
    assert len(claims) <= _MOST_RESUMES, f"{change.id} needed {len(claims)} resumes"
    return code, forgotten


def stopped_and_continued(tries: int, seed: int, folder: Path) -> Figure:
    """Row 10. The worker stands still at one step, its lease runs out, another takes over; then it wakes.

    `broken` counts a second call, and a call of a worker that was fenced before it had sent anything.
    """
    figure = Figure(tries=0)
    for start in range(0, tries, ROOM):
        with open_stage(folder, durable=True) as stage:
            changes: list[AdChange] = []
            for number in range(start, min(tries, start + ROOM)):
                change, before = stage.approved(), stage.sends()
                _woken_after_takeover(stage, change, SENDING[number % len(SENDING)])
                figure += Figure(tries=0, broken=stage.sends() - before != 1)
                changes.append(change)
            figure += judged(stage, changes)
    return figure + Figure(tries=0, note=f"SIGSTOP, takeover, SIGCONT at each of {len(SENDING)} steps; 0 second calls")


def _woken_after_takeover(stage: AdStage, change: AdChange, at: Step) -> None:
    child = nursery().start(stand_still, stage.root, change.id, at)
    assert nursery().wait_stopped(child), f"the worker never came to {at}"
    stage.desk.clock.sleep(_LEASE.total_seconds())
    settle(stage.desk, change)
    os.kill(child, signal.SIGCONT)
    assert nursery().wait(child) == 0


def _diary(stage: AdStage) -> Path:
    file, name = tempfile.mkstemp(dir=stage.root, suffix=".diary")
    os.close(file)
    return Path(name)


def _wait_for_words(diary: Path) -> None:
    clock = SystemClock()
    until = clock.now() + _LONGEST_START
    while not diary.read_text():
        assert clock.now() < until, "the child did not start"
        clock.sleep(0.002)


ROWS = (
    FaultRow("1", "crash at every point and pair of points", "ad change", 9, len(SCHEDULES), crash_at_points),
    FaultRow("2", "SIGKILL at a random time", "ad change", 5, 300, killed_at_random),
    FaultRow("10", "stale worker wakes after takeover", "ad change", len(SENDING), 70, stopped_and_continued),
)
