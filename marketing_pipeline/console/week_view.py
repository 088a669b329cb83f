"""One week as a calendar shows it: days with their posts and the slots that are still empty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import Slot
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.post_lists import STUCK, ListedPost, moments_between, posts_between

MOST = 150
"""Posts of one page; a week of many brands has further pages."""
STRIP = (-2, 4)
"""Weeks of the strip, before and after the one that is shown."""
FIRST, LAST = date(2000, 1, 1), date(9000, 1, 1)
"""Days that can be asked for: the weeks around them are days, too."""
_FAR_EAST, _FAR_WEST = timedelta(hours=14), timedelta(hours=12)


class NoSuchWeek(MarketingError):
    """An address names a week that there is not."""


@dataclass(frozen=True)
class Entry:
    """One post, or a slot that nothing uses, at a local time."""

    local: datetime
    post: ListedPost | None = None
    slot: Slot | None = None
    is_over: bool = False


@dataclass(frozen=True)
class Day:
    """One day with what happens on it, in order."""

    date: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class StripDay:
    """One day of the strip: how many posts, and how many of them need a person."""

    date: date
    posts: int
    stuck: int


@dataclass(frozen=True)
class WeekView:
    """A week of a brand, or of all that the person sees. `more`: there is a further page."""

    week: Week
    days: tuple[Day, ...]
    strip: tuple[tuple[Week, tuple[StripDay, ...]], ...]
    page: int
    more: bool


def asked_week(desk: Desk, given: str) -> Week:
    """The week that an address names by any of its days; without one, this week. Raises NoSuchWeek."""
    if not given:
        return Week.containing(desk.now, desk.brand.zone if desk.brand else ZoneInfo("UTC"))
    try:
        named = date.fromisoformat(given)
    except ValueError as error:
        raise _no_week(given) from error
    if not FIRST <= named < LAST:
        raise _no_week(given)
    return Week(named - timedelta(days=named.weekday()))


def _no_week(given: str) -> NoSuchWeek:
    return NoSuchWeek(f"{given[:40]!r} is no week.", "Name its Monday, such as 2026-11-16.")


def week_of_brand(desk: Desk, connection: Connection, brand: Brand, week: Week) -> WeekView:
    """One brand's week with its empty slots, and a strip of the weeks around it."""
    start, end = week.start(brand.zone), week.end(brand.zone)
    found = posts_between(connection, (brand.brand_id,), start, end, limit=MOST)
    entries = [Entry(post.scheduled_at.astimezone(brand.zone), post) for post in found]
    entries += _empty_slots(brand, week, found, desk.now)
    weeks = [week.plus(step) for step in range(STRIP[0], STRIP[1])]
    moments = moments_between(connection, brand.brand_id, weeks[0].start(brand.zone), weeks[-1].end(brand.zone))
    local = [(brand.day_of(at), state) for at, state in moments if state is not PostState.CANCELLED]
    strip = tuple((each, tuple(_strip_day(day, local) for day in _days(each))) for each in weeks)
    return WeekView(week, _by_day(week, entries), strip, page=1, more=False)


def week_of_all(desk: Desk, connection: Connection, week: Week, number: int) -> WeekView:
    """Every brand's week by day, each in its own zone; page `number` of it, from 1."""
    monday = datetime.combine(week.monday, time(), UTC)
    found = posts_between(
        connection,
        desk.shown_brands,
        monday - _FAR_EAST,
        monday + timedelta(days=7) + _FAR_WEST,
        limit=MOST + 1,
        skipped=(number - 1) * MOST,
    )
    days = set(_days(week))
    local = (Entry(post.scheduled_at.astimezone(desk.brands[post.brand].zone), post) for post in found[:MOST])
    entries = [entry for entry in local if entry.local.date() in days]
    return WeekView(week, _by_day(week, entries), (), page=number, more=len(found) > MOST)


def _days(week: Week) -> list[date]:
    return [week.monday + timedelta(days=number) for number in range(7)]


def _by_day(week: Week, entries: Iterable[Entry]) -> tuple[Day, ...]:
    ordered = sorted(entries, key=lambda entry: (entry.local, entry.post is None))
    return tuple(Day(day, tuple(entry for entry in ordered if entry.local.date() == day)) for day in _days(week))


def _empty_slots(brand: Brand, week: Week, found: Sequence[ListedPost], now: datetime) -> list[Entry]:
    taken = {post.scheduled_at for post in found if post.state is not PostState.CANCELLED}
    free: list[Entry] = []
    for slot in brand.posting.slots:
        at = week.moment(slot.weekday_number, slot.at, brand.zone)
        if at not in taken:
            free.append(Entry(at.astimezone(brand.zone), slot=slot, is_over=at <= now))
    return free


def _strip_day(day: date, local: Sequence[tuple[date, PostState]]) -> StripDay:
    states = [state for on, state in local if on == day]
    return StripDay(day, len(states), sum(state in STUCK for state in states))
