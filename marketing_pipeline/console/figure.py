"""A chart as data: drawn by the browser from the very rows that the table behind it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from marketing_pipeline.console import words
from marketing_pipeline.domain.money import MICROS


class Kind(StrEnum):
    """How it is drawn."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    STACK = "stack"
    DOTS = "dots"
    INTERVAL = "interval"
    """A dot at `x` with a line from `low` to `high`, one row for each `y`."""
    ROWS = "rows"
    """A bar to `x` for each `y`; with `high`, a mark there."""
    BAND = "band"
    """A line with the space between `low` and `high` filled."""


class Unit(StrEnum):
    """What the figures are, for axes and tables."""

    NUMBER = "number"
    PERCENT = "percent"
    MONEY = "money"
    MULTIPLE = "multiple"
    SECONDS = "seconds"


_LYING = frozenset({Kind.INTERVAL, Kind.ROWS})


@dataclass(frozen=True)
class Figure:
    """One chart. `x`, `y`, `low`, `high` and `series` name fields of the rows; `columns` heads the table's columns.

    Money is in whole units of `currency`, shares are 0 to 1, dates are dates. `unit` is that of the amounts: `x` of an
    INTERVAL or ROWS, `y` of the others, `low` and `high`; `units` names that of further columns. `tones` colours values
    of `series` by meaning: good, warn, bad or quiet. `links` names, for a column, the field with its address. `source`
    names the view or table, `note` says how the figures came about, `empty` what to do where there are no rows yet.
    """

    title: str
    kind: Kind
    rows: Sequence[Mapping[str, Any]]
    x: str
    y: str
    columns: Mapping[str, str]
    series: str | None = None
    low: str | None = None
    high: str | None = None
    unit: Unit = Unit.NUMBER
    currency: str | None = None
    reference: float | None = None
    source: str = ""
    note: str = ""
    empty: str = "There is nothing to show yet."
    log: bool = False
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    tones: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> dict[str, Any]:
        """What the browser draws."""
        fields = list(dict.fromkeys(name for name in (self.x, self.y, self.series, self.low, self.high) if name))
        return {
            "kind": self.kind,
            "rows": [{name: _plain(row.get(name)) for name in fields} for row in self.rows],
            "fields": fields,
            "x": self.x,
            "y": self.y,
            "series": self.series,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "currency": self.currency,
            "reference": self.reference,
            "log": self.log,
            "tones": dict(self.tones),
            "labels": dict(self.columns),
            "title": self.title,
        }

    @cached_property
    def numeric(self) -> frozenset[str]:
        """Columns of numbers, which stand to the right in a table."""
        return frozenset(
            name
            for name in self.columns
            if any(isinstance(row.get(name), (int, float, Decimal)) for row in self.rows)
            and not any(isinstance(row.get(name), (str, bool)) for row in self.rows)
        )

    def cell(self, name: str, row: Mapping[str, Any]) -> str:
        """One value of the table, in its unit."""
        value, unit = _plain_number(row.get(name)), self.units.get(name)
        if unit is None and name in self._amounts:
            unit = self.unit
        if value is None or isinstance(value, (str, bool)) or unit in (None, Unit.NUMBER):
            return words.cell(value)
        return _in_unit(float(value), unit, self.currency)

    @property
    def _amounts(self) -> tuple[str | None, ...]:
        return (self.x if self.kind in _LYING else self.y, self.low, self.high)


def _in_unit(value: float, unit: Unit | None, currency: str | None) -> str:
    match unit:
        case Unit.PERCENT:
            return words.percent(value, 1)
        case Unit.MONEY:
            return words.money(round(value * MICROS), currency)
        case Unit.MULTIPLE:
            return f"{value:.2f}×"
        case _:
            return f"{value:,.1f} s"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _plain_number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
