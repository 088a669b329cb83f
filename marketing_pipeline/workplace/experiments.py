"""Experiments as people state, watch and end them, and the weekly look that ends those whose rule has fired."""

import logging
from typing import TYPE_CHECKING

from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.domain.person import Permission, Person
from marketing_pipeline.domain.written import note_of, written
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.experiment import Experiment, ExperimentState, Question
    from marketing_pipeline.domain.experiment_design import Layout
    from marketing_pipeline.domain.experiment_readout import Readout
    from marketing_pipeline.store.experiments import Experiments
    from marketing_pipeline.workplace.workplace import Workplace

ACTOR = "learnings"
"""Who the audit log names for what the weekly run ends."""
log = logging.getLogger(__name__)


class ExperimentDesk:
    """Experiments of a `Workplace`; reached as `workplace.experiments`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def next_week(self, brand: BrandId) -> str:
        """The first week of the brand that is still to be planned, as its Monday."""
        from marketing_pipeline.domain.week import Week
        from marketing_pipeline.store.plans import planned_weeks

        week = Week.containing(self._place.clock.now(), self._place.brand(brand).zone).plus(1)
        coming = [week.plus(away).key for away in range(9)]
        planned = {key for owner, key in planned_weeks(self._place.database, coming) if owner == brand}
        return next((key for key in coming if key not in planned), coming[-1])

    def layout(self, question: "Question") -> "Layout":
        """The posts and weeks that a question needs. Nothing is stored. Raises ExperimentInvalid, NotFound."""
        from marketing_pipeline.domain.experiment_design import layout_of, require_levels, room_for
        from marketing_pipeline.store.experiment_readings import noise_in

        brand = self._place.brand(question.brand)
        require_levels(brand, question)
        with self._place.database.read() as connection:
            noise = noise_in(connection, question.brand, question.metric, self._place.clock.now())
        return layout_of(question, room_for(brand, question.factor, question.level, question.against), noise)

    def state(self, person: Person, question: "Question") -> "Experiment":
        """Store an experiment: from its first week on, plans give it its posts.

        Raises NotAllowed, NotFound, and ExperimentInvalid for one that needs more weeks than it may last, that begins
        in a week that is planned or over, or while another of the same factor is open.
        """
        from marketing_pipeline.domain.experiment import (
            LONGEST_HYPOTHESIS,
            Experiment,
            ExperimentInvalid,
            ExperimentState,
        )

        person.require(Permission.EDIT, question.brand)
        hypothesis = written(question.hypothesis, "hypothesis", LONGEST_HYPOTHESIS)
        layout = self.layout(question)
        if question.first_week < (first := self.next_week(question.brand)):
            raise ExperimentInvalid(
                f"The week of {question.first_week} is planned or has begun.", f"The first that can be used is {first}."
            )
        now = self._place.clock.now()
        name = short_hash(question.brand, question.factor, question.level, question.against, now.isoformat(), length=10)
        experiment = Experiment(
            **question.model_dump(exclude={"most_weeks", "hypothesis"}),
            id=f"experiment-{name}",
            hypothesis=hypothesis,
            design=layout.room.design,
            noise_sd=layout.noise.sd,
            noise_posts=layout.noise.posts,
            blocks=layout.blocks,
            block_posts=layout.room.block_posts,
            most_weeks=question.most_weeks or layout.longest,
            state=ExperimentState.PLANNED,
            state_reason=f"stated by {person.name}",
            stated_by=person.name,
            stated_at=now,
            updated_at=now,
        )
        with anchored(self._place), self._place.database.write() as connection:
            self._experiments.state(connection, experiment)
        return experiment

    def stop(self, person: Person, experiment_id: str, note: str = "") -> "Experiment":
        """End an experiment before its rule does: one that waits is cancelled, one that runs is stopped as it stands.

        Raises NotFound, NotAllowed, and RefusedTransition for one that is over.
        """
        from marketing_pipeline.domain.experiment import ExperimentState
        from marketing_pipeline.store.experiment_readings import readout_of
        from marketing_pipeline.store.experiments import get_experiment

        said = note_of(note)
        with anchored(self._place), self._place.database.write() as connection:
            experiment = get_experiment(connection, experiment_id)
            person.require(Permission.EDIT, experiment.brand)
            is_waiting = experiment.state is ExperimentState.PLANNED
            to = ExperimentState.CANCELLED if is_waiting else ExperimentState.STOPPED
            if experiment.is_open:
                readout = readout_of(connection, experiment, self._place.clock.now())
                experiment = self._experiments.keep_reading(connection, readout)
            reason = f"{to} by {person.name}{f': {said}' if said else ''}"
            return self._experiments.move(connection, experiment, to, person.name, reason)

    def list(
        self, person: Person, brand: BrandId | None = None, state: "ExperimentState | None" = None
    ) -> "tuple[Experiment, ...]":
        """Experiments that this person may see, the newest first."""
        from marketing_pipeline.store.experiments import experiments_of

        person.require(Permission.READ, brand)
        with self._place.database.read() as connection:
            found = experiments_of(connection, brand, None if state is None else (state,))
        return tuple(each for each in found if person.sees(each.brand))

    def readout(self, person: Person, experiment_id: str) -> "Readout":
        """What an experiment says now. Looking costs nothing and changes nothing. Raises NotFound, NotAllowed."""
        from marketing_pipeline.store.experiment_readings import readout_of
        from marketing_pipeline.store.experiments import get_experiment

        with self._place.database.read() as connection:
            experiment = get_experiment(connection, experiment_id)
            person.require(Permission.READ, experiment.brand)
            return readout_of(connection, experiment, experiment.ended_at or self._place.clock.now())

    def look(self, brand: BrandId) -> "tuple[Readout, ...]":
        """Read every open experiment of a brand, keep what it says, and end those whose stopping rule has fired.

        Part of each week's work, before the week is planned.
        """
        from marketing_pipeline.domain.experiment import OPEN_STATES
        from marketing_pipeline.store.experiment_readings import readout_of
        from marketing_pipeline.store.experiments import experiments_of

        now = self._place.clock.now()
        read: list[Readout] = []
        with anchored(self._place), self._place.database.write() as connection:
            for experiment in experiments_of(connection, brand, OPEN_STATES):
                readout = readout_of(connection, experiment, now)
                kept = self._experiments.keep_reading(connection, readout)
                if (to := readout.ends_as()) is not None:
                    reason = readout.sentence() if readout.posts else "no week of it was planned"
                    kept = self._experiments.move(connection, kept, to, ACTOR, reason)
                    log.info("%s is %s: %s", kept.id, kept.state, kept.state_reason)
                read.append(readout.model_copy(update={"experiment": kept}))
        return tuple(read)

    @property
    def _experiments(self) -> "Experiments":
        from marketing_pipeline.store.experiments import Experiments

        return Experiments(self._place.audit, self._place.clock)
