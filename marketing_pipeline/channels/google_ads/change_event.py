"""Who changed what in an account: Google's change history, some minutes late."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marketing_pipeline.channels.google_ads.message import plain
from marketing_pipeline.channels.google_ads.targets import text_of
from marketing_pipeline.domain.ad_platform import AdChangeEvent

MOST = 10_000
"""A query of the change history must have a LIMIT of at most this; documented."""
_FIELDS = (
    "change_event.change_date_time",
    "change_event.change_resource_name",
    "change_event.client_type",
    "change_event.user_email",
    "change_event.changed_fields",
    "change_event.old_resource",
    "change_event.new_resource",
)


_FIELDS_OF_ALL = (*_FIELDS, "change_event.resource_name", "change_event.resource_change_operation")


def events_query(resource: str, since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """What happened to a resource between two moments, oldest first. The history's times are of the account's zone."""
    condition = f"change_event.change_resource_name = '{resource}' AND {_between(since, until, zone)}"
    return _query(_FIELDS, condition, MOST)


def all_events(
    rows: Callable[[str], Iterable[Any]], since: datetime, until: datetime, zone: ZoneInfo, most: int = MOST
) -> Iterator[Any]:
    """The rows of everything that happened in the account, oldest first. `rows` asks one query.

    An answer of `most` rows may be cut short: what follows its last moment is asked for again. No more than
    `most` rows of one second are read.
    """
    seen: set[str] = set()
    while True:
        page = list(rows(_query(_FIELDS_OF_ALL, _between(since, until, zone), most)))
        fresh = [row for row in page if row.change_event.resource_name not in seen]
        yield from fresh
        if len(page) < most:
            return
        seen.update(row.change_event.resource_name for row in fresh)
        since = _moment(fresh[-1].change_event, zone) if fresh else since + timedelta(seconds=1)


def edit_of(row: Any, path: str, zone: ZoneInfo) -> AdChangeEvent | None:
    """As `event_of`, for rows of `all_events`; a removed resource has no value any more in any field."""
    event = row.change_event
    if event.resource_change_operation.name != "REMOVE":
        return event_of(row, path, zone)
    return AdChangeEvent(
        at=_moment(event, zone), user=event.user_email, client_type=event.client_type.name, before=None, after=None
    )


def event_of(row: Any, path: str, zone: ZoneInfo) -> AdChangeEvent | None:
    """The edit of one field that a (proto-plus) row tells of; None for an edit of others."""
    event = row.change_event
    # A field is named whole, or by the message that it is in.
    if not any(path == changed or path.startswith(f"{changed}.") for changed in event.changed_fields.paths):
        return None
    return AdChangeEvent(
        at=_moment(event, zone),
        user=event.user_email,
        client_type=event.client_type.name,
        before=_text(event.old_resource, path),
        after=_text(event.new_resource, path),
    )


def _query(fields: Iterable[str], condition: str, most: int) -> str:
    return (
        f"SELECT {', '.join(fields)} FROM change_event WHERE {condition}"
        f" ORDER BY change_event.change_date_time LIMIT {most}"
    )


def _between(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    first, last = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") for moment in (since, until))
    return f"change_event.change_date_time >= '{first}' AND change_event.change_date_time <= '{last}'"


def _moment(event: Any, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(event.change_date_time).replace(tzinfo=zone).astimezone(UTC)


def _text(changed: Any, path: str) -> str | None:
    """The field as changes write it: micros in digits, a status by its name; None where it is absent."""
    parts: Any = plain(changed).ListFields()
    message: Any = parts[0][1] if parts else None
    *parents, last = path.split(".")
    for parent in parents:
        if message is None or not message.HasField(parent):
            return None
        message = getattr(message, parent)
    field: Any = None if message is None else message.DESCRIPTOR.fields_by_name[last]
    if field is None or (field.has_presence and not plain(message).HasField(last)):
        return None
    value = getattr(message, last)
    return str(field.enum_type.values_by_number[value].name) if field.enum_type else text_of(value)
