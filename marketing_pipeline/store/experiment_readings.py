"""Experiments as they are read: their posts with arms and figures, what they want of a week, and a brand's noise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log1p
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from marketing_pipeline.domain.experiment import OPEN_STATES, Experiment, Metric
from marketing_pipeline.domain.experiment_allocation import Trial
from marketing_pipeline.domain.experiment_design import Noise, noise_of
from marketing_pipeline.domain.experiment_post import TrialPost
from marketing_pipeline.domain.experiment_readout import Readout, read
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.metrics import SnapshotAge, engagement
from marketing_pipeline.store.experiments import experiments_of
from marketing_pipeline.store.tables import experiment_posts, insight_snapshots, learnings, posts

HISTORY_WEEKS = 8
"""Newest weeks with posts measured to their end from which a brand's noise is read."""
HISTORY = timedelta(weeks=26)
"""How far they are looked for."""
_FIGURES = [insight_snapshots.c[name] for name in ("reach", "views", "likes", "comments", "saved", "shares")]


def readout_of(connection: Connection, experiment: Experiment, now: datetime) -> Readout:
    """Read an experiment from its posts as they stand. Looking changes nothing."""
    return read(experiment, trial_posts(connection, experiment), now)


def trial_posts(connection: Connection, experiment: Experiment) -> tuple[TrialPost, ...]:
    """The posts of an experiment with their figures at 7 days."""
    drawn = [column for column in experiment_posts.c if column.name not in ("experiment", "post", "created_at")]
    is_its_figures = (insight_snapshots.c.post == posts.c.id) & (insight_snapshots.c.age == SnapshotAge.WEEK)
    wanted = (
        select(
            posts.c.id.label("post"),
            *(posts.c[name] for name in ("week", "state", "pillar", "format", "hook", "slot", "published_at")),
            *drawn,
            *_FIGURES,
            insight_snapshots.c.post.is_not(None).label("measured"),
        )
        .join(posts, posts.c.id == experiment_posts.c.post)
        .join(insight_snapshots, is_its_figures, isouter=True)
        .where(experiment_posts.c.experiment == experiment.id)
    )
    return tuple(
        TrialPost.model_validate({**row, "figure": _figure(row, experiment.metric)})
        for row in connection.execute(wanted).mappings()
    )


def trials_for(connection: Connection, brand: BrandId, week: str, now: datetime) -> tuple[Trial, ...]:
    """The experiments that want posts of a week."""
    found: list[Trial] = []
    for experiment in experiments_of(connection, brand, OPEN_STATES):
        if experiment.covers(week):
            readout = readout_of(connection, experiment, now)
            drawn = frozenset(row.post.block for row in readout.posts)
            left = experiment.blocks - (len(drawn) - readout.lost_blocks)
            found.append(Trial(experiment, drawn, left))
    return tuple(found)


def noise_in(connection: Connection, brand: BrandId, metric: Metric, until: datetime) -> Noise:
    """The noise of a brand's log figures, from the newest posts that are measured to their end.

    What was known of a post's levels going into its week is taken off first, as the readout does.
    """
    rows = connection.execute(_history(brand, until)).mappings().all()
    weeks = sorted({row["week"] for row in rows})[-HISTORY_WEEKS:]
    known = _effects(connection, brand, weeks)
    return noise_of(
        [
            (row["week"], log1p(figure) - sum(known.get((row["week"], factor, row[factor]), 0.0) for factor in Factor))
            for row in rows
            if row["week"] in weeks and (figure := _figure(row, metric)) is not None
        ]
    )


def _history(brand: BrandId, until: datetime) -> Select[Any]:
    return (
        select(*(posts.c[name] for name in ("week", "pillar", "format", "hook", "slot")), *_FIGURES)
        .join(insight_snapshots, insight_snapshots.c.post == posts.c.id)
        .where(
            posts.c.brand == brand,
            insight_snapshots.c.age == SnapshotAge.WEEK,
            insight_snapshots.c.taken_at <= until,
            posts.c.scheduled_at > until - HISTORY,
        )
    )


def _effects(connection: Connection, brand: BrandId, weeks: Sequence[str]) -> dict[tuple[str, str, str], float]:
    wanted = select(learnings.c.week, learnings.c.factor, learnings.c.level, learnings.c.log_effect).where(
        learnings.c.brand == brand, learnings.c.week.in_(weeks), learnings.c.factor.in_([*Factor])
    )
    return {(row.week, row.factor, row.level): row.log_effect for row in connection.execute(wanted)}


def _figure(row: RowMapping, metric: Metric) -> float | None:
    """One figure of a row of insights; None where it, or a part of it, is absent."""
    if metric is Metric.ENGAGEMENT:
        return engagement(row["likes"], row["comments"], row["saved"], row["shares"])
    value = row[metric.value]
    return None if value is None else float(value)
