"""What a sensor's ticks keep between them: the levels reported last, and readings of the clocks."""

from pydantic import BaseModel, ConfigDict, ValidationError

from marketing_pipeline.domain.clock_reading import ClockReading
from marketing_pipeline.domain.health import Area, Health, Level

COMPARED = 3
"""Clocks are held against those of so many ticks ago."""


class ReportedHealth(BaseModel):
    """The cursor of the sensor. Empty before its first tick, and where the cursor was lost."""

    model_config = ConfigDict(frozen=True)

    levels: dict[Area, Level] = {}
    readings: tuple[ClockReading, ...] = ()

    @classmethod
    def parse(cls, cursor: str | None) -> "ReportedHealth":
        """What a cursor says; nothing for one that cannot be read."""
        try:
            return cls.model_validate_json(cursor or "{}")
        except ValidationError:
            return cls()

    @property
    def clocks(self) -> ClockReading | None:
        """The oldest reading kept."""
        return self.readings[0] if self.readings else None

    def after(self, health: Health, clocks: ClockReading) -> "ReportedHealth":
        """What the next tick starts from."""
        levels = {area: health.worst(area) for area in Area}
        return ReportedHealth(levels=levels, readings=(*self.readings, clocks)[-COMPARED:])
