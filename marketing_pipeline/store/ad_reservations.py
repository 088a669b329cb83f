"""What a claim reserves of the caps of the account's day, and when nothing is left of them.

What was reserved stays reserved while the outcome is open or the change is made; it is given back when it is proved
that nothing was done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from marketing_pipeline.domain.account_day import account_day, next_day_begins
from marketing_pipeline.domain.ad_amounts import raise_of
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.money import MICROS, Money
from marketing_pipeline.store.ad_effect_rows import RESERVED_DAY, RESERVED_RAISE, reserved_on

NOTHING_DONE = frozenset(
    {EffectState.QUEUED, EffectState.RETRY_WAIT, EffectState.FAILED, EffectState.CANCELLED, EffectState.EXPIRED}
)
"""States in which nothing was done, so that nothing stays reserved."""


class CapReached(MarketingError):
    """A cap of the account's day leaves no room; it is tried again when the next day begins, at `until`."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message, f"It waits until the account's next day, {until:%Y-%m-%d %H:%M} UTC.")
        self.until = until


def with_reservation(
    connection: Connection, effect: AdEffect, *, caps: AdCaps, zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """The progress of an effect that reserves what it needs of the day, in the account's `zone`. Raises CapReached."""
    day, rise = account_day(now, zone), raise_of(effect.payload)
    changes, raises = reserved_on(connection, effect.payload.customer_id, day)
    if changes >= caps.changes_per_day:
        raise CapReached(f"The account had its {changes} changes of {day}.", next_day_begins(now, zone))
    most, currency = round(caps.raise_per_day * MICROS), effect.payload.currency
    if raises + rise > most:
        raise CapReached(
            f"Raises of {day} would add up to {Money(micros=raises + rise, currency=currency).label()},"
            f" above {Money(micros=most, currency=currency).label()}.",
            next_day_begins(now, zone),
        )
    return {**effect.progress, RESERVED_DAY: day.isoformat(), RESERVED_RAISE: rise}


def without_reservation(progress: Mapping[str, Any]) -> dict[str, Any]:
    """The same progress, with nothing reserved."""
    return {name: value for name, value in progress.items() if name not in (RESERVED_DAY, RESERVED_RAISE)}
