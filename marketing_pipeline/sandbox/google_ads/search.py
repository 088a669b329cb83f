"""Answers queries: parse, look up, find, test, order, cut, and shape into rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.advice import recommendations
from marketing_pipeline.sandbox.google_ads.api import Proto, google_ads_row
from marketing_pipeline.sandbox.google_ads.change_events import change_events, check_query
from marketing_pipeline.sandbox.google_ads.gaql import parse
from marketing_pipeline.sandbox.google_ads.gaql_fields import METRICS, Field
from marketing_pipeline.sandbox.google_ads.journal import AdsJournal
from marketing_pipeline.sandbox.google_ads.plan import Plan, plan
from marketing_pipeline.sandbox.google_ads.recommending import dismissed_names
from marketing_pipeline.sandbox.google_ads.records import Finder, Found, Record, empty
from marketing_pipeline.sandbox.google_ads.views import Views
from marketing_pipeline.sandbox.google_ads.world import AdsWorld


class Search:
    """Searches one account at the present moment."""

    def __init__(self, world: AdsWorld, account: LiveAccount, change_event_lag: timedelta) -> None:
        self._world = world
        self._account = account
        self._lag = change_event_lag
        self._now = world.now()
        self._finder = Finder(Views(account, self._now))

    def look_up(self, text: str) -> Plan:
        """The plan of a query. Raises Refusal."""
        query = parse(text)
        found = plan(query, self._account.today(self._now))
        if query.resource == "change_event":
            check_query(query, self._account, self._now)
        return found

    def rows(self, wanted: Plan) -> Iterator[Proto]:
        """The rows that a plan finds, in order."""
        records: Iterable[Record] = (
            record
            for record in self._records(wanted)
            if all(test(record.value(field)) for field, test in wanted.of_figures)
        )
        if wanted.order_by:
            records = _ordered(list(records), wanted.order_by)
        shaper = _Shaper(wanted)
        for record in islice(records, wanted.limit):
            yield shaper.row(record)

    def _records(self, wanted: Plan) -> Iterator[Record]:
        if not wanted.measured:
            yield from (empty(found) for found in self._stored(wanted) if _passes(found, wanted))
            return
        name = wanted.resource.name
        kept: dict[tuple[Any, ...], Found | None] = {}
        entity = self._finder.entity(name, wanted.by_keyword)
        for key, label, figures in self._account.figures(self._now, entity, wanted.label):
            if key not in kept:
                found = self._finder.of_entity(name, key)
                kept[key] = found if _passes(found, wanted) else None
            found = kept[key]
            if found is not None and not (figures.nothing and wanted.segmented):
                yield Record(found, dict(zip(wanted.labels, label, strict=True)), figures)
        if not wanted.segmented and name != "search_term_view":
            shown = {str(key[0]) for key in kept}
            for found in self._stored(wanted):
                if _key_name(found, name) not in shown and _passes(found, wanted):
                    yield empty(found)

    def _stored(self, wanted: Plan) -> Iterator[Found]:
        name = wanted.resource.name
        if name == "recommendation":
            dismissed = dismissed_names(self._world, self._account)
            items = recommendations(self._account, dismissed)
        elif name == "change_event":
            entries = AdsJournal(self._world).applied(self._account.plan.customer_id)
            items = change_events(self._account, entries, self._now, self._lag)
        else:
            yield from self._finder.plain(name)
            return
        yield from (self._finder.with_owners(name, item) for item in items)


def _key_name(found: Found, resource: str) -> str:
    kind = "ad_group_criterion" if resource == "keyword_view" else resource
    return str(found.resources[kind].resource_name)


def _passes(found: Found, wanted: Plan) -> bool:
    record = empty(found)
    return all(test(record.value(field)) for field, test in wanted.of_entity)


def _ordered(records: list[Record], order_by: Sequence[tuple[Field, bool]]) -> list[Record]:
    for field, descending in reversed(order_by):

        def rank(record: Record, field: Field = field) -> tuple[bool, Any]:
            value = record.value(field)
            return (value is not None, 0 if value is None else value)

        records.sort(key=rank, reverse=descending)
    return records


class _Shaper:
    """Makes rows with the selected fields alone. What an entity's rows have in common is made once."""

    def __init__(self, wanted: Plan) -> None:
        self._kind = google_ads_row()
        self._common = [field for field in wanted.select if field.holder not in ("metrics", "segments")]
        self._segments = [field for field in wanted.select if field.holder == "segments"]
        self._metrics = [(field.path[0], METRICS[field.tail]) for field in wanted.select if field.holder == "metrics"]
        holders = {field.holder for field in self._common} if wanted.names_all else set[str]()
        self._named = sorted(holders | ({wanted.resource.name} if wanted.names_all else set()))
        self._made: dict[int, tuple[Found, Proto]] = {}

    def row(self, record: Record) -> Proto:
        """One row."""
        found = record.found
        if id(found) not in self._made:
            # The entity is kept too: its id must not go to another one.
            self._made[id(found)] = (found, self._shared(found))
        row = self._kind()
        row.CopyFrom(self._made[id(found)][1])
        for field in self._segments:
            _put(row, field, record.value(field))
        metrics = row.metrics if self._metrics else None
        for name, measure in self._metrics:
            value = measure(record.figures)
            if value is not None:
                setattr(metrics, name, value)
        return row

    def _shared(self, found: Found) -> Proto:
        row = self._kind()
        for holder in self._named:
            if holder in found.resources:
                getattr(row, holder).resource_name = found.resources[holder].resource_name
        for field in self._common:
            source = found.resources.get(field.holder)
            if source is not None:
                _copy(source, getattr(row, field.holder), field.path)
        return row


def _copy(source: Proto, target: Proto, path: tuple[str, ...]) -> None:
    """Copy one field, leaving absent what is absent."""
    *parents, last = path
    for part in parents:
        if not source.HasField(part):
            return
        source, target = getattr(source, part), getattr(target, part)
        target.SetInParent()
    descriptor = source.DESCRIPTOR.fields_by_name[last]
    if descriptor.is_repeated:
        getattr(target, last).MergeFrom(getattr(source, last))
    elif descriptor.message_type is not None:
        if source.HasField(last):
            getattr(target, last).CopyFrom(getattr(source, last))
    elif not descriptor.has_presence or source.HasField(last):
        setattr(target, last, getattr(source, last))


def _put(row: Proto, field: Field, value: Any) -> None:
    """Set a segment; an enum is given by name."""
    if value is None:
        return
    holder = row.segments
    for part in field.path[:-1]:
        holder = getattr(holder, part)
    setattr(holder, field.path[-1], field.descriptor.enum_type.values_by_name[value].number if field.is_enum else value)
