"""What an experiment says so far: the posts behind it, which of them count, and the verdict.

A post counts for the arm that the draw gave it, whatever people changed afterwards (intention to treat): leaving out
what was changed would let those who change decide. What differs is told beside. A post without a figure cannot count,
and takes its block with it: not published within 7 days of its slot, or not measured. Blocks are read in the order in
which they were drawn, up to the first that still waits, so that late figures rewrite nothing.
"""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.experiment import MEASURED_AFTER, Experiment, ExperimentState, Verdict
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_evidence import Evidence, Rule, evidence_of
from marketing_pipeline.domain.experiment_post import ReadPost, Standing, TrialPost
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.week import Week

OTHER_WEEK = timedelta(days=15)
"""How long after a week the other one of its block may be planned."""


class Step(BaseModel):
    """What was known after one more block; ratios of the level to what it is held against."""

    model_config = ConfigDict(frozen=True)

    block: int
    week: str
    posts: int
    difference: float
    times: float
    low: float | None
    high: float | None
    e_value: float
    verdict: Verdict


class Balance(BaseModel):
    """How many counted posts of each arm had a level of another factor."""

    model_config = ConfigDict(frozen=True)

    factor: Factor
    level: str
    posts: int
    posts_against: int


class Readout(BaseModel):
    """An experiment read at a moment."""

    model_config = ConfigDict(frozen=True)

    experiment: Experiment
    read_at: AwareDatetime
    steps: tuple[Step, ...]
    posts: tuple[ReadPost, ...]
    balance: tuple[Balance, ...]
    as_published: Annotated[
        float | None, Field(description="The ratio among blocks that went out as drawn; decides nothing")
    ]

    @property
    def last(self) -> Step | None:
        """What is known now; None before the first block."""
        return self.steps[-1] if self.steps else None

    @property
    def verdict(self) -> Verdict:
        """The first verdict that was reached, in the order of the blocks."""
        return next((step.verdict for step in self.steps if step.verdict is not Verdict.OPEN), Verdict.OPEN)

    def counts(self, standing: Standing, arm: Arm | None = None) -> int:
        """Posts of that standing, of one arm or both."""
        return sum(row.standing is standing and arm in (None, row.post.arm) for row in self.posts)

    @property
    def lost_blocks(self) -> int:
        """Blocks that will never count."""
        return len({row.post.block for row in self.posts if row.standing is Standing.LEFT_OUT})

    @property
    def drawn_blocks(self) -> int:
        """Blocks that were drawn so far."""
        return len({row.post.block for row in self.posts})

    def ends_as(self) -> ExperimentState | None:
        """Where the stopping rule leads now: decided, ended, cancelled where no week was planned, or None to go on."""
        experiment = self.experiment
        last_day = datetime.combine(Week.parse(experiment.last_week).plus(1).monday, time(), UTC)
        is_over = self.read_at > last_day + MEASURED_AFTER
        match experiment.state:
            case ExperimentState.PLANNED:
                return ExperimentState.CANCELLED if is_over else None
            case ExperimentState.RUNNING:
                if self.verdict is not Verdict.OPEN:
                    return ExperimentState.DECIDED
                return ExperimentState.ENDED if is_over or len(self.steps) >= experiment.blocks else None
            case _:
                return None

    def sentence(self) -> str:
        """The verdict in words."""
        experiment, last = self.experiment, self.last
        if last is None:
            return "Not known yet: no pair of posts is measured to its end."
        words = (_plain(experiment.level), _plain(experiment.against))
        bounds = f"{last.times:.2f} times, {1 - experiment.alpha:.0%} interval {interval_words(last.low, last.high)}"
        match self.verdict:
            case Verdict.LEVEL_BETTER:
                return f"{words[0]} brings more {experiment.metric} than {words[1]}: {bounds}."
            case Verdict.AGAINST_BETTER:
                return f"{words[0]} brings less {experiment.metric} than {words[1]}: {bounds}."
            case Verdict.ALIKE:
                return f"{words[0]} and {words[1]} differ by less than {experiment.ratio:g} times: {bounds}."
            case Verdict.OPEN:
                return f"Not known yet: {bounds}."


