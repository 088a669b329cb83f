"""Signs of life: what should be running, and for how long a silence is normal."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MISSED_BEATS = 3
"""A silence of so many beats means that it is gone."""


class ServerKind(StrEnum):
    """What beats."""

    DAEMON = "daemon"
    CODE_LOCATION = "code_location"
    DRAIN = "drain"
    CONSOLE = "console"


class Heartbeat(BaseModel):
    """The last sign of life of one process. `every_seconds` is how often it means to beat."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    kind: ServerKind
    host: str
    pid: int
    every_seconds: int = Field(ge=1)
    started_at: AwareDatetime
    beat_at: AwareDatetime
    ended_at: AwareDatetime | None = None

    def is_silent(self, now: AwareDatetime) -> bool:
        """Whether it has been silent for too long without having said goodbye."""
        return self.ended_at is None and now - self.beat_at > timedelta(seconds=MISSED_BEATS * self.every_seconds)
