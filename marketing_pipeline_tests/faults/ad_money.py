"""Budgets and caps: what moved, what is there already, amounts that are none, caps that cannot be read, days."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import AdChangeState, ApplyAdChange
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.sandbox.google_ads.journal import THE_CLIENT
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.domain.ad_amount_cases import AMOUNTS, BROKEN, change, passes, slip
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.faults.ad_judge import refused
from marketing_pipeline_tests.faults.ad_office import open_office, write_brand
from marketing_pipeline_tests.faults.ad_stage import CAMPAIGNS, AdStage, open_stage, patient_brand
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_A = AdChangeState
CLOCK_CHANGES = {
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Africa/Cairo": ("2026-04-24", "2026-10-29"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
}
ZONE_DAYS = tuple((zone, day) for zone, days in CLOCK_CHANGES.items() for day in days)
_HALF_AN_HOUR = timedelta(minutes=30)
_DAYS = 4
_GONE = object()
_CAPS = (
    "change_percent",
    "change_amount",
    "raise_per_day",
    "account_daily_budget",
    "budget_floor",
    "budget_ceiling",
    "bid_ceiling",
)
_UNREADABLE: tuple[Any, ...] = (_GONE, "a lot", "5,000", None, 0, -1, True, [], float("nan"), float("inf"))
BROKEN_CAPS: tuple[tuple[str, Any], ...] = (
    *((cap, value) for cap in _CAPS for value in _UNREADABLE),
    ("caps", _GONE),
    ("caps", None),
    ("caps", "none"),
    ("policy", _GONE),
    ("policy", "none"),
    ("file", "policies: {ads: {caps: {"),
    ("file", ""),
    ("file", _GONE),
)
"""A cap, the section or the whole file, and what stands there instead."""


def drifted(tries: int, seed: int, folder: Path) -> Figure:
    """Row 24: somebody set the budget after it was approved. `broken` counts what is not refused, or not said so."""
    return _moved(tries, folder, 20_000, _A.DRIFTED)


def there_already(tries: int, seed: int, folder: Path) -> Figure:
    """Row 25: the budget has the approved value by now: made, and not a call."""
    return _moved(tries, folder, 0, _A.APPLIED)


def _moved(tries: int, folder: Path, beyond: int, ends: AdChangeState) -> Figure:
    """Set each budget elsewhere to so many micros beyond what is approved, then apply.

    Whatever reaches the account from here, dry or not, is broken.
    """
    figure = Figure(tries=0)
    for start in range(0, tries, CAMPAIGNS):
        with open_stage(folder) as stage:
            for budget in stage.budgets()[: tries - start]:
                approved = stage.desk.approved(budget)
                stage.edit(budget.resource, int(budget.after) + beyond)
                with suppress(MarketingError):
                    stage.desk.executor().apply(approved.id)
                figure += Figure(tries=1, broken=stage.desk.change(approved.id).state is not ends)
            figure += Figure(tries=0, broken=_reached(stage))
    return figure + Figure(tries=0, note="0 mutates, 0 dry runs")


def _reached(stage: AdStage) -> int:
    """Operations of the client in the journal, dry runs included."""
    return sum(entry.actor == THE_CLIENT for entry in stage.sandbox.journal())


def broken_amounts(tries: int, seed: int, folder: Path) -> Figure:
    """Row 26: amounts that are none, and slips of the unit by a thousand or a million. Some go all the way: proposed,
    approved and applied, so that the journal can tell that nothing reached the network.
    """
    passed: list[ApplyAdChange] = []
    drawn = Counter[str]()

    @seeded(seed)
    @settings(max_examples=tries * 4 // 5, database=None, deadline=None)
    @given(broken=BROKEN)
    def amounts(broken: Any) -> None:
        drawn["tries"] += 1
        _note(passed, change(after=broken))

    @seeded(seed)
    @settings(max_examples=tries - tries * 4 // 5, database=None, deadline=None)
    @given(before=AMOUNTS, factor=st.sampled_from([1_000, 1_000_000]), up=st.booleans())
    def slips(before: int, factor: int, up: bool) -> None:
        drawn["tries"] += 1
        _note(passed, slip(before, factor, up))

    amounts()
    slips()
    figure = Figure(tries=drawn["tries"], broken=len(passed), note=f"{drawn['tries']} amounts refused")
    with open_stage(folder) as stage:
        for budget, factor in zip(stage.budgets(), (1_000, 1_000_000) * (CAMPAIGNS // 2), strict=True):
            slipped = budget.model_copy(update={"after": str(int(budget.before) * factor)})
            approved = stage.desk.approved(slipped)
            with suppress(MarketingError):
                stage.desk.executor().apply(approved.id)
        return figure + Figure(tries=0, broken=_reached(stage))


def _note(passed: list[ApplyAdChange], candidate: ApplyAdChange) -> None:
    if passes(candidate):
        passed.append(candidate)


def unreadable_caps(tries: int, seed: int, folder: Path) -> Figure:
    """Row 27: the brand's file lost a cap, or has something else there, after a change was approved."""
    chosen = BROKEN_CAPS if tries >= len(BROKEN_CAPS) else random.Random(seed).sample(BROKEN_CAPS, tries)
    brand = patient_brand()
    with open_office(folder, brand) as office:
        approved, broken = office.stage.approved(), 0
        for name, value in chosen:
            file = write_brand(office.brands, brand)
            _break(file, name, value)
            broken += _acts(approved.id)
        figure = refused(office.stage, len(chosen)) + Figure(tries=0, broken=broken)
        # The same change goes out once the file is whole: it was the file that stopped it.
        write_brand(office.brands, brand)
        return figure + Figure(tries=0, broken=not _acts(approved.id))


