"""Whether somebody set an applied change's field to another value: from then on its figures are not its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import ApplyAdChange, CustomerId
from marketing_pipeline.domain.ad_platform import AdChangeEvent
from marketing_pipeline.domain.ad_value import readable


class AdEdits(Protocol):
    """Who changed what in an ad account. Both methods raise AdPlatformFailure."""

    def edits(
        self, customer: CustomerId, changes: Sequence[ApplyAdChange], since: datetime
    ) -> tuple[tuple[AdChangeEvent, ...], ...]:
        """For each change, everybody's edits of its field since then, oldest first; `after` is None for a removal."""
        ...

    def read_value(self, change: ApplyAdChange) -> str | None:
        """The live value, as `AdPlatform.read_value` tells it."""
        ...


class Overwrite(BaseModel):
    """Another value than a change's own. `day` is the account's; None where the history does not tell it."""

    model_config = ConfigDict(frozen=True)

    day: date | None
    by: str | None
    before: str
    after: str | None
    """None: the resource was removed."""


def first_overwrite(
    change: ApplyAdChange, edits: Sequence[AdChangeEvent], until: datetime, zone: ZoneInfo
) -> Overwrite | None:
    """The first edit up to `until` that left another value than the change's; `edits` since it was applied, in order.

    An edit that began from another value shows an earlier one, which the history no longer tells.
    """
    for edit in edits:
        if (edit.before, edit.after) == (change.before, change.after):
            continue
        if edit.before is not None and edit.before != change.after:
            return Overwrite(day=None, by=None, before=change.after, after=edit.before)
        if edit.at > until:
            return None
        if edit.after != change.after:
            return Overwrite(
                day=account_day(edit.at, zone),
                by=edit.user or edit.client_type,
                before=change.after,
                after=edit.after,
            )
    return None


def live_overwrite(change: ApplyAdChange, live: str | None, edits: Sequence[AdChangeEvent]) -> Overwrite | None:
    """What the live value tells where the history does not: another value that no known edit explains."""
    if live == change.after or (edits and edits[-1].after == live):
        return None
    return Overwrite(day=None, by=None, before=change.after, after=live)


def overwrite_in_words(change: ApplyAdChange, found: Overwrite) -> str:
    """Such as "overwritten on 2026-11-20 by ann@shop.example: €12 → €9"."""
    when = "on a day that the change history does not tell" if found.day is None else f"on {found.day}"
    who = "" if found.by is None else f" by {found.by}"
    after = "removed" if found.after is None else readable(change, found.after)
    return f"overwritten {when}{who}: {readable(change, found.before)} → {after}"
