"""The day of an ad account: caps are counted from one midnight of its own time zone to the next."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.clock import aware


def account_day(now: datetime, zone: ZoneInfo) -> date:
    """The date that an account's calendar shows at `now`."""
    return aware(now).astimezone(zone).date()


def next_day_begins(now: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the account's next day begins.

    Where the clocks skip midnight the day begins at the skip: that is what the offset before it gives.
    """
    return datetime.combine(account_day(now, zone) + timedelta(days=1), time(0), zone).astimezone(UTC)
