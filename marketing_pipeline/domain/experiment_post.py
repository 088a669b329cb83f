"""A post of an experiment: as it was drawn, as it is now, and whether it counts."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.experiment import LOST_AFTER, MEASURED_AFTER
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.learning import Factor

LATE = timedelta(hours=6)
"""From so long after its slot a post is told to be late; it counts all the same."""


class Standing(StrEnum):
    """Whether a post counts."""

    COUNTED = "counted"
    WAITING = "waiting"
    LEFT_OUT = "left_out"


class TrialPost(BaseModel):
    """A post of an experiment as it is now, and as it was drawn. `figure` is that at 7 days; None until then."""

    model_config = ConfigDict(frozen=True)

    post: PostId
    week: str
    block: int
    arm: Arm
    level: str
    expected: float
    drawn_at: Annotated[AwareDatetime, Field(description="When it was to go out when it was drawn")]
    drawn_slot: str
    state: str
    pillar: str
    format: str
    hook: str
    slot: str
    published_at: AwareDatetime | None
    measured: Annotated[bool, Field(description="Whether its figures of 7 days are read")]
    figure: float | None

    def standing(self, now: datetime) -> tuple[Standing, str]:
        """Whether it counts, and why not."""
        if self.state == "cancelled":
            return Standing.LEFT_OUT, "cancelled"
        if self.published_at is None:
            if now > self.drawn_at + LOST_AFTER:
                return Standing.LEFT_OUT, "not published within 7 days of its slot"
            return Standing.WAITING, "not published yet"
        if self.published_at > self.drawn_at + LOST_AFTER:
            return Standing.LEFT_OUT, "published more than 7 days late"
        if self.figure is not None:
            return Standing.COUNTED, ""
        if self.measured:
            return Standing.LEFT_OUT, "Instagram gave no such figure"
        if now > self.published_at + MEASURED_AFTER + LOST_AFTER:
            return Standing.LEFT_OUT, "never measured at 7 days"
        return Standing.WAITING, "not 7 days old yet"

    def level_now(self, factor: Factor) -> str:
        """The level that it really has."""
        return str(getattr(self, factor.value))

    def deviation(self, factor: Factor) -> str:
        """What differs from the draw; empty where nothing does."""
        parts: list[str] = []
        if self.level_now(factor) != self.level:
            parts.append(f"changed to {factor} {self.level_now(factor)}")
        if factor is not Factor.SLOT and self.slot != self.drawn_slot:
            parts.append(f"moved to {self.slot}")
        if self.published_at is not None and self.published_at - self.drawn_at > LATE:
            parts.append("published late")
        return ", ".join(parts)


class ReadPost(BaseModel):
    """A post in the readout."""

    model_config = ConfigDict(frozen=True)

    post: TrialPost
    standing: Standing
    why: str
    deviation: str
