"""A query that has been looked up and found sensible: what to find, what to test, what to show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketing_pipeline.sandbox.google_ads.gaql import Condition, Query
from marketing_pipeline.sandbox.google_ads.gaql_dates import date_segments, has_two_ends
from marketing_pipeline.sandbox.google_ads.gaql_fields import (
    DATE_SEGMENTS,
    Field,
    Resource,
    check_goes_with,
    field_named,
    resource_named,
)
from marketing_pipeline.sandbox.google_ads.gaql_filters import Test, test_of
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_RANGES = frozenset({"date", "week", "month", "quarter", "year"})


@dataclass(frozen=True)
class Plan:
    """What a query comes to. The tests are sorted by what they look at: the entity, the day, or the figures."""

    resource: Resource
    select: tuple[Field, ...]
    of_entity: tuple[tuple[Field, Test], ...]
    of_day: tuple[tuple[Field, Test], ...]
    of_figures: tuple[tuple[Field, Test], ...]
    order_by: tuple[tuple[Field, bool], ...]
    limit: int | None
    names_all: bool
    """Whether the resource names of everything selected are shown unasked (documented default)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The date segments by which rows are told apart."""
        return tuple(field.tail for field in self.select if field.holder == "segments" and field.tail in DATE_SEGMENTS)

    @property
    def segmented(self) -> bool:
        """Whether any segment is selected. Documented: rows of nothing but zeros are then left out."""
        return any(field.holder == "segments" for field in self.select)

    @property
    def by_keyword(self) -> bool:
        """Whether search terms are told apart by the keyword that they met."""
        return any(field.holder == "segments" and field.tail not in DATE_SEGMENTS for field in self.select)

    @property
    def measured(self) -> bool:
        """Whether figures are needed at all."""
        asked = [
            *self.select,
            *(field for field, _ in (*self.of_figures, *self.of_day)),
            *(f for f, _ in self.order_by),
        ]
        return any(field.holder in ("metrics", "segments") for field in asked)

    def label(self, day: date) -> tuple[object, ...] | None:
        """The date segments of a day that passes the conditions on dates; None for another day."""
        segments = date_segments(day)
        if all(test(segments[field.tail]) for field, test in self.of_day):
            return tuple(segments[name] for name in self.labels)
        return None


def plan(query: Query, today: date) -> Plan:
    """Look a query up. Raises Refusal for what the real service, or this sandbox, does not answer."""
    resource = resource_named(query.resource)
    select = _fields(resource, query.select, "SELECT")
    where = [(_field(resource, condition.field, "WHERE"), condition) for condition in query.where]
    order_by = [(_field(resource, name, "ORDER_BY"), descending) for name, descending in query.order_by]
    _check_segments(select, where)
    _check_range(select, where)
    for field, _ in order_by:
        _check_order(resource, select, field)
    tests = [(field, test_of(field, condition, today)) for field, condition in where]
    dated = [(field, test) for field, test in tests if field.holder == "segments" and field.tail in DATE_SEGMENTS]
    return Plan(
        resource=resource,
        select=select,
        of_entity=tuple(
            (field, test) for field, test in tests if field.holder != "metrics" and (field, test) not in dated
        ),
        of_day=tuple(dated),
        of_figures=tuple((field, test) for field, test in tests if field.holder == "metrics"),
        order_by=tuple(order_by),
        limit=query.limit,
        names_all="omit_unselected_resource_names" not in query.parameters,
    )


def _field(resource: Resource, name: str, clause: str) -> Field:
    field = field_named(name)
    check_goes_with(resource, field, clause)
    return field


def _fields(resource: Resource, names: Iterable[str], clause: str) -> tuple[Field, ...]:
    return tuple(_field(resource, name, clause) for name in names)


def _check_segments(select: tuple[Field, ...], where: list[tuple[Field, Condition]]) -> None:
    """Documented: a segment in WHERE must be selected too, unless it is a core date segment."""
    for field, _ in where:
        if field.holder == "segments" and field.tail not in _RANGES and field not in select:
            code = "query_error.EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"
            raise Refusal(code, f"'{field.name}' must be selected too.")


def _check_range(select: tuple[Field, ...], where: list[tuple[Field, Condition]]) -> None:
    """Documented: with a core date segment, WHERE must leave a finite range. The code is assumed."""
    asked = [field for field in (*select, *(field for field, _ in where)) if field.holder == "segments"]
    if not any(field.tail in _RANGES for field in asked):
        return
    by_segment: dict[str, list[Condition]] = {}
    for field, condition in where:
        if field.holder == "segments" and field.tail in _RANGES:
            by_segment.setdefault(field.tail, []).append(condition)
    if not any(has_two_ends(conditions) for conditions in by_segment.values()):
        raise Refusal("query_error.EXPECTED_FILTERS_ON_DATE_RANGE", "Filter on a range of dates with two ends.")


def _check_order(resource: Resource, select: tuple[Field, ...], field: Field) -> None:
    """Documented: rows are ordered by fields of the FROM resource or selected ones. The code is assumed."""
    if field not in select and field.holder != resource.name:
        code = "query_error.EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"
        raise Refusal(code, f"'{field.name}' must be selected to order by it.")