def _acts(change_id: str) -> bool:
    """Whether a fresh installation with these files applies the change."""
    with suppress(MarketingError), Workplace.open(Settings.from_environment()) as workplace:
        return workplace.ads.apply(change_id, "row 27") == ""
    return False


def _break(file: Path, name: str, value: Any) -> None:
    if name == "file":
        if value is _GONE:
            file.unlink()
        else:
            file.write_text(value, encoding="utf-8")
        return
    content = json.loads(file.read_text(encoding="utf-8"))
    policies = content["policies"]
    holder, key = {
        "policy": (policies, "ads"),
        "caps": (policies["ads"], "caps"),
    }.get(name, (policies["ads"]["caps"], name))
    if value is _GONE:
        del holder[key]
    else:
        holder[key] = value
    # YAML writes these two in a way of its own.
    text = json.dumps(content).replace("NaN", ".nan").replace("Infinity", ".inf")
    file.write_text(text, encoding="utf-8")


def days_of_the_cap(tries: int, seed: int, folder: Path) -> Figure:
    """Row 29: one change a day is allowed, and one is asked for each half hour, over the days around a clock change.

    By the journal each day of the account's calendar has exactly one. `broken` counts the days that have not.
    """
    chosen: Sequence[tuple[str, str]] = ZONE_DAYS
    if tries < len(ZONE_DAYS):
        chosen = random.Random(seed).sample(ZONE_DAYS, tries)
    figure = Figure(tries=0)
    for zone, day in chosen:
        counts = _days_around(folder, ZoneInfo(zone), date.fromisoformat(day))
        figure += Figure(tries=1, effects=sum(counts.values()), broken=sum(count != 1 for count in counts.values()))
    return figure + Figure(tries=0, note=f"{figure.effects} days counted once, 0 twice, 0 never")


def _days_around(folder: Path, zone: ZoneInfo, day: date) -> Mapping[date, int]:
    """How many changes the journal has for each day."""
    first = day - timedelta(days=2)
    begins = datetime.combine(first, datetime.min.time(), zone).astimezone(UTC)
    ends = datetime.combine(first + timedelta(days=_DAYS), datetime.min.time(), zone).astimezone(UTC)
    brand = patient_brand({"changes_per_day": 1})
    with open_stage(folder, brand, at=begins, time_zone=zone.key) as stage:
        desk = stage.desk
        waiting = stage.approved()
        while desk.clock.now() < ends:
            with suppress(MarketingError):
                desk.executor().apply(waiting.id)
            if desk.change(waiting.id).state is _A.APPLIED:
                waiting = stage.approved()
            _pass(desk, _HALF_AN_HOUR)
        made = Counter(account_day(entry.at, zone) for entry in stage.sandbox.applied())
    return {first + timedelta(days=number): made[first + timedelta(days=number)] for number in range(_DAYS)}


def _pass(desk: AdDesk, time: timedelta) -> None:
    desk.clock.sleep(time.total_seconds())


_REFUSE = "ad change to refuse"
ROWS = (
    FaultRow("24", "budget drifted since approval", _REFUSE, 5, 100, drifted),
    FaultRow("25", "budget already equals the approved value", _REFUSE, 5, 100, there_already),
    FaultRow("26", "amounts that are none", "amount", 1_000, 100_000, broken_amounts),
    FaultRow("27", "caps missing or unparseable", _REFUSE, 30, len(BROKEN_CAPS), unreadable_caps),
    FaultRow("29", "cap window at clock change", "account", 1, len(ZONE_DAYS), days_of_the_cap),
)
