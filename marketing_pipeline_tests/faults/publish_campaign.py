"""Thousands of publishes, each under random faults, by a process that ends at random steps; time is virtual."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.faults.agency import PATIENCE, POSTS, Agency, open_agency
from marketing_pipeline_tests.faults.injuries import Injury, draw
from marketing_pipeline_tests.faults.row import FaultRow, Figure

BRANDS = 50
"""Brands of one home; each publishes `POSTS` times before the next home is opened."""
VISITS = timedelta(hours=1)
"""How often a person looks, and resumes what was stopped: not only once everything else has come to rest."""
IN_TIME = timedelta(hours=12)
MOST_LATE = 0.001
"""Of what is not unprovable, 99.9 % must have succeeded so long after its slot."""
_DEADLY = 0.03


class ProcessEnded(BaseException):
    """Stands for the end of the process: nothing that the executor catches."""


class Fate:
    """Ends the process at random steps, at most once a post while its call may be out, and blinds the unlucky."""

    def __init__(self, agency: Agency, chance: random.Random) -> None:
        self.deaths = 0
        self.injuries: dict[str, Injury] = {}
        self._agency = agency
        self._chance = chance
        self._spared: set[str] = set()

    def on_step(self, step: Step) -> None:
        if step is Step.ATTEMPT_OPENED:
            self._at_the_call()
        elif self._chance.random() < _DEADLY:
            self._end()

    def _at_the_call(self) -> None:
        with self._agency.database.read() as connection:
            sending = list_effects(connection, states=(EffectState.SENDING,))
        # Those that an earlier end of the process left behind have older leases.
        effect = max(sending, key=lambda each: each.lease_until or each.due_at)
        if self.injuries[effect.subject].blinds:
            self._agency.order(effect, {"name": "container_unreadable", "times": 1000})
        if effect.subject not in self._spared and self._chance.random() < _DEADLY:
            self._spared.add(effect.subject)
            self._end()

    def _end(self) -> None:
        self.deaths += 1
        raise ProcessEnded


def publishes(tries: int, seed: int, folder: Path) -> Figure:
    """`tries` publishes in homes of `BRANDS` brands, one after another."""
    figure, waited, deaths = Figure(tries=0), list[timedelta](), 0
    for number, start in enumerate(range(0, tries, BRANDS * POSTS)):
        left = min(tries - start, BRANDS * POSTS)
        chance = random.Random(f"{seed}:{number}")
        with open_agency(folder / f"home-{number}", min(left, BRANDS)) as agency:
            fate = Fate(agency, chance)
            queued: list[Effect] = []
            while left > len(queued):
                queued += _one_round(agency, fate, chance, left - len(queued))
            figure += _judged(agency, fate, queued)
            waited += _waits(agency, queued)
            deaths += fate.deaths
    late = tries - figure.unprovable - sum(wait <= IN_TIME for wait in waited)
    broken = late if late > MOST_LATE * (tries - figure.unprovable) else 0
    return figure + Figure(tries=0, broken=broken, note=f"{deaths} process ends; {_told(waited)}")


def _one_round(agency: Agency, fate: Fate, chance: random.Random, most: int) -> list[Effect]:
    """One post of each brand, all due now; drained until everything that time can settle is settled."""
    queued: list[Effect] = []
    for brand in list(agency.brands.values())[:most]:
        effect = agency.queue(brand, pictures=chance.choice((1, 1, 1, 2)))
        fate.injuries[effect.subject] = injury = draw(chance)
        agency.order(effect, *map(dict, injury.orders))
        queued.append(effect)
    ends = agency.clock.now() + PATIENCE
    while agency.clock.now() < ends:
        try:
            agency.settle(agency.executor(on_step=fate.on_step), VISITS)
        except ProcessEnded:
            continue
        if agency.lift_holds():
            continue
        if agency.next_moment() is None:
            break
        agency.clock.sleep(VISITS.total_seconds())
    agency.desk.clear()
    return queued


def _judged(agency: Agency, fate: Fate, queued: Sequence[Effect]) -> Figure:
    """Only what no read-back can prove may be parked: not merely as many."""
    unprovable = {subject for subject, injury in fate.injuries.items() if injury.unprovable}
    parked = [effect for effect in queued if agency.effect(effect).state is EffectState.PARKED]
    wrongly = sum(effect.subject not in unprovable for effect in parked)
    return agency.figure(queued, unprovable=len(unprovable)) + Figure(tries=0, broken=wrongly)


def _waits(agency: Agency, queued: Sequence[Effect]) -> list[timedelta]:
    """Virtual time from each slot to its recorded success."""
    due: dict[str, datetime] = {effect.id: effect.due_at for effect in queued}
    done = select(audit_log.c.subject, audit_log.c.at).where(audit_log.c.action == "effect.succeeded")
    with agency.database.read() as connection:
        return [at - due[subject] for subject, at in connection.execute(done)]


def _told(waited: Sequence[timedelta]) -> str:
    in_order = sorted(waited)
    most = in_order[min(len(in_order) - 1, int(len(in_order) * 0.999))]
    return f"of {len(in_order):,} successes 99.9 % within {_hours(most)}, the last within {_hours(in_order[-1])}"


def _hours(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):.1f} h"


ROWS = (FaultRow("campaign", "Random faults and process ends while publishing", "publish", 30, 10_000, publishes),)
