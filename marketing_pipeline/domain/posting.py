"""When and how often a brand posts, and what becomes of a late post."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from marketing_pipeline.domain.brand_part import BrandPart, Slug, WallTime
from marketing_pipeline.domain.week import Week

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Slot(BrandPart):
    """A day and a wall-clock time (brand's zone) at which a post may go out."""

    id: Slug
    weekday: Weekday
    at: WallTime

    @property
    def weekday_number(self) -> int:
        """0 for Monday."""
        return WEEKDAYS.index(self.weekday)


class LatePolicy(StrEnum):
    """What happens to a post whose slot has passed."""

    PUBLISH_LATE = "publish_late"
    SKIP = "skip"
    ASK = "ask"


class Posting(BrandPart):
    """When and how often the brand posts, and what becomes of a late post."""

    posts_per_week: Annotated[int, Field(ge=1, le=21)]
    slots: Annotated[tuple[Slot, ...], Field(min_length=1)]
    plan_on: Annotated[Weekday, Field(description="Day of the week before on which a week is planned")] = "friday"
    plan_at: time = time(9)
    late_after_minutes: Annotated[int, Field(ge=5, le=10_080)] = 360
    late_policy: LatePolicy = LatePolicy.ASK

    def is_too_late(self, due_at: datetime, now: datetime) -> bool:
        """Whether a post of that slot may no longer go out by itself; never where the brand publishes late."""
        passed = now > due_at + timedelta(minutes=self.late_after_minutes)
        return passed and self.late_policy is not LatePolicy.PUBLISH_LATE

    def next_slot(self, week: Week, zone: ZoneInfo, after: datetime) -> datetime | None:
        """The first slot of a week that is still to come; None where there is none."""
        moments = (week.moment(slot.weekday_number, slot.at, zone) for slot in self.slots)
        return min((moment for moment in moments if moment > after), default=None)

    @model_validator(mode="after")
    def _enough_slots(self) -> Self:
        if len(self.slots) < self.posts_per_week:
            raise ValueError(f"{self.posts_per_week} posts a week need as many slots; {len(self.slots)} are given")
        times = {(slot.weekday, slot.at) for slot in self.slots}
        if len(times) < len(self.slots) or len({slot.id for slot in self.slots}) < len(self.slots):
            raise ValueError("two slots share an id, or a day and time")
        return self
