"""An experiment: two levels of one factor, held against each other in posts that chance assigns.

Everything that decides is stated before the first post: the metric, the smallest effect worth knowing, how often a
difference may be seen where there is none, how many posts are made, and when it ends.
"""

import math
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.week import Week

LONGEST_HYPOTHESIS = 400
MOST_WEEKS = 52
LOST_AFTER = timedelta(days=7)
"""A post that is not out so long after its slot is left out, with its pair."""
MEASURED_AFTER = timedelta(days=10)
"""After its last week an experiment ends: by then every post has had its figures of 7 days for a day or two."""


class ExperimentInvalid(MarketingError):
    """The experiment cannot be run like that. Nothing was stored."""


class Metric(StrEnum):
    """The figure at 7 days that an experiment is about."""

    ENGAGEMENT = "engagement"
    REACH = "reach"
    VIEWS = "views"
    LIKES = "likes"
    COMMENTS = "comments"
    SAVED = "saved"
    SHARES = "shares"


class Design(StrEnum):
    """Between what the draw is made."""

    WITHIN_WEEK = "within_week"
    """Between the two posts of a pair, neighbours in time."""
    BY_WEEK = "by_week"
    """Between two weeks that follow each other, where a week has no room for both arms."""


class ExperimentState(StrEnum):
    """The only words for the state of an experiment."""

    PLANNED = "planned"
    RUNNING = "running"
    DECIDED = "decided"
    ENDED = "ended"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What an experiment has shown."""

    LEVEL_BETTER = "level_better"
    AGAINST_BETTER = "against_better"
    ALIKE = "alike"
    """The difference, if there is one, is smaller than what is worth knowing."""
    OPEN = "open"
    """Not known."""


_S = ExperimentState
TRANSITIONS: dict[ExperimentState, frozenset[ExperimentState]] = {
    _S.PLANNED: frozenset({_S.RUNNING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.DECIDED, _S.ENDED, _S.STOPPED}),
    _S.DECIDED: frozenset(),
    _S.ENDED: frozenset(),
    _S.STOPPED: frozenset(),
    _S.CANCELLED: frozenset(),
}
OPEN_STATES = (_S.PLANNED, _S.RUNNING)


class Question(BaseModel):
    """What a person asks, before anything is counted out."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    factor: Factor
    level: str
    against: str
    metric: Metric = Metric.ENGAGEMENT
    ratio: Annotated[float, Field(ge=1.02, le=10, description="Smallest effect worth knowing; 1.3 is 30 % more")] = 1.3
    alpha: Annotated[float, Field(ge=0.001, le=0.2, description="Chance of a verdict where nothing differs")] = 0.1
    power: Annotated[float, Field(ge=0.5, le=0.95, description="Chance of a verdict where the ratio is true")] = 0.8
    hypothesis: str = ""
    first_week: str
    most_weeks: Annotated[int | None, Field(ge=1, le=MOST_WEEKS, description="None: as many as are needed")] = None


class Experiment(BaseModel):
    """One row of `experiments`; the columns' comments say what each holds."""

    model_config = ConfigDict(frozen=True)

    id: str
    brand: BrandId
    factor: Factor
    level: str
    against: str
    metric: Metric
    ratio: float
    alpha: float
    power: float
    hypothesis: str
    design: Design
    noise_sd: float
    noise_posts: int
    blocks: int
    block_posts: int
    first_week: str
    most_weeks: int
    state: ExperimentState
    state_reason: str
    verdict: Verdict = Verdict.OPEN
    measured_blocks: int = 0
    times: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: float = 1.0
    stated_by: str
    stated_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    looked_at: AwareDatetime | None = None
    updated_at: AwareDatetime

    @property
    def posts_per_arm(self) -> int:
        """Posts of each arm that were planned before the start."""
        return self.blocks * self.block_posts

    @property
    def last_week(self) -> str:
        """Monday of the last week that may have posts of it."""
        return Week.parse(self.first_week).plus(self.most_weeks - 1).key

    @property
    def block_sd(self) -> float:
        """Standard deviation of the difference between the arms of one block that was planned with, in logs."""
        return block_sd(self.noise_sd, self.block_posts)

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN_STATES

    def covers(self, week: str) -> bool:
        """Whether a week lies within its span."""
        return self.first_week <= week <= self.last_week

    def level_of(self, arm: Arm) -> str:
        """The level that an arm's posts have."""
        return self.level if arm is Arm.LEVEL else self.against

    def question(self) -> str:
        """In words."""
        return f"Does {self.factor} {_plain(self.level)} bring more {self.metric} than {_plain(self.against)}?"


def block_sd(noise_sd: float, block_posts: int) -> float:
    """Deviation of the difference of two means of `block_posts` posts, each with that noise."""
    return noise_sd * math.sqrt(2 / block_posts)


def require_step(experiment: Experiment, to: ExperimentState) -> None:
    """Return where an experiment may go on to that state. Raises RefusedTransition."""
    if to not in TRANSITIONS[experiment.state]:
        ways = ", ".join(sorted(TRANSITIONS[experiment.state])) or "nothing: it is final"
        raise RefusedTransition(
            f"The experiment {experiment.id} is {experiment.state} and cannot become {to}.",
            f"From {experiment.state} it can become {ways}.",
        )


def _plain(level: str) -> str:
    return level.replace("_", " ")
