"""Rows 1 and 2: the executor dies at every step, at every pair of steps, and at random moments."""

import random
from functools import partial
from itertools import product
from pathlib import Path

from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import A_LEASE, Agency, open_agency
from marketing_pipeline_tests.faults.blind import blind_client
from marketing_pipeline_tests.faults.children import died_at, killed_after
from marketing_pipeline_tests.faults.row import FaultRow, Figure

POINTS = tuple(Step)
SCHEDULES: tuple[tuple[Step, ...], ...] = (*((step,) for step in POINTS), *product(POINTS, repeat=2))
"""Every point, then every pair of points."""
_LOST_ANSWERS = ("drop_after", "drop_before")
_MOST_SECONDS = 0.35


def _reads_back(schedule: tuple[Step, ...]) -> bool:
    return any(step.startswith("read_back") for step in schedule)


def _queue(agency: Agency, schedule: tuple[Step, ...], number: int) -> Effect:
    """One carousel in a world that would publish a container twice; read-backs need an answer that is lost."""
    [brand] = agency.fresh_brands(1)
    effect = agency.queue(brand, pictures=2)
    agency.order(brand, {"name": "publishes_twice", "times": 9})
    if _reads_back(schedule):
        agency.order(brand, {"name": _LOST_ANSWERS[number % 2], "operation": "publish"})
    return effect


def every_point(tries: int, seed: int, folder: Path, *, blind: bool = False) -> Figure:
    """Row 1. All single points first, then pairs in a random order, until `tries` schedules are done."""
    rest = random.Random(seed).sample(SCHEDULES[len(POINTS) :], len(SCHEDULES) - len(POINTS))
    schedules = (*SCHEDULES[: len(POINTS)], *rest)[:tries]
    deaths, queued = 0, list[Effect]()
    with open_agency(folder, len(schedules), shared_time=True) as agency:
        others = {"client_for": partial(blind_client, agency)} if blind else {}
        for number, schedule in enumerate(schedules):
            queued.append(_queue(agency, schedule, number))
            for step in schedule:
                deaths += died_at(agency, step)
                agency.clock.sleep(A_LEASE.total_seconds())
            agency.settle(agency.executor(**others))
        return agency.figure(queued, note=f"{deaths} deaths in {len(schedules)} schedules")


def random_kills(tries: int, seed: int, folder: Path) -> Figure:
    """Row 2. Real processes, killed at random moments; at most two resumes, and nothing acknowledged is lost."""
    chance = random.Random(seed)
    told, lost, queued = 0, 0, list[Effect]()
    with open_agency(folder, tries, shared_time=True) as agency:
        for number in range(tries):
            [brand] = agency.fresh_brands(1)
            effect = agency.queue(brand, pictures=1 + number % 2)
            agency.order(brand, {"name": "publishes_twice", "times": 9})
            if number % 2:
                agency.order(brand, {"name": chance.choice(_LOST_ANSWERS), "operation": "publish"})
            steps = killed_after(agency, chance.uniform(0, _MOST_SECONDS))
            told += bool(steps)
            lost += _lost_rows(agency.effect(effect), steps)
            for _ in range(2):
                agency.clock.sleep(A_LEASE.total_seconds())
                agency.executor().drain(wait=A_LEASE * 2)
            lost += agency.require_standing([effect], EffectState.SUCCEEDED)
            queued.append(effect)
        return agency.figure(queued, note=f"{told} killed after their first step") + Figure(tries=0, lost=lost)


def _lost_rows(effect: Effect, told: list[Step]) -> int:
    """How many of the rows that the child said were written are not there."""
    there = {
        Step.CONTAINER_STORED: bool(effect.progress.get("container")),
        Step.ATTEMPT_OPENED: effect.attempts > 0,
        Step.RECORDED: effect.state is EffectState.SUCCEEDED,
        Step.PERMALINK_STORED: bool((effect.result or {}).get("permalink")),
    }
    return sum(not kept for step, kept in there.items() if step in told)


ROWS = (
    FaultRow(
        "1", "Crash at every point, and at every pair of points", "publish", len(POINTS), len(SCHEDULES), every_point
    ),
    FaultRow("2", "SIGKILL at a random moment", "publish", 4, 300, random_kills),
)
