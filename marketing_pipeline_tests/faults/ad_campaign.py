"""The long campaign of ad changes: each meets a fault drawn by chance from everything that the sandbox can do."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.execution.steps import OnStep, Step, go_on
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.faults.ad_judge import judged
from marketing_pipeline_tests.faults.ad_operator import PATIENCE, settle
from marketing_pipeline_tests.faults.ad_stage import ROOM, AdStage, open_stage
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_CALL_SECONDS = 0.25
"""Hanging calls end after it; the slowest honest answer takes a tenth of it."""
_LEAST_SHARE = 0.999
_MOST_LIVES = 4
_BEFORE_THE_ANSWER = (Step.CLAIMED, Step.BASELINE_READ, Step.CHECKED)
_READING_BACK = (Step.READ_BACK_CLAIMED, Step.READ_BACK_DONE, Step.READ_BACK_STORED)
POINTS = (*_BEFORE_THE_ANSWER, Step.ATTEMPT_OPENED, Step.ANSWERED, Step.READ_BACK_DONE)


class Crash(BaseException):
    """Ends a run as a crash would: nothing in the product catches it, so nothing is cleaned up or written down."""


@dataclass(frozen=True)
class Blow:
    """What one change meets. `final`: Google refuses it for good. `unprovable`: no read-back can tell what happened."""

    name: str
    strike: Callable[[AdStage, AdChange], OnStep]
    final: bool = False
    unprovable: bool = False


@dataclass
class Tally:
    """What became of the changes so far."""

    figure: Figure
    met: Counter[str]
    ended: Counter[AdChangeState]
    final: int = 0


def campaign(tries: int, seed: int, folder: Path) -> Figure:
    """Every change to its end, one after the other. `broken` also counts a share of successes below the promised one.

    Crashes are an exception that nothing catches; real processes die in the rows about crashes.
    """
    chance = random.Random(seed)
    tally = Tally(Figure(tries=0), Counter(), Counter())
    for start in range(0, tries, ROOM):
        with open_stage(folder, seconds=_CALL_SECONDS) as stage:
            _one_stage(stage, min(ROOM, tries - start), chance, tally)
    return _summed_up(tally)


def _one_stage(stage: AdStage, tries: int, chance: random.Random, tally: Tally) -> None:
    changes: list[AdChange] = []
    unprovable = 0
    for _ in range(tries):
        change = stage.approved()
        blow = _drawn(chance, change)
        _through(stage, change, blow.strike(stage, change))
        _require_struck(stage, blow)
        changes.append(change)
        state = stage.desk.change(change.id).state
        tally.met[blow.name] += 1
        tally.ended[state] += 1
        tally.final += blow.final and state is AdChangeState.FAILED
        unprovable += blow.unprovable
    tally.figure += judged(stage, changes, unprovable)


def _require_struck(stage: AdStage, blow: Blow) -> None:
    """No fault may have been waited for in vain: a try that meets none is no try."""
    idle = [fault.name for fault, left in stage.sandbox.pending_faults() if left == fault.times]
    assert not idle, f"{blow.name} never struck"
    stage.sandbox.clear_faults()


def _through(stage: AdStage, change: AdChange, on_step: OnStep) -> None:
    """Run it to its end, starting anew after each crash."""
    for _ in range(_MOST_LIVES):
        with suppress(Crash):
            settle(stage.desk, change, on_step)
            return
    raise AssertionError(f"{change.id} crashed more often than was asked for")


def _summed_up(tally: Tally) -> Figure:
    figure = tally.figure
    others = figure.tries - tally.final - figure.parked
    applied = tally.ended[AdChangeState.APPLIED]
    short = applied < _LEAST_SHARE * others
    hours = PATIENCE.total_seconds() / 3600
    note = (
        f"{applied} of {others} that could succeed did, each within {hours:.0f} h of virtual time;"
        f" {tally.final} refused for good as ordered, {figure.parked} parked; {len(tally.met)} kinds of fault"
    )
    return replace(figure, broken=figure.broken + short, note=note)


def _drawn(chance: random.Random, change: AdChange) -> Blow:
    if chance.random() < _UNPROVABLE_SHARE and change.payload.change_kind is AdChangeKind.SET_BUDGET:
        return _UNPROVABLE
    return chance.choice((_refusals, _doubts, _late, _crashes, _competing, _reading))(chance, change)


def _ordered(name: str, *, dry: bool | None, times: int = 1, **fields: Any) -> Callable[[AdStage, AdChange], OnStep]:
    def strike(stage: AdStage, change: AdChange) -> OnStep:
        stage.order(name, **({} if dry is None else {"validate_only": dry}), times=times, **fields)
        return go_on

    return strike


def _refusals(chance: random.Random, change: AdChange) -> Blow:
    """Clear answers: nothing was done, and it may pass later, or never."""
    name = chance.choice(
        (
            "daily_quota",
            "short_term_quota",
            "concurrent_modification",
            "developer_token_invalid",
            "developer_token_not_approved",
            "oauth_token_revoked",
            "user_permission_denied",
            "policy_violation",
            "not_found",
        )
    )
    final = name in ("policy_violation", "not_found")
    return Blow(name, _ordered(name, dry=chance.choice((True, False)), times=chance.choice((1, 1, 2))), final=final)


def _doubts(chance: random.Random, change: AdChange) -> Blow:
    """Answers that leave open whether it was done."""
    name = chance.choice(
        (
            "lost_after",
            "internal_after",
            "exhausted_without_detail",
            "hang_after",
            "lost_before",
            "internal_before",
            "transient",
            "hang_before",
        )
    )
    dry = chance.random() < 0.2
    times = 2 if name.endswith("before") and chance.random() < 0.3 else 1
    return Blow(name, _ordered(name, dry=dry, times=times))


def _late(chance: random.Random, change: AdChange) -> Blow:
    return Blow("late_commit", _ordered("late_commit", dry=False, seconds=chance.randint(1, 600)))


def _reading(chance: random.Random, change: AdChange) -> Blow:
    """A read fails: before the call, or as it is read back."""
    name = chance.choice(("lost_before", "internal_before", "transient", "daily_quota", "short_term_quota"))
    # A spent quota costs a day each time; a third day is beyond the stated time.
    times = 1 if name == "daily_quota" else chance.randint(1, 3)
    fault = _ordered(name, dry=None, method="Search", times=times)
    if chance.random() < 0.5:
        return Blow(f"{name} of a read", fault)

    def at_the_answer(stage: AdStage, _: AdChange) -> OnStep:
        return _once_at(Step.ANSWERED, lambda: fault(stage, change))

    return Blow(f"{name} of a read-back", at_the_answer)


def _crashes(chance: random.Random, change: AdChange) -> Blow:
    """One or two crashes, some of them with a reply that is lost besides."""
    lost = chance.choice(("", "", "lost_after", "lost_before"))
    # After a lost reply the first life ends in doubt: only then is there something to read back.
    always, more = (_BEFORE_THE_ANSWER, _READING_BACK) if lost else (POINTS, POINTS)
    fatal = {chance.choice(always), *chance.sample(more, chance.choice((0, 1)))}

    def strike(stage: AdStage, _: AdChange) -> OnStep:
        if lost:
            stage.order(lost, validate_only=False)
        left = list(fatal)

        def crash(step: Step) -> None:
            if step in left:
                left.remove(step)
                raise Crash(step)

        return crash

    return Blow("crash", strike)


def _competing(chance: random.Random, change: AdChange) -> Blow:
    """Somebody else writes in the moment between the look and the call; a keyword or an ad meets a lost reply."""
    payload = change.payload
    if payload.change_kind is not AdChangeKind.SET_BUDGET:
        return Blow("lost_after", _ordered("lost_after", dry=False))
    other = int(payload.before) + 10_000 * chance.randint(1, 5)
    fault = _ordered("competing_write", dry=False, resource=payload.resource, amount_micros=other)
    return Blow("competing_write", fault)


def _lost_and_edited(stage: AdStage, change: AdChange) -> OnStep:
    """The request is lost, and before it is read back somebody sets a third value: neither old nor new."""
    stage.order("lost_before", validate_only=False)
    third = int(change.payload.before) + 70_000
    return _once_at(Step.READ_BACK_CLAIMED, lambda: stage.edit(change.payload.resource, third))


def _once_at(at: Step, act: Callable[[], Any]) -> OnStep:
    done: list[Step] = []

    def on_step(step: Step) -> None:
        if step is at and not done:
            done.append(step)
            act()

    return on_step


_UNPROVABLE = Blow("request lost, then edited by somebody", _lost_and_edited, unprovable=True)
_UNPROVABLE_SHARE = 0.05

ROWS = (FaultRow("ads campaign", "a random fault for each change", "ad change", 15, 2_000, campaign),)
