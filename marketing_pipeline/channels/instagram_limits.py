"""How long a refused call has to wait, as Instagram's own headers say."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any

LONGEST = timedelta(days=1)
"""Every limit of the Graph API counts calls of a day at most: a header that says more is not believed."""


def told_wait(headers: Mapping[str, str], answered_at: datetime | None) -> timedelta | None:
    """The longest wait that the headers of an answer name, a day at most; None when they name none.

    `Retry-After` holds seconds, or a moment, to be held against the answer's own `Date`. The usage headers hold
    `estimated_time_to_regain_access` in minutes, Meta's documentation says; that of the whole app may have none.
    """
    waits = [wait for wait in (_retry_after(headers, answered_at), *_regains(headers)) if wait and wait > timedelta(0)]
    return min(max(waits), LONGEST) if waits else None


def _retry_after(headers: Mapping[str, str], answered_at: datetime | None) -> timedelta | None:
    told = headers.get("retry-after", "").strip()
    try:
        if told.isdecimal():
            return timedelta(seconds=int(told))
        return parsedate_to_datetime(told) - answered_at if answered_at is not None else None
    except (ValueError, TypeError, OverflowError):
        return None


def _regains(headers: Mapping[str, str]) -> Iterator[timedelta]:
    # The app's usage is one entry; that of accounts is lists of them by account.
    for name in ("x-app-usage", "x-business-use-case-usage"):
        try:
            usage: Any = json.loads(headers.get(name, "{}"))
            entries: Any = (usage,) if name == "x-app-usage" else chain.from_iterable(usage.values())
            for entry in entries:
                yield timedelta(minutes=int(entry.get("estimated_time_to_regain_access", 0)))
        except (ValueError, TypeError, AttributeError, OverflowError):
            continue