def read(experiment: Experiment, posts: Sequence[TrialPost], now: datetime) -> Readout:
    """Read an experiment. It may be read at any time and as often as one likes: the interval holds at all of them."""
    rows = tuple(
        ReadPost(post=post, standing=standing, why=why, deviation=post.deviation(experiment.factor))
        for post in sorted(posts, key=lambda post: (post.block, post.arm.value, post.drawn_at))
        for standing, why in [post.standing(now)]
    )
    used = _counted_blocks(rows, now)
    differences = [_difference(block) for block in used]
    rule = Rule(block_sd=experiment.block_sd, alpha=experiment.alpha, ratio=experiment.ratio)
    steps: list[Step] = []
    reached = Verdict.OPEN
    for block, difference, known in zip(used, differences, evidence_of(differences, rule), strict=True):
        reached = reached if reached is not Verdict.OPEN else known.verdict(experiment.ratio)
        steps.append(_step(block, difference, known, reached, sum(len(each) for each in used[: len(steps) + 1])))
    pure = [_difference(block) for block in used if not any(row.deviation for row in block)]
    return Readout(
        experiment=experiment,
        read_at=now,
        steps=tuple(steps),
        posts=rows,
        balance=_balance(experiment.factor, [row.post for block in used for row in block]),
        as_published=math.exp(sum(pure) / len(pure)) if pure else None,
    )


def interval_words(low: float | None, high: float | None) -> str:
    """Two ends of a ratio as people read them."""
    if low is None and high is None:
        return "still without limits"
    if low is None or high is None:
        return f"below {high:.2f}" if high is not None else f"above {low:.2f}"
    return f"{low:.2f} to {high:.2f}"


def _counted_blocks(rows: Sequence[ReadPost], now: datetime) -> list[list[ReadPost]]:
    """Blocks of which every post counts, up to the first that waits.

    A block whose other week was not planned in time is left out.
    """
    blocks: dict[int, list[ReadPost]] = {}
    for row in rows:
        blocks.setdefault(row.post.block, []).append(row)
    counted: list[list[ReadPost]] = []
    for _, block in sorted(blocks.items()):
        standings = {row.standing for row in block}
        is_half = {row.post.arm for row in block} != set(Arm)
        if Standing.LEFT_OUT in standings or (is_half and now > block[-1].post.drawn_at + OTHER_WEEK):
            continue
        if is_half or standings != {Standing.COUNTED}:
            break
        counted.append(block)
    return counted


def _difference(block: Sequence[ReadPost]) -> float:
    return _mean(block, Arm.LEVEL) - _mean(block, Arm.AGAINST)


def _mean(block: Sequence[ReadPost], arm: Arm) -> float:
    logs = [math.log1p(row.post.figure or 0.0) - row.post.expected for row in block if row.post.arm is arm]
    return sum(logs) / len(logs)


def _step(block: Sequence[ReadPost], difference: float, known: Evidence, verdict: Verdict, posts: int) -> Step:
    return Step(
        block=block[0].post.block,
        week=max(row.post.week for row in block),
        posts=posts,
        difference=difference,
        times=math.exp(known.mean),
        low=None if known.low is None else math.exp(known.low),
        high=None if known.high is None else math.exp(known.high),
        e_value=known.e_value,
        verdict=verdict,
    )


def _balance(factor: Factor, posts: Sequence[TrialPost]) -> tuple[Balance, ...]:
    counts = Counter(
        (other, post.level_now(other), post.arm) for other in Factor if other is not factor for post in posts
    )
    return tuple(
        Balance(
            factor=other,
            level=level,
            posts=counts[other, level, Arm.LEVEL],
            posts_against=counts[other, level, Arm.AGAINST],
        )
        for other, level in sorted({(other, level) for other, level, _ in counts})
    )


def _plain(level: str) -> str:
    return level.replace("_", " ")
