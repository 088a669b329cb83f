"""Moments in words, as a brand's people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.brand import Brand


def moment(at: datetime | None, brand: Brand | None) -> str:
    """A time as the brand's people read it; in UTC where the brand is not known."""
    zone = UTC if brand is None else ZoneInfo(brand.time_zone)
    return "–" if at is None else f"{at.astimezone(zone):%a %d %b %Y %H:%M %Z}"


def both_times(at: datetime, brand: Brand) -> str:
    """A time as the brand's people read it, and in UTC."""
    return f"{moment(at, brand)} ({at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
