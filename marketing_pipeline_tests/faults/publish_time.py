"""Rows 30 and 31: clocks that are wrong, and slots that a clock change takes away or gives twice."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.posting import Slot
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline_tests.faults.agency import A_LEASE, Agency, Office, brands_of, open_agency
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_A_DAY, _SLOT = timedelta(days=1), timedelta(hours=2)
_CHANGES = (
    ("Europe/Berlin", time(2, 30), "2027-03-22"),
    ("Europe/Berlin", time(2, 30), "2027-10-25"),
    ("Europe/London", time(1, 30), "2027-03-22"),
    ("Europe/London", time(1, 30), "2027-10-25"),
    ("America/New_York", time(2, 30), "2027-03-08"),
    ("America/New_York", time(1, 30), "2027-11-01"),
    ("Australia/Lord_Howe", time(2, 15), "2027-09-27"),
    ("Australia/Lord_Howe", time(1, 45), "2027-03-29"),
)
"""Zone, a time that the Sunday of the week lacks or has twice, and the week's Monday."""


class WrongClock:
    """Another clock, wrong by `off`, as a machine's clock may be."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.off = timedelta(0)

    def now(self) -> datetime:
        return self._right.now() + self.off

    def sleep(self, seconds: float) -> None:
        self._right.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        await self._right.pause(seconds)


@contextmanager
def _machine(agency: Agency) -> Generator[tuple[Office, WrongClock]]:
    clock = WrongClock(agency.clock)
    office = Office(agency.home.root, agency.url, agency.brands, clock)
    yield office, clock
    office.close()


def wrong_clock(tries: int, seed: int, folder: Path) -> Figure:
    """Row 30. A day ahead, a day behind, or jumping between both while posts are due; then right again."""
    early = 0
    with open_agency(folder, tries) as agency, _machine(agency) as (office, clock):
        queued = [agency.queue(brand, after=_SLOT) for brand in agency.fresh_brands(tries)]
        slot = queued[0].due_at
        for number in range(8 * 6):
            clock.off = (_A_DAY, -_A_DAY, timedelta(0))[number % 3] if number < 24 else timedelta(0)
            office.executor().drain()
            agency.clock.sleep(A_LEASE.total_seconds())
        early = sum(row.at < slot for row in agency.server.journal.rows(Kind.MEDIA_PUBLISHED))
        agency.settle(office.executor())
        twice = sum(agency.calls(effect) != 1 for effect in queued)
        return agency.figure(queued, note=f"{early} early posts") + Figure(tries=0, broken=early + twice)


def clock_changes(tries: int, seed: int, folder: Path) -> Figure:
    """Row 31. A slot on the Sunday of a clock change, in the hour that is missing or comes twice: one post."""
    brands = brands_of(tries)
    for number, (name, brand) in enumerate(brands.items()):
        zone, at, _ = _CHANGES[number % len(_CHANGES)]
        slot = Slot(id="night", weekday="sunday", at=at)
        posting = brand.posting.model_copy(update={"slots": (slot, *brand.posting.slots)})
        brands[name] = brand.model_copy(update={"time_zone": zone, "posting": posting})
    with open_agency(folder, brands) as agency:
        queued = list[tuple[Effect, datetime]]()
        for number, brand in enumerate(agency.fresh_brands(tries)):
            planned = _planned(brand, Week.parse(_CHANGES[number % len(_CHANGES)][2]))
            queued.append((agency.queue(brand, after=planned - agency.clock.now()), planned))
        early = 0
        for moment in sorted({moment for _, moment in queued}):
            for step in (-timedelta(hours=1), timedelta(0), timedelta(hours=1), timedelta(hours=2)):
                agency.clock.sleep(max(0.0, (moment + step - agency.clock.now()).total_seconds()))
                agency.executor().drain()
        for effect, moment in queued:
            went = agency.server.journal.rows(Kind.MEDIA_PUBLISHED, effect.payload.account_id)
            early += sum(row.at < moment for row in went)
        return agency.figure([effect for effect, _ in queued]) + Figure(tries=0, broken=early)


def _planned(brand: Brand, week: Week) -> datetime:
    [slot, *_] = brand.posting.slots
    return week.moment(slot.weekday_number, slot.at, brand.zone)


ROWS = (
    FaultRow("30", "Clock a day ahead, a day behind, or running backwards", "publish", 2, 20, wrong_clock),
    FaultRow("31", "Slot in the missing hour or the repeated hour", "publish", 8, 24, clock_changes),
)
