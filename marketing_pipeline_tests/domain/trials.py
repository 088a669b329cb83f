"""Experiments and posts of experiments for tests, each saying only what it is about."""

from datetime import datetime, timedelta
from typing import Any

from marketing_pipeline.domain.experiment import Design, Experiment, ExperimentState, Metric
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_post import TrialPost
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.week import Week
from marketing_pipeline_tests.fixtures import NOW

WEEK = Week.parse("2026-11-16")


def an_experiment(**changes: Any) -> Experiment:
    """A running experiment about the hook of the tea room's posts, with changes."""
    usual = Experiment(
        id="experiment-1",
        brand=BrandId("tea_room"),
        factor=Factor.HOOK,
        level="question",
        against="list",
        metric=Metric.LIKES,
        ratio=1.5,
        alpha=0.1,
        power=0.8,
        hypothesis="Questions are answered.",
        design=Design.WITHIN_WEEK,
        noise_sd=0.4,
        noise_posts=0,
        blocks=20,
        block_posts=1,
        first_week=WEEK.key,
        most_weeks=12,
        state=ExperimentState.RUNNING,
        state_reason="its first posts are drawn",
        stated_by="ed",
        stated_at=NOW,
        updated_at=NOW,
    )
    return usual.model_copy(update=changes)


def a_post(block: int, arm: Arm, figure: float | None, drawn_at: datetime = NOW, **changes: Any) -> TrialPost:
    """A post of that experiment that went out on time, with changes."""
    level = an_experiment().level_of(arm)
    usual = TrialPost(
        post=PostId(f"tea_room-2026-11-16-{block:02d}-{arm}"),
        week=WEEK.key,
        block=block,
        arm=arm,
        level=level,
        expected=0.0,
        drawn_at=drawn_at,
        drawn_slot="s0",
        state="published",
        pillar="garden",
        format="square",
        hook=level,
        slot="s0",
        published_at=drawn_at + timedelta(minutes=1),
        measured=figure is not None,
        figure=figure,
    )
    return usual.model_copy(update=changes)


def a_pair(block: int, level: float | None, against: float | None, **changes: Any) -> tuple[TrialPost, TrialPost]:
    """Both posts of a pair with their figures; changes are of the first."""
    first = a_post(block, Arm.LEVEL, level).model_copy(update=changes)
    return first, a_post(block, Arm.AGAINST, against)
