"""A marketing week: a Monday date as the label, its hours in the brand's own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Week:
    """One week, named by its Monday. Raises ValueError for any other day."""

    monday: date

    def __post_init__(self) -> None:
        if self.monday.weekday() != 0:
            nearest = self.monday - timedelta(days=self.monday.weekday())
            raise ValueError(f"{self.monday} is not a Monday; the week it lies in is {nearest}.")

    @classmethod
    def parse(cls, key: str) -> "Week":
        """From a label such as 2026-11-16."""
        return cls(date.fromisoformat(key))

    @classmethod
    def containing(cls, moment: datetime, zone: ZoneInfo) -> "Week":
        """The week that `moment` lies in for people of `zone`."""
        day = moment.astimezone(zone).date()
        return cls(day - timedelta(days=day.weekday()))

    @property
    def key(self) -> str:
        """The label, as in partition keys and tables."""
        return self.monday.isoformat()

    def plus(self, weeks: int) -> "Week":
        """The week that many weeks later (or earlier, when negative)."""
        return Week(self.monday + timedelta(weeks=weeks))

    def moment(self, weekday: int, at: time, zone: ZoneInfo) -> datetime:
        """A day and wall-clock time of this week as UTC; weekday 0 is Monday.

        An hour that a clock change skips moves forward by the gap; an hour that occurs twice means the first.
        """
        local = datetime.combine(self.monday + timedelta(days=weekday), at, tzinfo=zone)
        return local.astimezone(UTC)

    def start(self, zone: ZoneInfo) -> datetime:
        """Its first moment in UTC."""
        return self.moment(0, time(0), zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The first moment of the next week in UTC."""
        return self.plus(1).start(zone)

    def days(self) -> tuple[date, ...]:
        """Its seven dates."""
        return tuple(self.monday + timedelta(days=offset) for offset in range(7))
