"""Experiments: stated, drawn, read and ended. Every change is one transaction with its audit row."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.experiment import (
    OPEN_STATES,
    Experiment,
    ExperimentInvalid,
    ExperimentState,
    require_step,
)
from marketing_pipeline.domain.experiment_readout import Readout
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.store.tables import experiment_posts, experiments


class Experiments:
    """Writes experiments within the caller's transaction; each change is an audit row."""

    def __init__(self, audit: AuditAppender, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def state(self, connection: Connection, experiment: Experiment) -> None:
        """Store a new experiment. Raises ExperimentInvalid while another of the same brand and factor is open."""
        standing = experiments_of(connection, experiment.brand, OPEN_STATES)
        if other := next((each for each in standing if each.factor is experiment.factor), None):
            raise ExperimentInvalid(
                f"{other.id} is {other.state} on the {other.factor} of {other.brand}: one at a time.",
                f"Wait for it, or end it with `marketing experiments stop {other.id}`.",
            )
        connection.execute(experiments.insert().values(**experiment.model_dump()))
        self._tell(connection, experiment, experiment.stated_by, {"question": experiment.question()})

    def draw(self, connection: Connection, planned: Sequence[PlannedPost], actor: str) -> None:
        """Store which arm each planned post belongs to; an experiment that gets its first posts is running.

        One that was ended meanwhile gets none.
        """
        now = self._clock.now()
        for experiment in experiments_of(connection, states=OPEN_STATES):
            rows = [
                {
                    **arm.model_dump(),
                    "post": post.id,
                    "drawn_at": post.assignment.scheduled_at,
                    "drawn_slot": post.assignment.slot,
                    "created_at": now,
                }
                for post in planned
                for arm in post.assignment.arms
                if arm.experiment == experiment.id
            ]
            if not rows:
                continue
            connection.execute(experiment_posts.insert(), rows)
            if experiment.state is ExperimentState.PLANNED:
                self.move(connection, experiment, ExperimentState.RUNNING, actor, "its first posts are drawn")
            detail = {str(row["post"]): str(row["arm"]) for row in rows}
            self._audit.append(
                connection,
                actor=actor,
                action="experiment.drawn",
                subject=experiment.id,
                brand=experiment.brand,
                detail=detail,
            )

    def move(
        self, connection: Connection, before: Experiment, to: ExperimentState, actor: str, reason: str
    ) -> Experiment:
        """Bring an experiment to another state. Raises RefusedTransition."""
        require_step(before, to)
        now = self._clock.now()
        values = {"state": to, "state_reason": reason, "updated_at": now}
        after = before.model_copy(update=values if to in OPEN_STATES else {**values, "ended_at": now})
        self._keep(connection, after)
        known = {"verdict": after.verdict, "times": after.times, "low": after.low, "high": after.high}
        self._tell(connection, after, actor, {"from": before.state, "reason": reason, **known})
        return after

    def keep_reading(self, connection: Connection, readout: Readout) -> Experiment:
        """Store what an experiment says now; it ends nothing."""
        last = readout.last
        values = {
            "verdict": readout.verdict,
            "measured_blocks": len(readout.steps),
            "times": last and last.times,
            "low": last and last.low,
            "high": last and last.high,
            "evidence": last.e_value if last else 1.0,
            "looked_at": readout.read_at,
            "updated_at": self._clock.now(),
        }
        after = readout.experiment.model_copy(update=values)
        self._keep(connection, after)
        return after

    def _keep(self, connection: Connection, experiment: Experiment) -> None:
        values = experiment.model_dump(exclude={"id"})
        connection.execute(update(experiments).where(experiments.c.id == experiment.id).values(**values))

    def _tell(self, connection: Connection, experiment: Experiment, actor: str, detail: Mapping[str, Any]) -> None:
        self._audit.append(
            connection,
            actor=actor,
            action=f"experiment.{experiment.state}",
            subject=experiment.id,
            brand=experiment.brand,
            detail=dict(detail),
        )


def get_experiment(connection: Connection, experiment_id: str) -> Experiment:
    """The experiment of that id. Raises NotFound."""
    row = connection.execute(select(experiments).where(experiments.c.id == experiment_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no experiment {experiment_id}.", "`marketing experiments list` shows them all.")
    return Experiment.model_validate(dict(row))


def experiments_of(
    connection: Connection, brand: BrandId | None = None, states: Collection[ExperimentState] | None = None
) -> tuple[Experiment, ...]:
    """Experiments, the newest first, of one brand or all, in some states or any."""
    wanted = select(experiments).order_by(experiments.c.stated_at.desc(), experiments.c.id)
    if brand is not None:
        wanted = wanted.where(experiments.c.brand == brand)
    if states is not None:
        wanted = wanted.where(experiments.c.state.in_(states))
    return tuple(Experiment.model_validate(dict(row)) for row in connection.execute(wanted).mappings())
