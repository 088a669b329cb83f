"""Which arm of which experiment a post belongs to."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Arm(StrEnum):
    """The two sides of an experiment."""

    LEVEL = "level"
    """The level in question."""
    AGAINST = "against"
    """The level that it is held against."""

    @property
    def other(self) -> "Arm":
        """The other side."""
        return Arm.AGAINST if self is Arm.LEVEL else Arm.LEVEL


class TrialArm(BaseModel):
    """A post's part in an experiment, drawn when its week is planned and never changed."""

    model_config = ConfigDict(frozen=True)

    experiment: str
    block: Annotated[int, Field(ge=1, description="The pair, or the pair of weeks, within which arms are compared")]
    arm: Arm
    level: Annotated[str, Field(description="The level that the draw gave it")]
    expected: Annotated[float, Field(description="What was known of its other levels before it was made, in logs")]
