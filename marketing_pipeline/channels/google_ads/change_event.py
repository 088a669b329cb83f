"""Who changed what in an account: Google's change history, some minutes late."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marketing_pipeline.channels.google_ads.message import plain
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


def events_query(resource: str, since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """What happened to a resource between two moments, oldest first. The history's times are of the account's zone."""
    first, last = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") for moment in (since, until))
    return (
        f"SELECT {', '.join(_FIELDS)} FROM change_event WHERE change_event.change_resource_name = '{resource}'"
        f" AND change_event.change_date_time >= '{first}' AND change_event.change_date_time <= '{last}'"
        f" ORDER BY change_event.change_date_time LIMIT {MOST}"
    )


def event_of(row: Any, path: str, zone: ZoneInfo) -> AdChangeEvent | None:
    """The edit of one field that a (proto-plus) row tells of; None for an edit of others."""
    event = row.change_event
    # A field is named whole, or by the message that it is in.
    if not any(path == changed or path.startswith(f"{changed}.") for changed in event.changed_fields.paths):
        return None
    local = datetime.fromisoformat(event.change_date_time).replace(tzinfo=zone)
    return AdChangeEvent(
        at=local.astimezone(UTC),
        user=event.user_email,
        client_type=event.client_type.name,
        before=_text(event.old_resource, path),
        after=_text(event.new_resource, path),
    )


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
    return str(field.enum_type.values_by_number[value].name if field.enum_type else value)
