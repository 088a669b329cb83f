"""The change history: who changed what, from the journal, some minutes late.

Documented: a filter on change_date_time with two ends, no older than 30 days, and a LIMIT of at most 10,000 are
mandatory; a change may take up to three minutes to appear; old and new values of the changed fields are given.
"""

from datetime import datetime, timedelta

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, from_fields, resource_type
from marketing_pipeline.sandbox.google_ads.gaql import Query
from marketing_pipeline.sandbox.google_ads.gaql_dates import day_of, has_two_ends, named_range
from marketing_pipeline.sandbox.google_ads.journal import AdsEntry
from marketing_pipeline.sandbox.google_ads.kinds import BY_MESSAGE
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

MOST_ROWS = 10_000
OLDEST = timedelta(days=30)
_FIELD = "change_event.change_date_time"
_OPERATIONS = {"create": "CREATE", "update": "UPDATE", "remove": "REMOVE"}


def check_query(query: Query, account: LiveAccount, now: datetime) -> None:
    """Refuse a query that the change history does not answer."""
    conditions = [condition for condition in query.where if condition.field == _FIELD]
    if not has_two_ends(conditions):
        raise Refusal("change_event_error.CHANGE_DATE_RANGE_INFINITE", "Filter on change_date_time with two ends.")
    today = account.today(now)
    days = [
        named_range(token.text, today)[0] if condition.operator == "DURING" else day_of(token.text)
        for condition in conditions
        for token in condition.values
        if condition.operator not in ("<", "<=")
    ]
    if days and min(days) < today - OLDEST:
        raise Refusal("change_event_error.START_DATE_TOO_OLD", "The change history goes back 30 days.")
    if query.limit is None:
        raise Refusal("change_event_error.LIMIT_NOT_SPECIFIED", "LIMIT is needed.")
    if query.limit > MOST_ROWS:
        raise Refusal("change_event_error.INVALID_LIMIT_CLAUSE", f"LIMIT may be {MOST_ROWS} at most.")


def change_events(account: LiveAccount, entries: list[AdsEntry], now: datetime, lag: timedelta) -> list[Proto]:
    """The events that have come in by `now`. What changed nothing leaves no event (assumed)."""
    return [
        _event(account, entry)
        for entry in entries
        if now - OLDEST <= entry.at <= now - lag and entry.before != entry.after
    ]


def _event(account: LiveAccount, entry: AdsEntry) -> Proto:
    before, after = entry.before or {}, entry.after or {}
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    fields = [name for name in changed if name != "resource_name"]
    local = entry.at.astimezone(account.plan.zone)
    stamp = round(entry.at.timestamp() * 1_000_000)
    number = entry.resource.rpartition("/")[2]
    event = from_fields(
        resource_type("ChangeEvent"),
        {
            "resource_name": f"customers/{account.plan.customer_id}/changeEvents/{stamp}~{entry.sequence}~{number}",
            "change_date_time": local.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "change_resource_type": BY_MESSAGE[entry.resource_type].field.upper(),
            "change_resource_name": entry.resource,
            "client_type": entry.actor.client_type,
            "user_email": entry.actor.user_email,
            "resource_change_operation": _OPERATIONS[entry.operation],
            "campaign": _owner(account, entry, "campaign"),
            "ad_group": _owner(account, entry, "ad_group"),
        },
    )
    event.changed_fields.paths.extend(fields)
    holder = BY_MESSAGE[entry.resource_type].field
    kind = resource_type(entry.resource_type)
    shown = {"resource_name", *fields}
    for side, values in ((event.old_resource, before), (event.new_resource, after)):
        if values:
            part = from_fields(kind, {name: value for name, value in values.items() if name in shown})
            getattr(side, holder).CopyFrom(part)
    return event


def _owner(account: LiveAccount, entry: AdsEntry, field: str) -> str:
    """The campaign or ad group that the changed resource is, or hangs on; empty for none."""
    if BY_MESSAGE[entry.resource_type].field == field:
        return entry.resource
    resource = account.resources[entry.resource]
    if field in resource.DESCRIPTOR.fields_by_name:
        return str(getattr(resource, field))
    group = account.resources.get(str(getattr(resource, "ad_group", "")))
    return str(group.campaign) if group is not None and field == "campaign" else ""
